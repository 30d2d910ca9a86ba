"""The kinds of artifact a run can leave: one file and one line each, none without a cleaner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.registry import Table

if TYPE_CHECKING:
    from agent.artifacts.cleaning import Kind

KINDS: Table[type[Kind]] = Table(
    "agent.artifacts.kinds",
    {
        "aria_snapshot": "aria_snapshot:AriaSnapshotKind",
        "console_log": "console_log:ConsoleLogKind",
        "download": "download:DownloadKind",
        "error_text": "error_text:ErrorTextKind",
        "har": "har:HarKind",
        "junit": "junit:JunitKind",
        "log": "log:LogKind",
        "page_html": "page_html:PageHtmlKind",
        "records": "records:RecordsKind",
        "report": "report:ReportKind",
        "result": "result:ResultKind",
        "screenshot": "screenshot:ScreenshotKind",
        "storage_state": "storage_state:StorageStateKind",
        "trace": "trace:TraceKind",
        "video": "video:VideoKind",
        "websocket": "websocket:WebsocketKind",
    },
)
