"""Messages of WebSockets, a JSON object a line; a value may lie over several of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Refused
from agent.artifacts.bodies import LARGEST_BODY, clean_body

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact


class WebsocketKind:
    """The cleaner of WebSocket messages: text by its form and joined, binary ones are cut."""

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean messages; ``Refused`` when they are not as a trace has them."""
        size = raw.path.stat().st_size
        cleaning.budget.check_size(size)
        if size > LARGEST_BODY:
            raise Refused("larger than messages may be")
        try:
            clean = clean_body(raw.path.read_bytes(), "jsonl", cleaning.secrets.redactor)
        except (ValueError, AttributeError, TypeError):
            raise Refused("a line is no message") from None
        if clean is None:
            raise Refused("not text that can be cleaned")
        target = cleaning.workspace / "websocket.jsonl"
        write_private(target, clean)
        return target
