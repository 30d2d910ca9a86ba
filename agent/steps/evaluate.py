"""Run a script in the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from agent.errors import StepFailed
from agent.steps.context import StepResult
from agent.steps.step import Step
from agent.steps.target import Target
from agent.steps.values import shown
from agent.tasks.names import Name

if TYPE_CHECKING:
    from agent.steps.context import StepContext

LARGEST = 1024 * 1024


class Evaluate(Step):
    """Run a JavaScript function in the page; it is never given a secret, and finds none.

    The function gets ``argument``, and with ``target`` the element before it. In a document that a
    secret was typed into the step is refused, and no secret may be typed after it in the task.

    Example::

        {
            "type": "evaluate",
            "expression": "(limit) => document.querySelectorAll('tr').length > limit",
            "argument": 3,
            "save_as": "many"
        }
    """

    fixed_at: ClassVar[frozenset[str]] = frozenset({"expression"})
    values_at: ClassVar[frozenset[str]] = frozenset({"argument"})

    runs_script: ClassVar[bool] = True

    type: Literal["evaluate"] = "evaluate"
    expression: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100_000,
            description="A JavaScript function or expression; nothing is put into its text.",
        ),
    ]
    argument: Annotated[Any, Field(description="What the function is called with.")] = None
    target: Target | None = None
    save_as: Annotated[Name | None, Field(description="What the result is called.")] = None

    def words(self) -> str:
        """Show the beginning of the script."""
        where = "the page" if self.target is None else self.target.words
        return f"run the script {shown(' '.join(self.expression.split()))} in {where}"

    def saves(self) -> str | None:
        """The name the result is saved under."""
        return self.save_as

    async def act(self, context: StepContext) -> StepResult:
        """Run it. Raises ``StepFailed`` where a secret was typed, or for a result too large."""
        page, limit = context.session.page, self.limit(context)
        if page in context.session.typed_into:
            raise StepFailed(
                "a secret was typed into this page, and a script could read it",
                hint="open the page anew before this step: goto",
            )
        if self.target is None:
            value = await page.evaluate(self.expression, self.argument)
        else:
            found = await self.target.pick(page, limit)
            value = await found.evaluate(self.expression, self.argument, timeout=limit)
        return StepResult(value=None if self.save_as is None else _plain(value))


def _plain(value: Any) -> Any:
    text = json.dumps(value, default=str)
    if len(text) > LARGEST:
        raise StepFailed(f"the result is larger than the {LARGEST} characters a step may keep")
    return json.loads(text)
