"""What a walk through a plan needs of the run around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from agent.artifacts.leavings import Leavings
    from agent.errors import RunnerError
    from agent.runs.lease import Lease
    from agent.runs.options import RunOptions
    from agent.runs.progress import Keeping
    from agent.runs.trying import Trying
    from agent.runs.walk import Place
    from agent.steps.step import Step


@dataclass(frozen=True, slots=True)
class RunGround:
    """The ground of one run; see ``agent.runs.walk.Ground``."""

    lease: Lease
    leavings: Leavings
    options: RunOptions
    progress: Keeping
    trying: Trying

    def check(self) -> None:
        """Raise ``RunInterrupted`` unless the run still has its lease."""
        self.lease.check()

    async def note(self, place: Place, step: Step, title: str) -> None:
        """Write down that a step begins."""
        await self.progress.note(place, step, title)

    async def noted_done(self, place: Place) -> None:
        """Write down that a step is done which must not be done again."""
        await self.progress.noted_done(place)

    def alone(self, step: Step) -> AbstractAsyncContextManager[Callable[[], Awaitable[None]]]:
        """Wait for the turn of a step that tries a password out."""
        return self.trying.alone(step)

    async def explained(self, failed: RunnerError, words: str) -> RunnerError:
        """Put the step's words before an error's, all of them without a secret."""
        error = self.leavings.cleaned(failed)
        error.message = f"{words}: {error.message}"
        return error

    def wants_picture(self, *, failed: bool) -> bool:
        """Tell what the options say."""
        return self.options.wants_picture(failed=failed)
