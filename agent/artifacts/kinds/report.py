"""How a run ended: ``report.json`` for programs, ``report.html`` for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agent.artifacts.archive import write_private
from agent.artifacts.artifact import Refused
from agent.artifacts.literal import scrubbed
from agent.artifacts.notices import short_values
from agent.artifacts.report_page import report_page

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.cleaning import Cleaning
    from agent.artifacts.raw import RawArtifact


class ReportKind:
    """The cleaner of reports: reads the report as JSON; the name's suffix says which form to write.

    Known values are marked before the page is made, so the page never sees one.
    """

    def clean(self, raw: RawArtifact, cleaning: Cleaning) -> Path:
        """Write the marked report as JSON, or as a page; ``Refused`` when it is no JSON object."""
        cleaning.budget.check_size(raw.path.stat().st_size)
        try:
            report = json.loads(raw.path.read_bytes())
        except ValueError:
            raise Refused("not JSON") from None
        if not isinstance(report, dict):
            raise Refused("not a report")
        notice = short_values(cleaning.secrets.redactor)
        clean = scrubbed(report, cleaning.secrets.redactor)
        if notice:
            clean["notices"] = [*(clean.get("notices") or ()), notice]
        target = cleaning.workspace / raw.name
        if raw.name.endswith(".html"):
            text = report_page(clean, cleaning.pictures)
        else:
            text = json.dumps(clean, indent=2, ensure_ascii=False) + "\n"
        write_private(target, text.encode("utf-8", "replace"))
        return target
