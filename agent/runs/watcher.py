"""What a door is told while a run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from agent.login.second_factor import Question
    from agent.runs.report import StepReport


class Watcher(Protocol):
    """One who watches a run: the terminal today, an event stream tomorrow.

    Every text is already free of secrets. Calls come from the run's own event loop and must
    return at once; only ``paused`` and ``code_wanted`` may take their time.
    """

    def run_started(self, run_id: str, task: str) -> None:
        """Tell that the run has been claimed and begins."""

    def step_started(self, index: int, title: str) -> None:
        """Tell that step ``index`` (from 0) begins."""

    def step_finished(self, step: StepReport) -> None:
        """Tell how a step ended."""

    def notice(self, text: str) -> None:
        """Pass on something a person should know, such as a sandbox that is off."""

    async def paused(self, index: int) -> None:
        """Return when the person who looks at the failed step's page is done with it."""

    async def code_wanted(self, question: Question) -> str | None:
        """Ask a person for a one-time code; None at once where nobody is there to be asked."""


@runtime_checkable
class TakesOver(Protocol):
    """A watcher behind whom stands a person who can take over a browser that is shown."""

    async def hand_over(self, message: str) -> bool:
        """Ask the person to do what ``message`` says; True once the browser is given back.

        False where nobody can be asked after all.
        """


@runtime_checkable
class AtDoors(Protocol):
    """A watcher whose people are elsewhere: they hear of it at the server's doors."""

    def at_doors(self) -> bool:
        """Tell whether a person may be asked there to take the run over."""


class NobodyWatches:
    """A watcher for runs that nobody follows; a paused step goes on at once."""

    def run_started(self, run_id: str, task: str) -> None:
        """Ignore the start."""

    def step_started(self, index: int, title: str) -> None:
        """Ignore the step."""

    def step_finished(self, step: StepReport) -> None:
        """Ignore the step's end."""

    def notice(self, text: str) -> None:
        """Ignore the notice."""

    async def paused(self, index: int) -> None:
        """Go on at once."""

    async def code_wanted(self, question: Question) -> str | None:  # noqa: ARG002 - the protocol's
        """Say that nobody is there."""
        return None
