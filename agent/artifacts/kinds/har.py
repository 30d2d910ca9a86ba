"""A HAR file, of Playwright, Chromium or another tool: rewritten as a trace's network log is."""

from __future__ import annotations

import base64
import binascii
import json
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from agent.artifacts.archive import open_recording, write_private, writing_zip
from agent.artifacts.artifact import Refused
from agent.artifacts.bodies import LARGEST_BODY, clean_body, suffix_of
from agent.artifacts.foreign import Foreign
from agent.artifacts.harvest import Harvest
from agent.artifacts.literal import clean_line, compact, scrubbed
from agent.artifacts.notices import short_values
from agent.artifacts.trace_events import pick
from agent.artifacts.trace_foreign import bare_entry
from agent.artifacts.trace_network import clean_entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact
    from agent.artifacts.trace_events import Event

_NAME_IN_ZIP = "har.har"
_LARGEST_JSON = 128 * 1024 * 1024
_PAGE = ("startedDateTime", "id", "title", "pageTimings")
_PROGRAM = ("name", "version")


class HarKind:
    """The cleaner of HAR files, embedded and attached bodies: bodies are embedded in what is kept.

    A zip stays a zip. Values are cut where a list of names does not allow them, as in a trace.
    """

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean HAR; ``Refused`` when it is none or too large to be parsed."""
        packed = zipfile.is_zipfile(raw.path)
        rewrite = _Rewrite(cleaning)
        if packed:
            with open_recording(raw.path, cleaning.budget) as archive:
                names = archive.names(".har")
                if len(names) != 1:
                    raise Refused("not a HAR: the zip holds no single .har")
                content = rewrite.clean(archive.read(names[0]), _reader(archive.has, archive.read))
        else:
            cleaning.budget.check_size(raw.path.stat().st_size)
            folder = raw.path.resolve().parent
            content = rewrite.clean(raw.path.read_bytes(), _beside(folder))
        target = cleaning.workspace / ("har.zip" if packed else "network.har")
        if packed:
            with writing_zip(target) as out:
                out.add(_NAME_IN_ZIP, content)
        else:
            write_private(target, content)
        return target


class _Rewrite:
    """One HAR on its way to a clean one."""

    def __init__(self, cleaning: Cleaning) -> None:
        self._cleaning = cleaning
        self._redactor = cleaning.secrets.redactor
        self._foreign = Foreign(cleaning.secrets)

    def clean(self, content: bytes, attached: Callable[[str], bytes | None]) -> bytes:
        log = _log(content)
        entries = [entry for entry in log.get("entries") or [] if isinstance(entry, dict)]
        bodies = [_body(entry, attached) for entry in entries]
        self._harvest(entries, bodies)
        for entry, body in zip(entries, bodies, strict=True):
            self._foreign.look(_address(entry), compact(entry))
            self._foreign.look(_address(entry), body)
        head = {
            "version": "1.2",
            "creator": pick(log.get("creator"), _PROGRAM),
            "browser": pick(log.get("browser"), _PROGRAM),
            "pages": [pick(page, _PAGE) for page in log.get("pages") or []],
        }
        notice = short_values(self._redactor)
        head |= {"comment": notice} if notice else {}
        start = compact(scrubbed(head, self._redactor))[:-1]
        lines = [
            self._entry(entry, body, number)
            for number, (entry, body) in enumerate(zip(entries, bodies, strict=True), start=1)
        ]
        return b'{"log":' + start + b',"entries":[\n' + b",\n".join(lines) + b"\n]}}\n"

    def _harvest(self, entries: list[Event], bodies: list[bytes]) -> None:
        harvest = Harvest(self._cleaning.secrets)
        for entry, body in zip(entries, bodies, strict=True):
            harvest.from_entry(entry)
            harvest.from_body(body)

    def _entry(self, entry: Event, body: bytes, number: int) -> bytes:
        place = f"entry {number}"
        self._cleaning.budget.check_time(place)
        if self._foreign.caught(_address(entry)):
            entry, body = bare_entry(entry), b""
        clean = clean_entry(entry, lambda _file, _media: None)
        content = clean["response"]["content"]
        text = self._text(body, str(content["mimeType"]))
        if text:
            content |= {"text": text, "size": len(text.encode("utf-8", "replace"))}
            clean["response"]["bodySize"] = content["size"]
        messages = entry.get("_webSocketMessages")
        if isinstance(messages, list):
            clean["_webSocketMessages"] = self._messages(messages)
        return clean_line(clean, self._redactor, place)

    def _text(self, body: bytes, media: str) -> str:
        suffix = suffix_of(media, "")
        if not body or suffix is None or len(body) > LARGEST_BODY:
            return ""
        return (clean_body(body, suffix, self._redactor) or b"").decode("utf-8", "replace")

    def _messages(self, messages: list[Any]) -> list[Any]:
        lines = b"".join(compact(each) + b"\n" for each in messages if isinstance(each, dict))
        clean = clean_body(lines, "jsonl", self._redactor) or b""
        return [pick(json.loads(line), _MESSAGE) for line in clean.splitlines()]


_MESSAGE = ("type", "time", "opcode", "data")


def _address(entry: Event) -> str:
    return str((entry.get("request") or {}).get("url", ""))


def _log(content: bytes) -> Event:
    if len(content) > _LARGEST_JSON:
        raise Refused("larger than a HAR may be")
    try:
        document = json.loads(content)
    except ValueError:
        raise Refused("not JSON") from None
    log = document.get("log") if isinstance(document, dict) else None
    if not isinstance(log, dict):
        raise Refused("not a HAR")
    return log


def _body(entry: Event, attached: Callable[[str], bytes | None]) -> bytes:
    content = (entry.get("response") or {}).get("content") or {}
    file, text = content.get("_file"), content.get("text")
    if isinstance(file, str) and file:
        return attached(file) or b""
    if not isinstance(text, str):
        return b""
    if content.get("encoding") != "base64":
        return text.encode("utf-8", "replace")
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _reader(has: Callable[[str], bool], read: Callable[[str], bytes]) -> Callable[[str], Any]:
    return lambda name: read(name) if has(name) else None


def _beside(folder: Path) -> Callable[[str], bytes | None]:
    """Bodies that lie beside the HAR; a name that leads elsewhere is not followed."""

    def read(name: str) -> bytes | None:
        path = folder / PurePosixPath(name).name
        fits = path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST_BODY
        return path.read_bytes() if fits else None

    return read
