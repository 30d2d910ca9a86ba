"""Writes down what happens in a run while it happens, for those who watch from elsewhere."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from agent.login.second_factor import Question
    from agent.runs.claim import Claim
    from agent.runs.events import Told
    from agent.runs.report import ArtifactLine, StepReport
    from agent.runs.watcher import Watcher

STEP_STARTED: Final = "step_started"
STEP_FINISHED: Final = "step_finished"
NOTICE: Final = "notice"
MOVED: Final = "moved"
CODE_WANTED: Final = "code_wanted"
ARTIFACT: Final = "artifact"
_AGAIN: Final = 1.0


class Log(Protocol):
    """The part of a store that is needed; the call may block and may fail."""

    def told(self, claim: Claim, told: Sequence[Told]) -> bool:
        """Add to what happened in a run; False when the claim is stale."""


@dataclass(slots=True)
class Chronicle:
    """A watcher between a run and the one who watches here; an async context, open while it runs.

    Events are written beside the run, those of a moment in one transaction. A database that is
    away holds nothing up: what could not be written when the run ends is left out. ``clean`` masks
    the run's secrets in a text, as soon as they are known.
    """

    watcher: Watcher
    claim: Claim
    log: Log
    clean: Callable[[str], str] = field(default=str)
    _told: list[Told] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _writing: asyncio.Task[None] | None = None
    _over: bool = False

    async def __aenter__(self) -> Self:
        self._writing = asyncio.create_task(self._write_on())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over = True
        self._news.set()
        if self._writing is not None:
            await self._writing

    def run_started(self, run_id: str, task: str) -> None:
        """Pass it on; the claim has been noted with the run's state."""
        self.watcher.run_started(run_id, task)

    def step_started(self, index: int, title: str) -> None:
        """Note that a step begins."""
        self._tell(STEP_STARTED, {"line": index, "title": self.clean(title)})
        self.watcher.step_started(index, title)

    def step_finished(self, step: StepReport) -> None:
        """Note how a step ended."""
        told = {
            "line": step.index,
            "at": step.at,
            "type": step.type,
            "title": self.clean(step.title),
            "status": step.status,
            "outcome": step.outcome,
            "seconds": step.seconds,
        }
        self._tell(STEP_FINISHED, told)
        self.watcher.step_finished(step)

    def notice(self, text: str) -> None:
        """Note what a person should know."""
        self._tell(NOTICE, {"text": self.clean(text)})
        self.watcher.notice(text)

    async def paused(self, index: int) -> None:
        """Leave it to who watches here."""
        await self.watcher.paused(index)

    async def code_wanted(self, question: Question) -> str | None:
        """Note that a code is waited for, and leave it to who watches here."""
        told = {"site": question.site, "slot": question.slot, "again": question.again}
        self._tell(CODE_WANTED, told | {"seconds": question.seconds})
        return await self.watcher.code_wanted(question)

    def moved(self, words: str) -> None:
        """Note a move of a sign-in."""
        self._tell(MOVED, {"text": self.clean(words)})

    def kept(self, artifacts: Sequence[ArtifactLine]) -> None:
        """Note what the run leaves, and what was withheld."""
        for one in artifacts:
            self._tell(ARTIFACT, {"kind": one.kind, "state": one.state, "reason": one.reason})

    @contextmanager
    def cleaned_by(self, clean: Callable[[str], str]) -> Iterator[None]:
        """Mask with ``clean`` while the block lasts: as long as the secrets are known."""
        self.clean = clean
        try:
            yield
        finally:
            self.clean = str

    def _tell(self, kind: str, data: Mapping[str, Any]) -> None:
        self._told.append((kind, data))
        self._news.set()

    async def _write_on(self) -> None:
        while self._told or not self._over:
            await self._news.wait()
            self._news.clear()
            if not await self._written():
                if self._over:
                    return
                await asyncio.sleep(_AGAIN)
                self._news.set()

    async def _written(self) -> bool:
        """Write what was told so far; False where the database did not take it."""
        batch = tuple(self._told)
        if not batch:
            return True
        try:
            await asyncio.to_thread(self.log.told, self.claim, batch)
        except SQLAlchemyError:
            return False
        del self._told[: len(batch)]
        return True
