from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.steps import STEPS, SlotUse
from agent.vault.secret_type import Use

URL = "https://api.example/a"
SECRET = {"secret": "S", "field": "value"}


def http(**written: Any) -> Any:
    return STEPS["http"].model_validate({"type": "http", "url": URL, **written})


def test_the_title_has_no_query() -> None:
    assert http(url=f"{URL}?q=1#x", query={"a": "b"}).title == f"GET {URL}"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"json": 1, "form": {"a": "b"}, "method": "POST"}, 'either "json" or "form"'),
        ({"json": None}, "GET sends no body"),
        ({"basic_auth": "A", "bearer_token": "B"}, "basic_auth and bearer_token cannot both"),
        ({"basic_auth": "A", "headers": {"AUTHORIZATION": SECRET}}, "sets Authorization itself"),
        ({"headers": {"Authorization": "Bearer abc"}}, "made of a secret, not written here"),
        ({"headers": {"Cookie": "a=b"}}, "made of a secret, not written here"),
        ({"headers": {"Host": "x"}}, "set by the runner alone"),
        ({"headers": {"a b": "x"}}, "not the name of a header"),
        ({"headers": {"X": "a\r\nEvil: b"}}, "of ASCII only"),
        ({"headers": {"X": "é"}}, "of ASCII only"),
        ({"headers": SECRET}, "for one of the values"),
        ({"cookies": True, "headers": {"cookie": SECRET}}, "sets the header Cookie itself"),
        ({"follow_redirects": True, "api_key": "A"}, "follows no redirect"),
        ({"follow_redirects": True, "cookies": True}, "follows no redirect"),
        ({"follow_redirects": True, "method": "POST"}, "only GET and HEAD"),
        ({"extract": "$.a"}, '"extract" needs "save_as"'),
        ({"extract": "a", "save_as": "x"}, "starts with"),
        ({"extract": {"a": "$["}, "save_as": "x"}, "means nothing"),
        ({"json": [{"secret": "S"}], "method": "POST"}, "and nothing else"),
        ({"status": [99]}, "status"),
        ({"status": 200}, "status"),
        ({"cookies": "yes"}, "cookies"),
        ({"method": "TRACE"}, "method"),
        ({"url": "ftp://h.example"}, "http"),
    ],
)
def test_a_request_that_contradicts_itself_is_refused(written: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        http(**written)


def test_it_names_every_slot_it_uses_and_where() -> None:
    step = http(
        method="POST", bearer_token="T", api_key="K", json={"a": [1, SECRET]},
        headers={"X": SECRET},
    )  # fmt: skip
    assert step.uses() == (
        SlotUse("T", ("bearer_token",), type="bearer_token", address=URL, way=Use.HTTP),
        SlotUse("K", ("api_key",), type="api_key", address=URL, way=Use.HTTP),
        SlotUse("S", ("headers", "X", "secret"), "value", address=URL, way=Use.HTTP),
        SlotUse("S", ("json", "a", 1, "secret"), "value", address=URL, way=Use.HTTP),
    )
    assert step.slots() == ("T", "K", "S")


def test_only_cookies_need_a_browser() -> None:
    assert not http().needs_browser()
    assert http(cookies=True).needs_browser()
