from __future__ import annotations

from typing import Any

import pytest

from agent.artifacts.trace_events import clean_event


def before(method: str, **params: Any) -> dict[str, Any]:
    class_, name = method.split(".")
    return {"type": "before", "callId": "a@1", "class": class_, "method": name, "params": params}


def test_unknown_events_do_not_stay() -> None:
    assert clean_event({"type": "stdout", "text": "x"}) is None
    assert clean_event({"type": "screencast-frame", "file": "x"}) is None
    assert clean_event({"type": "event", "method": "invented", "params": {}}) is None


def test_parameters_stay_only_where_a_list_names_them() -> None:
    event = clean_event(before("Frame.fill", selector="#a", value="typed", force=True, timeout=1))
    assert event is not None
    assert event["params"] == {"selector": "#a", "timeout": 1, "value": "[REDACTED]"}
    unknown = clean_event(before("BrowserContext.addCookies", cookies=[{"value": "x"}]))
    assert unknown is not None
    assert unknown["params"] == {}


@pytest.mark.parametrize(
    ("key", "clean"), [("a", "•"), ("Shift+A", "Shift+A"), ("Enter", "Enter"), ("é", "•")]
)
def test_single_characters_pressed_are_not_readable(key: str, clean: str) -> None:
    event = clean_event(before("Page.keyboardPress", key=key))
    assert event is not None
    assert event["params"]["key"] == ("•" if key == "Shift+A" else clean)


def test_results_stay_only_as_handles_truths_and_numbers() -> None:
    result = {"page": "<Page>", "visible": True, "count": 3, "value": "text", "cookies": [{}]}
    event = clean_event({"type": "after", "callId": "a@1", "result": result})
    assert event is not None
    assert event["result"] == {"page": "<Page>", "visible": True, "count": 3}


@pytest.mark.parametrize(
    ("message", "clean"),
    [
        ('  fill("x y")', "  fill([REDACTED])"),
        ('elementHandle.press("a")', "elementHandle.press([REDACTED])"),
        ('is <input value="abc" name="u"/>', 'is <input value="[REDACTED]" name="u"/>'),
        ('navigated to "http://h/?token=abc"', 'navigated to "http://h/?token=[REDACTED]"'),
        ('waiting for locator("#a")', None),
    ],
)  # fmt: skip
def test_the_call_log_loses_what_was_typed(message: str, clean: str | None) -> None:
    event = clean_event({"type": "log", "callId": "a@1", "message": message})
    assert event is not None
    assert event["message"] == (message if clean is None else clean)


def test_an_error_loses_typed_text_and_directories() -> None:
    error = {
        "name": "TimeoutError",
        "message": 'Timeout\nCall log:\n  - fill("one\ntwo")',
        "stack": "Error\n    at run (/home/alice/project/lib/x.js:1:2)",
    }
    event = clean_event({"type": "after", "callId": "a@1", "error": error})
    assert event is not None
    assert "two" not in event["error"]["message"]
    assert event["error"]["stack"] == "Error\n    at run (x.js:1:2)"
