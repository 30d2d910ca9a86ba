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
class Footing:
    """The ground (``agent.runs.walk.Ground``) of one claimed run."""

    lease: Lease
    progress: Keeping
    trying: Trying
    leavings: Leavings
    options: RunOptions

    def check(self) -> None:
        """Raise ``RunInterrupted`` unless the claim still holds."""
        self.lease.check()

    async def note(self, place: Place, step: Step, title: str) -> None:
        """Keep that a step begins."""
        await self.progress.note(place, step, title)

    async def noted_done(self, place: Place) -> None:
        """Keep that a step is done which must not be done again."""
        await self.progress.noted_done(place)

    def alone(self, step: Step) -> AbstractAsyncContextManager[Callable[[], Awaitable[None]]]:
        """Let a step that tries a password out do it while no other run does."""
        return self.trying.alone(step)

    async def explained(self, failed: RunnerError, words: str) -> RunnerError:
        """Say of an error where it happened, without a secret."""
        error = self.leavings.cleaned(failed)
        error.message = f"{words}: {error.message}"
        return error

    def wants_picture(self, *, failed: bool) -> bool:
        """Tell whether a picture is taken after a step."""
        return self.options.wants_picture(failed=failed)
