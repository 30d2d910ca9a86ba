"""What a step is given, without an engine around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.steps import STEPS, StepContext, StepResult

if TYPE_CHECKING:
    from pathlib import Path

    from agent.browser.session import Session


@dataclass
class Work:
    """Runs steps as written on one session, and keeps what they ask for."""

    session: Session
    pictures: list[str] = field(default_factory=list)
    moves: list[str] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)
    timeout: float = 10.0
    downloads: dict[str, tuple[str, Path]] = field(default_factory=dict)
    task_folder: Path | None = None

    async def _picture(self, name: str) -> None:
        self.pictures.append(name)

    async def _move(self, words: str) -> None:
        self.moves.append(words)

    async def __call__(self, kind: str, **written: Any) -> StepResult:
        """Run one step: ``await work("click", target={…})``."""
        context = StepContext(
            self.session, self._move, self._picture, timeout=self.timeout, results=self.results
        )
        context.downloads, context.task_folder = self.downloads, self.task_folder
        return await STEPS[kind].model_validate({"type": kind, **written}).run(context)

    async def show(self, site: str, html: str) -> None:
        """Put a page of our own onto the site's origin."""
        await self.session.page.goto(f"{site}/health")
        await self.session.page.set_content(html)
