"""The events of a recording, read line by line as often as they are needed.

A small recording is parsed once and held; of a large one no more than a line is.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from agent.artifacts.artifact import Refused
from agent.artifacts.json_stream import BLOCK, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.artifacts.archive import Recording
    from agent.artifacts.cleaning import Budget
    from agent.artifacts.trace_events import Event

Line = tuple[bytes, "Event"]

HELD = 2 * 1024 * 1024


class TraceLines:
    """Gives the lines of each member; members of ``held`` bytes together are held."""

    def __init__(self, recording: Recording, budget: Budget, *, held: int = HELD) -> None:
        self._recording = recording
        self._budget = budget
        self._room = held
        self._held: dict[str, list[Line]] = {}

    def of(self, name: str) -> Iterator[Line]:
        """Each line of a member and what it says; who changes an event reads it for the last time.

        ``Refused`` for a line that is no JSON object.
        """
        if name not in self._held and self._recording.size(name) <= self._room:
            self._room -= self._recording.size(name)
            self._held[name] = list(self._read(name))
        return iter(self._held[name]) if name in self._held else self._read(name)

    def _read(self, name: str) -> Iterator[Line]:
        with io.BufferedReader(self._recording.open(name), BLOCK) as file:  # type: ignore[type-var]
            for number, line in enumerate(lines_of(file), start=1):
                self._budget.check_time(name)
                yield line, parsed(line, f"{name}:{number}")


def parsed(line: bytes, place: str) -> dict[str, Any]:
    """A line's JSON object; ``Refused`` where it is none."""
    try:
        value = json.loads(line)
    except ValueError:
        raise Refused("a line is not JSON", member=place) from None
    if not isinstance(value, dict):
        raise Refused("a line is not a JSON object", member=place)
    return value
