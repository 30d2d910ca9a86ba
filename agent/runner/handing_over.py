"""Hand what a signed-in browser remembers to the program that asked for the run.

No task can say this: the step is in no table. It is put behind the others by a use case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import PrivateAttr

from agent.registry import Table
from agent.steps.context import StepResult
from agent.steps.step import Step

if TYPE_CHECKING:
    from agent.steps.context import StepContext

_HARVEST: Table[Any] = Table("agent.artifacts", {"of": "harvest:Harvest"})


class HandingOver(Step):
    """Give the cookies and the storage of the run's browser to the one who asked for the run.

    Example::

        {"type": "handing_over"}
    """

    _take: Callable[[Mapping[str, Any]], None] = PrivateAttr()

    type: Literal["handing_over"] = "handing_over"

    @classmethod
    def to(cls, take: Callable[[Mapping[str, Any]], None]) -> HandingOver:
        """Make the step; ``take`` is called with Playwright's storage state."""
        step = cls()
        step._take = take
        return step

    def words(self) -> str:
        """Say what is handed over."""
        return "hand the session over"

    async def act(self, context: StepContext) -> StepResult:
        """Have the run know its values, then give them away."""
        state: Any = await context.session.context.storage_state(indexed_db=True)
        with _HARVEST["of"](context.secrets) as harvest:
            harvest.from_result(state)
        self._take(state)
        return StepResult()
