"""What a run read from the pages: one JSON document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Refused
from agent.artifacts.literal import scrubbed

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact


class ResultKind:
    """The cleaner of ``result.json``: known values inside keys, strings and numbers are marked."""

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the marked document; ``Refused`` when it is not JSON."""
        cleaning.budget.check_size(raw.path.stat().st_size)
        try:
            value = json.loads(raw.path.read_bytes())
        except ValueError:
            raise Refused("not JSON") from None
        clean = scrubbed(value, cleaning.secrets.redactor)
        target = cleaning.workspace / "result.json"
        text = json.dumps(clean, indent=2, ensure_ascii=False) + "\n"
        write_private(target, text.encode("utf-8", "replace"))
        return target
