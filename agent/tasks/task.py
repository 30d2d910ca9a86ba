"""What a task file holds, apart from the meaning of its steps, which ``agent.planner`` knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator

from agent.tasks import problems
from agent.tasks.input import Input
from agent.tasks.names import IncludedName, Name, PlaceName, ResultPath
from agent.tasks.positions import Places
from agent.tasks.slot import Slot
from agent.tasks.weaker import TaskBrowser

if TYPE_CHECKING:
    from agent.errors import Problem
    from agent.tasks.positions import Path

MOST_STEPS = 1000
MOST_NAMES = 100
MOST_INCLUDED = 50
MOST_LABELS = 6


class Task(BaseModel):
    """One thing to do on a site: the secrets it needs, its inputs, its steps and its results.

    ``steps`` stay as written, so that every kind of step can be checked by its own class.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Annotated[
        str, Field(alias="$schema", description="Where an editor finds this schema; not read.")
    ] = ""
    name: Annotated[
        str, Field(min_length=1, max_length=100, description="What the task is called in reports.")
    ]
    description: Annotated[str, Field(max_length=5000)] = ""
    slots: Annotated[
        dict[Name, Slot],
        Field(max_length=MOST_NAMES, description="Secrets the task needs, by a name of your own."),
    ] = {}
    inputs: Annotated[
        dict[Name, Input],
        Field(max_length=MOST_NAMES, description="Plain values the task needs, by name."),
    ] = {}
    steps: Annotated[
        tuple[dict[str, Any], ...],
        Field(min_length=1, max_length=MOST_STEPS, description="What to do, in order."),
    ]
    outputs: Annotated[
        dict[Name, ResultPath],
        Field(
            max_length=MOST_NAMES,
            description="What the run gives back: a name, and results.NAME of a step's save_as. "
            "Without it, every saved result is given back by its own name.",
        ),
    ] = {}

    on_lost: Annotated[
        Literal["interrupt", "requeue"],
        Field(
            description="What becomes of a queued run whose worker was lost: it is interrupted, "
            "or begun again from the top."
        ),
    ] = "interrupt"
    on_failed: Annotated[
        Literal["fail", "requeue"],
        Field(
            description="What becomes of a queued run that failed: it ends, or it is begun again "
            "from the top after a pause, unless a password or a code was used."
        ),
    ] = "fail"
    browser: Annotated[
        TaskBrowser, Field(description="What the task says of the browser it is done in.")
    ] = TaskBrowser()
    queue: Annotated[
        PlaceName, Field(description="The queue its runs wait in: runner worker --queues.")
    ] = "default"
    labels: Annotated[
        tuple[PlaceName, ...],
        Field(
            max_length=MOST_LABELS,
            description="What a worker must be marked with to take its runs: "
            "runner worker --labels.",
        ),
    ] = ()
    included: Annotated[
        dict[IncludedName, dict[str, Any]],
        Field(
            max_length=MOST_INCLUDED,
            description="Tasks that include steps name, by that name; others are files beside it.",
        ),
    ] = {}

    @field_validator("slots")
    @classmethod
    def _one_queue(cls, written: dict[str, Slot]) -> dict[str, Slot]:
        alone = [name for name, slot in written.items() if slot.concurrency]
        if len(alone) > 1:
            raise ValueError(f'only one slot may have "concurrency", not {" and ".join(alone)}')
        return written

    _source: str = PrivateAttr(default="task")
    _places: Places = PrivateAttr(default_factory=Places)

    @property
    def source(self) -> str:
        """The file this task was read from, as the caller named it."""
        return self._source

    @property
    def places(self) -> Places:
        """Where everything in the file stands; empty for a task that was never a file."""
        return self._places

    def placed(self, source: str, places: Places) -> Task:
        """Remember where the task was read from."""
        self._source, self._places = source, places
        return self

    def problem(self, path: Path, message: str, *, at_key: bool = False) -> Problem:
        """Make a problem that stands at ``path`` in this task's file."""
        return problems.problem(self._places, path, message, at_key=at_key)

    def document(self) -> dict[str, Any]:
        """Give the task back as JSON values; reading that again gives an equal task."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)
