from __future__ import annotations

import pytest

from agent.browser.remote.connecting import _away
from agent.browser.remote.endpoint import Remote

REMOTE = Remote.of("ws://127.0.0.1:4280/")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("WebSocket error: ws://127.0.0.1:4280/ 428 Precondition Required", "another version"),
        ("BrowserType.connect: WebSocket error: ws://h/x 428 Odd\nwords", "another version"),
        ("║ Playwright version mismatch:", "another version"),
        ("connect ECONNREFUSED 127.0.0.1:4280", "does not answer"),
        ("WebSocket error: ws://127.0.0.1:428/ 502 Bad Gateway", "does not answer"),
        ("WebSocket error: ws://h/x 404 Not Found\nof 428 there is none", "does not answer"),
    ],
)
def test_only_the_answer_of_another_version_is_told_as_one(message: str, told: str) -> None:
    assert told in str(_away(REMOTE, message))
