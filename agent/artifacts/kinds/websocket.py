"""Messages of WebSockets, a JSON object a line; a value may lie over several of them."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

from agent.artifacts.archive import open_private
from agent.artifacts.artifact import Refused
from agent.artifacts.bodies import message_text
from agent.artifacts.json_stream import lines_of
from agent.artifacts.lanes import Lane
from agent.artifacts.literal import clean_lines, compact, searched_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact

_DIRECTIONS = frozenset({"send", "receive"})


class WebsocketKind:
    """The cleaner of WebSocket messages: text by its form and joined, binary ones are cut."""

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean messages; ``Refused`` when they are not as a trace has them."""
        cleaning.budget.check_size(raw.path.stat().st_size)
        redactor = cleaning.secrets.redactor
        lanes: defaultdict[str, Lane] = defaultdict(partial(Lane, redactor))
        for message in _messages(raw, cleaning):
            lanes[_direction(message)].add(message["data"])
        for lane in lanes.values():
            lane.close()
        target = cleaning.workspace / "websocket.jsonl"
        with open_private(target) as out:
            marked = (
                compact({**each, "data": lanes[_direction(each)].marked(each["data"])}) + b"\n"
                for each in _messages(raw, cleaning)
            )
            for part in clean_lines(marked, redactor):
                out.write(part)
        return target


def _messages(raw: RawArtifact, cleaning: Cleaning) -> Iterator[dict[str, Any]]:
    with raw.path.open("rb") as file:
        redactor = cleaning.secrets.redactor
        for line, may_hold in searched_lines(lines_of(file), redactor):
            cleaning.budget.check_time(raw.name)
            try:
                message = json.loads(line)
            except ValueError:
                raise Refused("a line is no message") from None
            if not isinstance(message, dict):
                raise Refused("a line is no message")
            yield {**message, "data": message_text(message, redactor, searched=not may_hold)}


def _direction(message: dict[str, Any]) -> str:
    """One of the two, and one lane for whatever else a line calls itself."""
    return message["type"] if message.get("type") in _DIRECTIONS else ""
