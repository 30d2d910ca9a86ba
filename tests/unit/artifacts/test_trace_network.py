from __future__ import annotations

from agent.artifacts.trace_network import clean_entry

ENTRY = {
    "pageref": "page@1",
    "invented": "x",
    "time": 1.23456,
    "request": {
        "method": "POST",
        "url": "https://h/login?token=1",
        "cookies": [{"name": "sid", "value": "c"}],
        "headers": [
            {"name": "Accept", "value": "*/*"},
            {"name": "Cookie", "value": "sid=c"},
            {"name": "X-New", "value": "y"},
            {"name": "Content-Type", "value": "multipart/form-data; boundary=abc"},
        ],
        "queryString": [{"name": "token", "value": "1"}, {"name": "q", "value": "ok"}],
        "postData": {
            "mimeType": "application/x-www-form-urlencoded",
            "params": [{"name": "u", "value": "alice"}],
            "_file": "resources/0123.dat",
        },
        "bodySize": 99,
    },
    "response": {
        "status": 302,
        "headers": [
            {"name": "Location", "value": "/in?code=1"},
            {"name": "Set-Cookie", "value": "s"},
        ],
        "cookies": [{"name": "sid", "value": "c", "httpOnly": True}],
        "content": {"size": 5, "mimeType": "text/html", "_file": "resources/4567.html"},
        "redirectURL": "/in?code=1",
    },
}  # fmt: skip


def test_values_stay_only_where_a_list_allows_them() -> None:
    clean = clean_entry(ENTRY, lambda *_: ("resources/r000001.html", 7))
    request, response = clean["request"], clean["response"]
    assert "invented" not in clean
    assert clean["time"] == 1.235
    assert request["url"] == "https://h/login?token=[REDACTED]"
    assert [header["value"] for header in request["headers"]] == [
        "*/*", "[REDACTED]", "[REDACTED]", "multipart/form-data; ",
    ]  # fmt: skip
    assert request["cookies"] == [{"name": "sid", "value": "[REDACTED]"}]
    assert request["queryString"] == [
        {"name": "token", "value": "[REDACTED]"},
        {"name": "q", "value": "ok"},
    ]
    assert request["postData"]["params"] == [{"name": "u", "value": "[REDACTED]"}]
    assert "_file" not in request["postData"]
    assert request["bodySize"] == 0
    assert response["status"] == 302
    assert [header["value"] for header in response["headers"]] == [
        "/in?code=[REDACTED]",
        "[REDACTED]",
    ]
    assert response["content"] == {
        "size": 7, "mimeType": "text/html", "_file": "resources/r000001.html",
    }  # fmt: skip


def test_a_dropped_body_leaves_no_reference_and_no_size() -> None:
    content = clean_entry(ENTRY, lambda *_: None)["response"]["content"]
    assert content == {"size": 0, "mimeType": "text/html"}
