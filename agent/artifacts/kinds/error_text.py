"""The text of an error: its message, its call log, its stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Refused
from agent.artifacts.growing import without_growing
from agent.artifacts.literal import clean_bytes
from agent.artifacts.trace_events import clean_error

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact


class ErrorTextKind:
    """The cleaner of error texts: what was typed, element values, addresses, directories."""

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the clean text; ``Refused`` when a value stays."""
        cleaning.budget.check_size(raw.path.stat().st_size)
        text = raw.path.read_bytes().decode("utf-8", "replace")
        redactor = cleaning.secrets.redactor
        lines = clean_error({"stack": redactor.redact_text(text)})
        said = str(lines["stack"]).encode("utf-8", "replace")
        clean = clean_bytes(b"".join(without_growing((said,), redactor)), redactor)
        if clean is None:
            raise Refused("a value stays after cleaning")
        target = cleaning.workspace / "error.txt"
        write_private(target, clean)
        return target
