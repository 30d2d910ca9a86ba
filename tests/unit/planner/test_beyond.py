"""A bad step beyond the browser gives one line that says what and where."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.errors import TaskInvalid
from agent.planner import check
from agent.tasks import load_text
from agent.tasks.placeholders import MISPLACED

URL = "https://api.example/a"
SLOTS: dict[str, Any] = {
    "LOGIN": {"totp": "required"},
    "TOKEN": {"type": "bearer_token"},
    "FILES": {"type": "sftp_password"},
    "OAUTH": {"type": "oauth2_client_credentials"},
    "DOC": {"type": "json", "fields": ["db.user"]},
}
HTTP = {"type": "http", "url": URL}
SFTP = {"type": "sftp", "slot": "FILES", "url": "sftp://f.example", "action": "list", "path": "."}
CODE = {"type": "code", "source": "def main(inputs, secrets):\n    return 1"}


def secret(slot: str, field: str) -> dict[str, str]:
    return {"secret": slot, "field": field}


NO_LOGIN = "steps[0].headers.X.secret: a secret of type login is not sent by an http step"


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (
            HTTP | {"bearer_token": "TOKE"},
            'steps[0].bearer_token: the task has no such slot; did you mean "TOKEN"?',
        ),
        (
            HTTP | {"basic_auth": "TOKEN"},
            (
                "steps[0].basic_auth: this step needs a slot of type basic_auth, "
                "and this one is of bearer_token"
            ),
        ),
        (HTTP | {"headers": {"X": secret("LOGIN", "password")}}, NO_LOGIN),
        (
            HTTP | {"headers": {"X": secret("DOC", "db.pin")}},
            "steps[0].headers.X.field: slot DOC has no such field; known: db.user",
        ),
        (HTTP | {"headers": {"X": secret("LOGIN", "totp")}, "method": "POST"}, NO_LOGIN),
        (HTTP | {"query": {"a": secret("TOKEN", "token")}}, f"steps[0].query.a: {MISPLACED}"),
        (HTTP | {"url": f"{URL}?k=${{TOKEN.token}}"}, f"steps[0].url: {MISPLACED}"),
        (HTTP | {"url": "api.example"}, "steps[0].url: not a web address"),
        (
            HTTP | {"json": {"a": [secret("FILES", "password")]}, "method": "POST"},
            "steps[0].json.a[0].secret: a secret of type sftp_password is not sent by an http step",
        ),
        (
            HTTP | {"extract": "$.a[", "save_as": "x"},
            (
                "steps[0].extract: the path means nothing from its character 4 on; "
                "it is made of .name, ['name'], [0], [-1] and [*]"
            ),
        ),
        (
            SFTP | {"slot": "TOKEN"},
            "steps[0].slot: a secret of type bearer_token does not open a file server",
        ),
        (
            SFTP | {"url": "https://f.example"},
            "steps[0].url: a file server is written like sftp://files.example or sftp://host:2222",
        ),
        (SFTP | {"action": "put"}, 'steps[0]: "action": "put" needs "file"'),
        (
            CODE | {"source": "def main(inputs, secrets)\n"},
            "steps[0]: the code is not Python: line 1",
        ),
        (
            CODE | {"secrets": {"a": secret("OAUTH", "client_id")}},
            (
                "steps[0].secrets.a.secret: "
                "a secret of type oauth2_client_credentials is not given to code"
            ),
        ),
        (CODE | {"inputs": {"a": secret("TOKEN", "token")}}, f"steps[0].inputs.a: {MISPLACED}"),
        (CODE | {"source": secret("TOKEN", "token")}, f"steps[0].source: {MISPLACED}"),
    ],
)
def test_a_bad_step_gives_its_one_line(step: dict[str, Any], line: str) -> None:
    document = json.dumps({"name": "x", "slots": SLOTS, "steps": [step]})
    with pytest.raises(TaskInvalid) as caught:
        check(load_text(document, "t.json"))
    said = [f"{one.path}: {one.message}" for one in caught.value.problems]
    assert said == [line]
