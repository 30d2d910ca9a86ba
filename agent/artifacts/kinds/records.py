"""A file that a step wrote of what it read: JSON, JSON Lines or CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.artifacts.archive import open_private
from agent.artifacts.literal import clean_lines
from agent.artifacts.text_stream import redacted

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact

_LARGEST_DOCUMENT = 4 * 1024 * 1024
_BLOCK = 256 * 1024


class RecordsKind:
    """The cleaner of records: values are marked; keys and columns stay, whatever they are called.

    The task names those itself, and what a site calls a password is none of ours.
    """

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the file as it may be kept, or raise ``Refused``."""
        size = raw.path.stat().st_size
        cleaning.budget.check_size(size)
        redactor = cleaning.secrets.redactor
        target = cleaning.workspace / f"records{raw.path.suffix}"
        with raw.path.open("rb") as source, open_private(target) as out:
            # a document that can be held stays one, whatever is marked in it
            whole = size <= _LARGEST_DOCUMENT
            block = _LARGEST_DOCUMENT if whole else _BLOCK
            blocks = iter(lambda: source.read(block), b"")
            parts = clean_lines(blocks, redactor) if whole else redacted(blocks, redactor)
            for part in parts:
                cleaning.budget.check_time(raw.name)
                out.write(part)
        return target
