"""Do what another task says."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, PrivateAttr, field_validator

from agent.errors import StepFailed
from agent.steps.context import StepResult, Turn
from agent.steps.step import Step
from agent.steps.values import SlotName
from agent.tasks.input import Written
from agent.tasks.names import Name
from agent.tasks.task import Task

if TYPE_CHECKING:
    from typing import Self

    from agent.steps.context import StepContext
    from agent.tasks.paths import Scope


class Include(Step):
    """Do the steps of another task, with its slots filled from this one's and its inputs given.

    Its results are its own; what it gives back is saved as ``save_as``.

    Example::

        {
            "type": "include",
            "task": "parts/sign-in.json",
            "slots": {"LOGIN": "MANAGEMENT_LOGIN"},
            "inputs": {"site": "https://hotel.example"}
        }
    """

    fixed_at: ClassVar[frozenset[str]] = frozenset({"task", "slots"})
    values_at: ClassVar[frozenset[str]] = frozenset({"inputs"})
    keeps_results: ClassVar[bool] = True

    _task: Task | None = PrivateAttr(default=None)
    _sites: tuple[tuple[str, str], ...] = PrivateAttr(default=())

    type: Literal["include"] = "include"
    task: Annotated[
        str,
        Field(
            min_length=1,
            max_length=500,
            description="The task's file, in this task's folder or below it.",
        ),
    ]
    slots: Annotated[
        dict[Name, SlotName],
        Field(
            max_length=100,
            description="For each slot of that task the slot of this one that fills it; "
            "by default the one of the same name.",
        ),
    ] = Field(default_factory=dict)
    inputs: Annotated[
        dict[Name, Written], Field(max_length=100, description="Values for that task's inputs.")
    ] = Field(default_factory=dict)
    save_as: Annotated[Name | None, Field(description="What its outputs are called.")] = None

    @field_validator("task")
    @classmethod
    def _stays_below(cls, written: str) -> str:
        parts = PurePosixPath(written).parts
        if "\\" in written or any(part.startswith((".", "/", "~")) for part in parts):
            raise ValueError("a file in the task's folder or below it, and no hidden one")
        return written

    def of(self, task: Task, sites: tuple[tuple[str, str], ...] = ()) -> Self:
        """Remember the task that was read, and the sites that it names for the slots around it."""
        self._task, self._sites = task, sites
        return self

    def resolved(self, scope: Scope) -> Self:
        """Give the step with the values of a running run in it."""
        fresh = super().resolved(scope)
        return fresh if self._task is None else fresh.of(self._task, self._sites)

    def words(self) -> str:
        """Name the task."""
        return f"do the task {self.task}"

    def meant_for(self) -> tuple[tuple[str, str], ...]:
        """List the sites of its slots, each with the slot of the outermost task that fills it."""
        return self._sites

    def saves(self) -> str | None:
        """The name its outputs are saved under."""
        return self.save_as

    def needs_browser(self) -> bool:
        """No page is needed but by the steps inside."""
        return False

    async def act(self, context: StepContext) -> StepResult:
        """Give it its inputs, do its steps, and pick its outputs out of what they saved."""
        task = self._task
        if task is None:
            raise StepFailed("the included task was not read")
        inputs = {}
        for name, wanted in task.inputs.items():
            try:
                inputs[name] = wanted.value(self.inputs.get(name))
            except ValueError as error:
                raise StepFailed(f"input {name} of {self.task}: {error}") from None
        results: dict[str, object] = {}
        await context.carry_out("task", Turn(inputs=inputs, results=results))
        named = {name: path.removeprefix("results.") for name, path in task.outputs.items()}
        given = named or {name: name for name in results}
        return StepResult(
            value={name: results[key] for name, key in given.items() if key in results}
        )
