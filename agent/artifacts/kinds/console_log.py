"""What pages wrote to the console: one JSON object a line, as a trace has them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Refused
from agent.artifacts.literal import clean_bytes, compact, scrubbed
from agent.artifacts.trace_events import clean_event
from agent.artifacts.trace_snapshots import mark_joined

if TYPE_CHECKING:
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
        events = [_cleaned(line) for line in raw.path.read_bytes().splitlines() if line.strip()]
        said = [scrubbed(event, redactor) for event in events if event is not None]
        mark_joined([(event, "text") for event in said if "text" in event], redactor)
        lines = b"".join(compact(event) + b"\n" for event in said)
        clean = clean_bytes(lines, redactor)
        if clean is None:
            raise Refused("a value stays after cleaning")
        target = cleaning.workspace / "console.jsonl"
        write_private(target, clean)
        return target


def _cleaned(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        raise Refused("a line is not JSON") from None
    if not isinstance(event, dict) or event.get("type") not in _KINDS:
        raise Refused("a line is no message of a console")
    return clean_event(event)
