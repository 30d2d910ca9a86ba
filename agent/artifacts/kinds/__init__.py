"""The kinds of artifact a run can leave: one file and one line each, none without a cleaner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.registry import Table

if TYPE_CHECKING:
    from agent.artifacts.cleaning import Kind

KINDS: Table[type[Kind]] = Table(
    "agent.artifacts.kinds",
    {
        "download": "download:DownloadKind",
        "records": "download:DownloadKind",
        "report": "report:ReportKind",
        "result": "result:ResultKind",
        "screenshot": "screenshot:ScreenshotKind",
        "trace": "trace:TraceKind",
    },
)
