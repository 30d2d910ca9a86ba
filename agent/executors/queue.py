"""Runs that wait for a worker: followed from here to their end, by what they write down."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from agent.runs.chronicle import CODE_WANTED, NOTICE, STEP_FINISHED, STEP_STARTED
from agent.runs.events import CANCEL_ASKED, ENDED, REQUEUED, STARTED
from agent.runs.patience import AGAIN, AWAY, written
from agent.runs.report import StepReport
from agent.runs.why_waiting import HAND_FREE, why_waiting
from agent.runs.worker import called

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.planner import Plan
    from agent.runs.events import RunEvent
    from agent.runs.options import RunOptions
    from agent.runs.report import Report
    from agent.runs.run import Run
    from agent.runs.store import RunStore
    from agent.runs.watcher import Watcher

QUIET: Final = 5.0
"""Seconds without an event after which it is asked anew what a run waits for."""
_PLAIN: Final = {CANCEL_ASKED: "it is asked to stop", REQUEUED: "it waits in the queue again"}


@dataclass(frozen=True, slots=True)
class QueueExecutor:
    """The executor that leaves a run to whichever worker takes it; it knows no secret.

    What the run was planned with and its options stand in its record already.
    """

    store: RunStore
    quiet: float = QUIET

    async def carry_out(
        self,
        run: Run,
        plan: Plan,  # noqa: ARG002 - the protocol's
        options: RunOptions,  # noqa: ARG002 - the protocol's
        watcher: Watcher,
    ) -> Report:
        """Tell ``watcher`` what happens in ``run`` until it ends, and return its report.

        Being cancelled cancels the run, whose end is waited for; once more leaves it as it is.
        """
        watcher.run_started(run.id, run.task)
        following = asyncio.create_task(_Following(self.store, run.id, watcher).to_end(self.quiet))
        try:
            return await asyncio.shield(following)
        except asyncio.CancelledError:
            await written(self.store.cancel, run.id)
            return await following
        finally:
            following.cancel()


@dataclass(slots=True)
class _Following:
    """One run that is followed; ``_said`` is what was last told of why it waits."""

    store: RunStore
    run_id: str
    watcher: Watcher
    _said: str = ""

    async def to_end(self, quiet: float) -> Report:
        after, over = 0, False
        await self._tell_why(but=HAND_FREE)
        while not over:
            found = await self._news(after, quiet)
            for event in found:
                await self._tell(event)
                after, over = event.id, event.kind == ENDED
            if not found:
                # The worker may be gone without a word, and nobody else be there to notice.
                await written(self.store.sweep)
                await self._tell_why()
        return await written(self.store.report, self.run_id)

    async def _news(self, after: int, seconds: float) -> list[RunEvent]:
        while True:
            try:
                return await self.store.feed.wait(self.store, self.run_id, after, seconds)
            except AWAY:
                await asyncio.sleep(AGAIN)

    async def _tell_why(self, but: str = "") -> None:
        """Say what the run waits for, once as long as it is the same; nothing of what is usual."""
        run = await written(self.store.get, self.run_id)
        why = await written(why_waiting, self.store.engine, run)
        if why not in ("", self._said, but):
            self._said = why
            self.watcher.notice(f"it waits for {why}")

    async def _tell(self, event: RunEvent) -> None:
        told = event.data
        if event.kind == STEP_STARTED:
            self.watcher.step_started(told["line"], told["title"])
        elif event.kind == STEP_FINISHED:
            self.watcher.step_finished(StepReport.of({**told, "index": told["line"]}))
        elif event.kind == STARTED:
            self._said = ""
            await self._tell_worker()
        elif words := self._words(event.kind, told):
            self.watcher.notice(words)

    async def _tell_worker(self) -> None:
        run = await written(self.store.get, self.run_id)
        if run.worker is not None:
            self.watcher.notice(f"worker {called(run.worker)} has it")

    def _words(self, kind: str, told: Mapping[str, Any]) -> str:
        if kind == NOTICE:
            return str(told["text"])
        if kind == CODE_WANTED:
            asks = f"{told['site']} asks for a one-time code ({told['slot']})"
            return f"{asks}: runner runs code {self.run_id[:8]}"
        if kind == REQUEUED and told.get("why"):
            return f"{told['why']}; it is begun again in {told['after']:g} s"
        return _PLAIN.get(kind, "")
