"""Commands that only look: validate, schema, runs, doctor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Call


def test_a_valid_task_is_said_to_be_ok(call: Call, task_file: Callable[..., Path]) -> None:
    said = call("validate", task_file())
    assert (said.code, said.err) == (0, "")
    assert said.out.rstrip().endswith("task.json: ok")


def test_every_problem_is_told_with_its_place(call: Call, task_file: Callable[..., Path]) -> None:
    steps = [{"type": "clik", "target": {}}, {"type": "press", "kee": "Enter"}]
    path = task_file(steps=steps, slotz={})
    said = call("validate", path, "--json")
    assert said.code == 2
    (checked,) = said.document["files"]
    assert not checked["valid"]
    places = {problem["path"] for problem in checked["problems"]}
    assert any(place.startswith("steps[0]") for place in places)
    assert any(place.startswith("steps[1]") for place in places)
    assert "slotz" in places
    assert all(problem["line"] > 0 for problem in checked["problems"])
    assert "did you mean" in said.err.lower()
    assert len(said.err.splitlines()) == len(checked["problems"])


def test_a_valid_file_beside_a_wrong_one_is_still_ok(
    call: Call, task_file: Callable[..., Path]
) -> None:
    said = call("validate", "missing.json", task_file())
    assert said.code == 2
    assert "missing.json" in said.err
    assert "task.json: ok" in said.out


def test_the_schema_is_a_json_schema_and_can_be_written(call: Call, tmp_path: Path) -> None:
    schema = call("schema").document
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert call("schema", "-o", "schema.json").code == 0
    assert json.loads((tmp_path / "schema.json").read_text(encoding="utf-8")) == schema


def test_no_runs_yet_is_an_empty_list(call: Call) -> None:
    said = call("runs", "list", "--json")
    assert (said.code, said.document) == (0, [])
    assert "no runs yet" in call("runs", "list").err


def test_the_doctor_looks_at_everything_and_says_what_is_missing(
    call: Call, environment: dict[str, str]
) -> None:
    environment["RUNNER_BROWSER"] = "/nowhere/chromium"
    said = call("doctor", "--json")
    assert said.code == 3
    assert not said.document["ok"]
    wrong = [check for check in said.document["checks"] if not check["ok"]]
    assert any("browser" in check["name"].lower() for check in wrong)
    assert "MISSING" in call("doctor").out
