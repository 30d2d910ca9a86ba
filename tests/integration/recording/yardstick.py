"""Playwright's own programmatic recorder, beside ours; ``runner import`` reads it.

It is private to Playwright, which is why only a test uses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.planner.importing import task_of
from agent.tasks.importing.codegen import read

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

    from agent.tasks.importing.credentials import Cleaned


class Yardstick:
    """Its sink: each action is a line, written anew while it goes on."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def watch(self, context: BrowserContext) -> None:
        await context._impl_obj._start_recording({"language": "jsonl"}, self)

    async def stop(self, context: BrowserContext) -> None:
        await context._impl_obj._stop_recording()

    def action_added(self, _page: Any, _action: Any, code: str) -> None:
        self.lines.append(code)

    def action_updated(self, _page: Any, _action: Any, code: str) -> None:
        self.lines[-1] = code

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def task(self) -> Cleaned:
        return task_of(read(self.text))
