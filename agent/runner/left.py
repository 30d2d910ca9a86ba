"""What runs left: their pages and files, for everyone who may see runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agent.errors import ArtifactWithheld, UsageError
from agent.registry import Table
from agent.vault.policy import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.runner.house import House
    from agent.runs.report import ArtifactLine, Report

# Few commands show a page.
_PAGES: Table[Callable[..., str]] = Table("agent.artifacts", {"report": "report_page:report_page"})
PAGE: Final = "report.html"
_FROM_RECORD: Final = "the run left no page: this one is made from its record alone"


@dataclass(frozen=True, slots=True)
class Left:
    """Use cases on what a run left."""

    house: House

    def page(self, run: str) -> str:
        """Give a run's page, as it was kept; for a run that could not leave one, of its record.

        Raises ``ArtifactWithheld`` where the page could not be shown to be clean, ``UsageError``
        where its file is gone.
        """
        self.house.permit(Action.SEE_RUNS)
        report = self.house.store.report(run)
        line = _page_line(report)
        if line is None:
            return _PAGES["report"](_of_record(report), ())
        if line.state != "kept":
            raise ArtifactWithheld(
                f"the page of run {report.run_id} was withheld: {line.reason}",
                hint="runner runs show tells how the run ended",
            )
        try:
            return Path(line.path).read_text("utf-8")
        except OSError as error:
            raise UsageError(
                f"{line.path}: {error.strerror}", hint="runner runs show tells how the run ended"
            ) from None


def _page_line(report: Report) -> ArtifactLine | None:
    of_kind = (line for line in report.artifacts if line.kind == "report")
    named = (line for line in of_kind if Path(line.path).name.startswith(PAGE))
    return next(named, None)


def _of_record(report: Report) -> dict[str, Any]:
    document = report.document()
    return document | {"notices": [*document["notices"], _FROM_RECORD]}
