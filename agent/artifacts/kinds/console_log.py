"""What pages wrote to the console: one JSON object a line, as a trace has them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.artifacts.archive import open_private
from agent.artifacts.artifact import Refused
from agent.artifacts.json_stream import lines_of
from agent.artifacts.lanes import Lane
from agent.artifacts.literal import clean_lines, compact, scrubbed, searched_lines
from agent.artifacts.trace_events import clean_event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact

_KINDS = frozenset({"console", "event"})


class ConsoleLogKind:
    """The cleaner of console logs and page errors: by a trace's rules, values over lines too."""

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean lines; ``Refused`` when one is no event of a trace."""
        cleaning.budget.check_size(raw.path.stat().st_size)
        redactor = cleaning.secrets.redactor
        lane = Lane(redactor)
        for event in _events(raw, cleaning):
            if "text" in event:
                lane.add(event["text"])
        lane.close()
        target = cleaning.workspace / "console.jsonl"
        with open_private(target) as out:
            for part in clean_lines(_marked(_events(raw, cleaning), lane), redactor):
                out.write(part)
        return target


def _events(raw: RawArtifact, cleaning: Cleaning) -> Iterator[dict[str, Any]]:
    with raw.path.open("rb") as file:
        redactor = cleaning.secrets.redactor
        for line, may_hold in searched_lines(lines_of(file), redactor):
            cleaning.budget.check_time(raw.name)
            event = _cleaned(line)
            if event is not None:
                yield scrubbed(event, redactor) if may_hold else event


def _marked(events: Iterator[dict[str, Any]], lane: Lane) -> Iterator[bytes]:
    for event in events:
        if "text" in event:
            event["text"] = lane.marked(event["text"])
        yield compact(event) + b"\n"


def _cleaned(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        raise Refused("a line is not JSON") from None
    if not isinstance(event, dict) or event.get("type") not in _KINDS:
        raise Refused("a line is no message of a console")
    return clean_event(event)
