"""A file that a step wrote of what it read: JSON, JSON Lines or CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Refused
from agent.artifacts.literal import clean_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact


class RecordsKind:
    """The cleaner of records: values are marked; keys and columns stay, whatever they are called.

    The task names those itself, and what a site calls a password is none of ours.
    """

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the file as it may be kept, or raise ``Refused``."""
        cleaning.budget.check_size(raw.path.stat().st_size)
        clean = clean_bytes(raw.path.read_bytes(), cleaning.secrets.redactor)
        if clean is None:
            raise Refused("a value stays after cleaning")
        target = cleaning.workspace / f"records{raw.path.suffix}"
        write_private(target, clean)
        return target
