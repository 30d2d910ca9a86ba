"""Made-up files of any size for each kind of artifact that can grow, written piece by piece."""

from __future__ import annotations

import base64
import json
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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


def _numbered(texts: list[bytes]) -> Iterator[tuple[int, bytes]]:
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
