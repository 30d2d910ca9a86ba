"""Made-up files of any size for each kind of artifact that can grow, written piece by piece."""

from __future__ import annotations

import base64
import json
import random
import zipfile
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_Text = TypeVar("_Text", str, bytes)

MEGABYTE = 1024 * 1024
_MOMENT = "2026-11-22T09:38:34.361Z"


def made_file(kind: str, path: Path, megabytes: int, page: Callable[..., bytes]) -> Path:
    """Write a file of a kind, of about so many megabytes; ``page`` makes the text in it."""
    dice = random.Random(megabytes)  # noqa: S311 - the same file each time
    texts = [page(dice, 48 * 1024) for _ in range(8)]
    with path.open("wb") as file:
        size = 0
        for piece in _MAKERS[kind](texts):
            size += file.write(piece)
            if size >= megabytes * MEGABYTE:
                break
        file.write(_ENDS.get(kind, b""))
    return path


def made_events(path: Path, megabytes: float, page: Callable[..., bytes]) -> Path:
    """Write a trace whose events alone come to so many megabytes: calls, pages, lines, requests."""
    dice = random.Random(megabytes)  # noqa: S311 - the same file each time
    texts = [page(dice, 6 * 1024).decode() for _ in range(16)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, make, share in (("trace.trace", _events, 0.8), ("trace.network", _requests, 0.2)):
            with archive.open(name, "w", force_zip64=True) as member:
                size = 0.0
                for event in make(texts):
                    size += member.write(json.dumps(event).encode() + b"\n")
                    if size >= megabytes * MEGABYTE * share:
                        break
        stacks = [[number, [[0, number, 1, "run"]]] for number in range(int(megabytes * 20))]
        archive.writestr("trace.stacks", json.dumps({"files": ["/home/a/t.py"], "stacks": stacks}))
    return path


def _events(texts: list[str]) -> Iterator[dict[str, Any]]:
    yield {
        "version": 10, "type": "context-options", "origin": "library", "browserName": "chromium",
        "wallTime": 1795340314250, "monotonicTime": 1306.0, "options": {},
    }  # fmt: skip
    for number, text in _numbered(texts):
        call = f"call@{number}"
        yield {
            "type": "before", "callId": call, "startTime": number, "class": "Frame",
            "method": "click", "params": {"selector": f"#r{number}", "timeout": 1},
        }  # fmt: skip
        yield {"type": "log", "callId": call, "time": number, "message": f"waiting for #r{number}"}
        yield _snapshot(number, text)
        yield {"type": "console", "messageType": "log", "time": number, "text": text[:400]}
        yield {"type": "after", "callId": call, "endTime": number + 1}


def _snapshot(number: int, text: str) -> dict[str, Any]:
    """A page of which a part is new each time; every hundredth is drawn wholly anew."""
    rows = [["P", {"class": "row"}, line] for line in text.splitlines()]
    old = [[[number % 100, 2 * place + 1]] for place in range(40)] if number % 100 else []
    return {
        "type": "frame-snapshot",
        "snapshot": {
            "callId": f"call@{number}", "phase": "after", "pageId": "page@1", "frameId": "frame@1",
            "frameUrl": "https://hotel.example/", "html": ["HTML", {}, ["BODY", {}, *rows, *old]],
            "viewport": {"width": 1280, "height": 720}, "timestamp": number, "wallTime": number,
            "collectionTime": 1.25, "resourceOverrides": [], "isMainFrame": True,
        },
    }  # fmt: skip


def _requests(texts: list[str]) -> Iterator[dict[str, Any]]:
    for number, text in _numbered(texts):
        headers = [{"name": f"x-row-{at}", "value": text[at : at + 60]} for at in range(0, 900, 60)]
        yield {
            "type": "resource-snapshot",
            "snapshot": {
                "startedDateTime": _MOMENT, "time": 1, "timings": {},
                "request": {
                    "method": "GET", "url": f"https://hotel.example/{number}", "headers": headers,
                },
                "response": {"status": 200, "content": {"mimeType": "text/html"}},
            },
        }  # fmt: skip


def _har(texts: list[bytes]) -> Iterator[bytes]:
    yield b'{"log":{"version":"1.2","creator":{"name":"benchmark"},"pages":[],"entries":[{}'
    for number, text in _numbered(texts):
        entry = {
            "startedDateTime": _MOMENT, "time": 1, "timings": {},
            "request": {"method": "GET", "url": f"https://hotel.example/{number}", "headers": []},
            "response": {"status": 200, "content": {
                "mimeType": "text/html", "encoding": "base64",
                "text": base64.b64encode(text).decode()}},
        }  # fmt: skip
        yield b",\n" + json.dumps(entry).encode()


def _console(texts: list[bytes]) -> Iterator[bytes]:
    for number, text in _numbered(texts):
        for line in text.decode().splitlines():
            said = {"type": "console", "messageType": "log", "time": number, "text": line}
            yield json.dumps(said).encode() + b"\n"


def _messages(texts: list[bytes]) -> Iterator[bytes]:
    for number, text in _numbered(texts):
        for line in text.decode().splitlines():
            way = "send" if number % 2 else "receive"
            said = {"type": way, "time": number, "opcode": 1, "data": line}
            yield json.dumps(said).encode() + b"\n"


def _text(texts: list[bytes]) -> Iterator[bytes]:
    for number, text in _numbered(texts):
        yield text + f"{number}\n".encode()


def _numbered(texts: list[_Text]) -> Iterator[tuple[int, _Text]]:
    number = 0
    while True:
        yield number, texts[number % len(texts)]
        number += 1


_MAKERS: dict[str, Callable[[list[bytes]], Iterator[bytes]]] = {
    "har": _har,
    "console_log": _console,
    "websocket": _messages,
    "download": _text,
    "records": _text,
    "log": _text,
}
_ENDS = {"har": b"]}}"}
KINDS_THAT_GROW = tuple(_MAKERS)
