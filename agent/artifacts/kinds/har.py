"""A HAR file, of Playwright, Chromium or another tool: rewritten as a trace's network log is."""

from __future__ import annotations

import base64
import binascii
import json
import math
import zipfile
from functools import partial
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from agent.artifacts.archive import open_private, open_recording, writing_zip
from agent.artifacts.artifact import Refused
from agent.artifacts.bodies import LARGEST_BODY, clean_body, suffix_of
from agent.artifacts.foreign import Foreign
from agent.artifacts.harvest import Harvest
from agent.artifacts.json_stream import LARGEST_ITEM, blocks_of, has_object_at, items_at
from agent.artifacts.literal import clean_line, compact, scrubbed
from agent.artifacts.notices import short_values
from agent.artifacts.trace_events import pick
from agent.artifacts.trace_foreign import bare_entry
from agent.artifacts.trace_network import clean_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from agent.artifacts.archive import Recording
    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact
    from agent.artifacts.trace_events import Event

_NAME_IN_ZIP = "har.har"
_ENTRIES, _PAGES = "log.entries.item", "log.pages.item"
_PAGE = ("startedDateTime", "id", "title", "pageTimings")
_PROGRAM = ("name", "version")


class HarKind:
    """The cleaner of HAR files, embedded and attached bodies: bodies are embedded in what is kept.

    A zip stays a zip. Values are cut where a list of names does not allow them, as in a trace. One
    entry is held at a time, and the file is read three times or four.
    """

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean HAR; ``Refused`` when it is none or has an entry too large to be held."""
        target = cleaning.workspace / "network.har"
        if not zipfile.is_zipfile(raw.path):
            cleaning.budget.check_size(raw.path.stat().st_size)
            folder = raw.path.resolve().parent
            _Rewrite(cleaning, lambda: raw.path.open("rb"), _beside(folder)).write(target)
            return target
        with open_recording(raw.path, cleaning.budget) as archive:
            names = archive.names(".har")
            if len(names) != 1:
                raise Refused("not a HAR: the zip holds no single .har")
            _Rewrite(cleaning, partial(archive.open, names[0]), _reader(archive)).write(target)
        packed = cleaning.workspace / "har.zip"
        with writing_zip(packed) as out:
            out.add_file(_NAME_IN_ZIP, target)
        return packed


class _Rewrite:
    """One HAR on its way to a clean one: ``source`` opens it, ``attached`` reads a body by name."""

    def __init__(
        self,
        cleaning: Cleaning,
        source: Callable[[], IO[bytes]],
        attached: Callable[[str], bytes | None],
    ) -> None:
        self._cleaning = cleaning
        self._source = source
        self._attached = attached
        self._redactor = cleaning.secrets.redactor
        self._foreign = Foreign(cleaning.secrets)

    def write(self, target: Path) -> None:
        """Learn from all entries, judge all origins, and only then write."""
        with self._source() as file:
            if not has_object_at(blocks_of(file), "log"):
                raise Refused("not a HAR")
        head = {"version": "1.2", **self._harvested()}
        notice = short_values(self._redactor)
        head |= {"comment": notice} if notice else {}
        if self._foreign.judges:
            self._look_abroad()
        with open_private(target) as out:
            out.write(b'{"log":' + compact(scrubbed(head, self._redactor))[:-1] + b',"pages":[')
            _write_list(out, self._pages())
            out.write(b',"entries":[\n')
            _write_list(out, (self._entry(entry, n) for n, entry in enumerate(self._entries(), 1)))
            out.write(b"}}\n")

    def _items(self, *places: str) -> Iterator[tuple[str, Event]]:
        # entries come first, so that none is too large where only something else is asked for
        largest = LARGEST_ITEM if _ENTRIES in places else math.inf
        with self._source() as file:
            for place, item in items_at(blocks_of(file), *places, largest=largest):
                self._cleaning.budget.check_time(place)
                if isinstance(item, dict):
                    yield place, item

    def _entries(self) -> Iterator[Event]:
        return (entry for _, entry in self._items(_ENTRIES))

    def _harvested(self) -> dict[str, Event]:
        """Learn from each entry; the programs that made the file, by their role."""
        programs: dict[str, Event] = {"creator": {}, "browser": {}}
        with Harvest(self._cleaning.secrets) as harvest:
            for place, item in self._items(_ENTRIES, *(f"log.{role}" for role in programs)):
                if place == _ENTRIES:
                    harvest.from_entry(item)
                    harvest.from_body(_body(item, self._attached))
                else:
                    programs[place.partition(".")[2]] = pick(item, _PROGRAM)
        return programs

    def _look_abroad(self) -> None:
        for entry in self._entries():
            if self._foreign.wants(_address(entry)):
                self._foreign.look(_address(entry), compact(entry))
                self._foreign.look(_address(entry), _body(entry, self._attached))

    def _pages(self) -> Iterator[bytes]:
        for _, page in self._items(_PAGES):
            yield clean_line(pick(page, _PAGE), self._redactor, "pages")

    def _entry(self, entry: Event, number: int) -> bytes:
        place, body = f"entry {number}", _body(entry, self._attached)
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


def _write_list(out: IO[bytes], items: Iterable[bytes]) -> None:
    for number, item in enumerate(items):
        out.write(b",\n" + item if number else item)
    out.write(b"]")


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


def _reader(archive: Recording) -> Callable[[str], bytes | None]:
    def read(name: str) -> bytes | None:
        fits = archive.has(name) and archive.size(name) <= LARGEST_BODY
        return archive.read(name) if fits else None

    return read


def _beside(folder: Path) -> Callable[[str], bytes | None]:
    """Bodies that lie beside the HAR; a name that leads elsewhere is not followed."""

    def read(name: str) -> bytes | None:
        path = folder / PurePosixPath(name).name
        fits = path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST_BODY
        return path.read_bytes() if fits else None

    return read
