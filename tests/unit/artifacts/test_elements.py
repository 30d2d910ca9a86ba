from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.artifacts.elements import clean_attributes

if TYPE_CHECKING:
    from agent.vault.open import RunSecrets


CUT = "[REDACTED]"


@pytest.mark.parametrize(
    ("tag", "before", "after"),
    [
        ("INPUT", {"type": "password", "__playwright_value_": "x1"}, {"__playwright_value_": CUT}),
        ("INPUT", {"__playwright_value_": "typed"}, {"__playwright_value_": CUT}),
        ("INPUT", {"type": "email", "value": "old"}, {"value": CUT}),
        ("INPUT", {"type": "hidden", "value": "v"}, {"value": CUT}),
        ("INPUT", {"type": "text", "value": ""}, {}),
        ("INPUT", {"type": "Submit", "value": "Sign in"}, {}),
        ("TEXTAREA", {"__playwright_value_": "notes"}, {"__playwright_value_": CUT}),
        ("META", {"name": "csrf-token", "content": "abc"}, {"content": CUT}),
        ("META", {"name": "viewport", "content": "width=device-width"}, {}),
        ("A", {"href": "/x?token=1"}, {"href": "/x?token=[REDACTED]"}),
        ("IMG", {"src": "data:image/png;base64,AA"}, {"src": "data:,"}),
        ("DIV", {"onclick": "go()", "class": "a b"}, {"onclick": ""}),
        ("DIV", {"data-auth-token": "t", "data-row": "7"}, {"data-auth-token": CUT}),
    ],
)  # fmt: skip
def test_attributes_are_rewritten(
    secrets: RunSecrets, tag: str, before: dict[str, str], after: dict[str, str]
) -> None:
    attributes = dict(before)
    clean_attributes(tag, attributes, secrets.redactor)
    assert attributes == before | after
