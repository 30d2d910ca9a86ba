"""Files beside the trace that a run or a tool leaves, each with its places to leak."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from tests.leak.recording import SITE, Recording, filled, prefixes, text_of

# A place gives the kind of artifact and the file that leaks.
Place = Callable[[bytes], tuple[str, bytes]]


def _entry(**parts: Any) -> dict[str, Any]:
    entry: dict[str, Any] = Recording().entry(**parts)
    return entry


def _har(entry: dict[str, Any]) -> dict[str, Any]:
    page = {"id": "page@1", "startedDateTime": "2026-11-22T09:38:34.361Z", "title": "Guest list"}
    creator = {"name": "Playwright", "version": "1.65.1"}
    return {"log": {"version": "1.2", "creator": creator, "pages": [page], "entries": [entry]}}


def _har_entry(**parts: Any) -> Place:
    return lambda w: ("har", json.dumps(filled(_har(_entry(**parts)), text_of(w))).encode())


def _har_title(w: bytes) -> tuple[str, bytes]:
    har = _har(_entry())
    har["log"]["pages"][0]["title"] = text_of(w)
    return "har", json.dumps(har).encode()


def _har_body(media: str, before: bytes = b"", after: bytes = b"") -> Place:
    """An embedded body: base64 where it is no text, as the recorder writes it."""

    def place(w: bytes) -> tuple[str, bytes]:
        body = before + w + after
        content: dict[str, Any] = {"mimeType": media, "size": len(body)}
        try:
            content["text"] = body.decode()
        except UnicodeDecodeError:
            content |= {"text": base64.b64encode(body).decode(), "encoding": "base64"}
        return "har", json.dumps(_har(_entry(response={"content": content}))).encode()

    return place


def _har_attached(w: bytes) -> tuple[str, bytes]:
    name = "0a4d55a8d778e5022fab701977c5d840bbc486d0.txt"
    content = {"mimeType": "text/plain", "size": len(w), "_file": name}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("har.har", json.dumps(_har(_entry(response={"content": content}))))
        archive.writestr(name, w)
    return "har", file.getvalue()


def _har_messages(w: bytes) -> tuple[str, bytes]:
    entry = _entry()
    text = text_of(w)
    half = len(text) // 2
    parts = (text[:half], text[half:])
    messages = [{"type": "receive", "time": 1, "opcode": 1, "data": part} for part in parts]
    entry["_webSocketMessages"] = messages
    return "har", json.dumps(_har(entry)).encode()


def _as(kind: str, template: Any) -> Place:
    return lambda w: (kind, json.dumps(filled(template, text_of(w))).encode())


def _around(kind: str, before: bytes = b"", after: bytes = b"") -> Place:
    return lambda w: (kind, before + w + after)


def _log_lines(kind: str, before: str) -> Place:
    """Lines that tell what stands in a field after each key."""

    def place(w: bytes) -> tuple[str, bytes]:
        return kind, "".join(f"{before}{one}\n" for one in prefixes(text_of(w))).encode()

    return place


_REPORT = {"task": "guests", "status": "failed", "steps": [], "result": {}, "artifacts": []}
_STEP = {"index": 0, "type": "click", "title": "VALUE", "status": "failed", "seconds": 1.5}
_CONSOLE = {"type": "console", "messageType": "error", "text": "no VALUE", "args": [], "time": 1.5}

# Row of the specification's table → its places.
PLACES: dict[int, dict[str, Place]] = {
    19: {
        "url": _har_entry(request={"url": f"{SITE}/?a=VALUE#VALUE"}),
        "header": _har_entry(request={"headers": [{"name": "X-Any", "value": "VALUE"}]}),
        "cookie": _har_entry(response={"cookies": [{"name": "sid", "value": "VALUE"}]}),
        "posted": _har_entry(request={"postData": {"mimeType": "a/b", "text": "VALUE"}}),
        "page title": _har_title,
        "html": _har_body("text/html", b"<p title='", b"'>x</p>"),
        "json": _har_body("application/json", b'{"a":"', b'"}'),
        "script": _har_body("text/javascript", b"var a = '", b"'"),
        "octets": _har_body("application/octet-stream", b"\x00\xff", b""),
        "attached": _har_attached,
    },
    20: {
        "storage state cookie": _as(
            "storage_state", {"cookies": [{"name": "a", "value": "VALUE"}], "origins": []}
        ),
        "storage state storage": _as(
            "storage_state",
            {"cookies": [], "origins": [{"origin": SITE, "localStorage": [
                {"name": "VALUE", "value": '{"a": "VALUE"}'}]}]},
        ),
        "page": _around("page_html", b"<html><p class='", b"'>hello</p>"),
        "page text": _around("page_html", b"<html><p>hello ", b"</p>"),
        "download of text": _around("download", b"name;value\nx;", b"\n"),
    },
    22: {
        "log": _around("log", b"INFO signed in as ", b" today\n"),
        "log of JSON": _as("log", {"level": "info", "msg": "VALUE"}),
        "aria": _around("aria_snapshot", b'- document:\n  - heading "', b'" [level=1]\n'),
        "error": _around("error_text", b"Error: waited for ", b"\n    at f (/home/a/b.py:1)\n"),
        "console": _as("console_log", _CONSOLE),
        "messages": _as("websocket", {"type": "send", "time": 1, "opcode": 1, "data": "VALUE"}),
    },
    24: {
        "report error": _as("report", _REPORT | {"error": {"message": "VALUE", "hint": ""}}),
        "report result": _as("report", _REPORT | {"result": {"VALUE": ["VALUE"]}}),
        "junit": _as("junit", _REPORT | {"steps": [_STEP], "error": {"message": "VALUE"}}),
        "result": _as("result", {"guests": [{"name": "VALUE"}]}),
    },
}  # fmt: skip
PACKED_PLACES: dict[int, dict[str, Place]] = {
    19: {"packed body": _har_body("application/json"), "packed attached": _har_attached},
}
SPLIT_PLACES: dict[int, dict[str, Place]] = {
    19: {"two messages": _har_messages},
    22: {
        "log prefixes": _log_lines("log", "INFO the field holds "),
        "error prefixes": _log_lines("error_text", "  - unexpected value "),
    },
}
