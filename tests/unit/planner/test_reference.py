import json
import re
from pathlib import Path
from typing import Any

import pytest

from agent.planner import check, json_schema
from agent.steps import STEPS
from agent.tasks import load_text

PAGE = (Path(__file__).parents[3] / "docs/task-file.md").read_text(encoding="utf-8")
SIGN_IN = {
    "name": "Sign in",
    "slots": {"LOGIN": {}},
    "inputs": {"site": {}},
    "steps": [{"type": "sign_in", "slot": "LOGIN", "url": "${inputs.site}/login"}],
}
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_reference_is_right(example: dict[str, Any]) -> None:
    slots = {"MANAGEMENT_LOGIN": {"totp": "required"}, "FILES": {"type": "sftp_password"}}
    slots["MAILBOX"] = {"type": "mailbox"}
    around = {
        "name": "x",
        "slots": slots,
        "inputs": {"day": {}, "n": {}},
        "included": {"parts/sign-in.json": SIGN_IN},
    }
    # One that names what an earlier step saved has that step before it.
    guests = [{"type": "set", "save_as": "guests", "value": []}]
    steps = [*(guests if "results.guests" in json.dumps(example) else []), example]
    task = example if "name" in example else {**around, "steps": steps}
    assert check(load_text(json.dumps(task), "docs/task-file.md"))


def test_the_reference_shows_every_kind_and_names_every_key() -> None:
    assert {example["type"] for example in EXAMPLES if "type" in example} == set(STEPS)
    schema = json_schema()
    parts = [schema, *schema["$defs"].values()]
    keys = {key for part in parts for key in part["properties"]}
    named = set(re.findall(r"`([$\w]+)`", PAGE)) | set(re.findall(r'"([$\w]+)":', PAGE))
    assert keys - named == set()
