"""One event file of a recording on its way: rewritten event by event, and once more at its end.

Some marks belong into lines that went before: a value may lie over several console lines, or grow
from one to the next, and a snapshot may go on with the text of an earlier one. So rewritten lines
wait in a private file until all are there; only what is to be changed in them is held.
"""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Final

from agent.artifacts.archive import open_private
from agent.artifacts.artifact import Refused
from agent.artifacts.growing import grown_marked
from agent.artifacts.lanes import Lane
from agent.artifacts.literal import compact
from agent.artifacts.trace_snapshots import put_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from agent.artifacts.trace_events import Event
    from agent.vault.redactor import Redactor

CONSOLE: Final = "console"
LOG: Final = "log"
SNAPSHOT: Final = "frame-snapshot"
_TEXT_OF: Final = {CONSOLE: "text", LOG: "message"}
_SIGNS: Final = {CONSOLE: b"c", LOG: b"l", SNAPSHOT: b"s"}
_PLAIN: Final = b" "
_OPENS_MARK: Final = "\u2039"
_MOST_HELD: Final = 32 * 1024 * 1024


class Spool:
    """Takes rewritten events in their order; ``first`` is the number of its first snapshot."""

    def __init__(self, path: Path, redactor: Redactor, first: int) -> None:
        self._path = path
        self._redactor = redactor
        self._first = first
        self._file: IO[bytes] = open_private(path)
        self._lane = Lane(redactor)
        self._marked: set[str] = set()

    def put(self, event: Event) -> None:
        """Take in an event in which later ones may still mark something."""
        kind = str(event["type"])
        if kind in _TEXT_OF:
            text = event[_TEXT_OF[kind]]
            if kind == CONSOLE:
                self._lane.add(text)
            if _OPENS_MARK in text:
                self._marked.add(kind)
        self._file.write(_SIGNS.get(kind, _PLAIN) + compact(event) + b"\n")

    def put_line(self, line: bytes) -> None:
        """Take in a line that stays as it is."""
        self._file.write(_PLAIN + line + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """There comes no more."""
        self._lane.close()
        if self._lane.has_places:
            self._marked.add(CONSOLE)
        self._file.close()

    def lines(self, later: Mapping[int, dict[int, str]]) -> Iterator[bytes]:
        """The lines with all their marks; ``later`` are the texts of snapshots by their numbers."""
        texts = self._changed_texts()
        number, snapshot = 0, self._first
        for sign, line in self._signed():
            if sign == _SIGNS[SNAPSHOT]:
                yield _with_texts(line, later.get(snapshot))
                snapshot += 1
            elif sign in (_SIGNS[CONSOLE], _SIGNS[LOG]):
                yield texts.get(number, line)
                number += 1
            else:
                yield line

    def forget(self) -> None:
        """Take away the file: its lines are where they belong."""
        self._path.unlink()

    def _signed(self) -> Iterator[tuple[bytes, bytes]]:
        with self._path.open("rb") as file:
            for line in file:
                yield line[:1], line[1:]

    def _changed_texts(self) -> dict[int, bytes]:
        """Lines of console and log by their number among those, where later ones mark something."""
        changed: dict[int, bytes] = {}
        size = 0
        for kind in self._marked:
            for (number, line, text), new in zip(self._texts(kind), self._new(kind), strict=True):
                if new == text:
                    continue
                changed[number] = compact({**json.loads(line), _TEXT_OF[kind]: new}) + b"\n"
                size += len(changed[number])
                if size > _MOST_HELD:
                    raise Refused("values lie over more places than can be held")
        return changed

    def _new(self, kind: str) -> Iterator[str]:
        """The texts of one kind with every mark."""
        texts = (text for _, _, text in self._texts(kind))
        marked = map(self._lane.marked, texts) if kind == CONSOLE else texts
        return grown_marked(marked, self._redactor)

    def _texts(self, kind: str) -> Iterator[tuple[int, bytes, str]]:
        """Each line of a kind: its number among those of console and log, itself, and its text."""
        said = (pair for pair in self._signed() if pair[0] in (_SIGNS[CONSOLE], _SIGNS[LOG]))
        for number, (sign, line) in enumerate(said):
            if sign == _SIGNS[kind]:
                yield number, line, json.loads(line)[_TEXT_OF[kind]]


def _with_texts(line: bytes, texts: dict[int, str] | None) -> bytes:
    if not texts:
        return line
    event = json.loads(line)
    put_texts(event["snapshot"], texts)
    return compact(event) + b"\n"
