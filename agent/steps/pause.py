"""Let a person take over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, Strict

from agent.errors import StepFailed
from agent.steps.context import Help, Plea, StepResult
from agent.steps.step import Step

if TYPE_CHECKING:
    from agent.steps.context import StepContext

WHY = "pause"


class Pause(Step):
    """Let a person take over the browser, and go on when it is given back.

    Needs someone there: at a visible browser (``--headed``), or at the run's page on the server;
    otherwise the step fails at once. What is done meanwhile is in no trace.

    Example::

        {"type": "pause", "message": "Please solve the puzzle, then go on."}
    """

    type: Literal["pause"] = "pause"
    message: Annotated[
        str, Field(min_length=1, max_length=500, description="What the person is asked to do.")
    ]
    wait: Annotated[
        float | None,
        Strict(),
        Field(
            gt=0,
            le=86_400,
            description="How many seconds a person is waited for at the server; 900 by default.",
        ),
    ] = None

    def words(self) -> str:
        """Say that a person takes over."""
        return "wait for a person"

    async def act(self, context: StepContext) -> StepResult:
        """Ask, and wait until the browser is given back. Raises ``StepFailed`` where it is not."""
        help_given = await context.hand_over(Plea(WHY, self.message, self.wait))
        if help_given is Help.NOBODY:
            raise StepFailed(
                "this step needs a person at the browser, and nobody is there",
                hint="run it on a server, or on a terminal with --headed and without --no-input",
            )
        if not help_given.came:
            raise StepFailed(
                "nobody gave the browser back in time",
                hint='the run\'s page has it under "Take over"; "wait" gives a person more time',
            )
        return StepResult()
