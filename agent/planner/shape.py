"""What a program must know of a task to run it: slots, inputs and outputs as JSON Schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.planner.checking import check
from agent.planner.explaining import explain
from agent.planner.schema import DIALECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from agent.errors import Problem
    from agent.planner.explaining import Explanation
    from agent.steps import Step
    from agent.tasks import Task
    from agent.tasks.input import Input

_TYPES = {"date": {"type": "string", "format": "date"}}


@dataclass(frozen=True, slots=True)
class SlotShape:
    """One slot; ``totp`` says that the secret must make one-time codes.

    ``given`` slots say themselves where their value is kept, and need no binding.
    """

    name: str
    type: str
    description: str
    fields: tuple[str, ...]
    totp: bool
    origins: tuple[str, ...]
    given: bool


@dataclass(frozen=True, slots=True)
class TaskShape:
    """A task as a form is made of it, and ``told`` in words."""

    name: str
    description: str
    slots: tuple[SlotShape, ...]
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    told: Explanation


def shape_of(task: Task) -> TaskShape:
    """Describe a task. Raises ``TaskInvalid`` as ``check`` does."""
    told = explain(task, {})
    return TaskShape(task.name, task.description, _slots(task), _inputs(task), _outputs(told), told)


def beside(task: Task) -> tuple[Problem, ...]:
    """Find the steps that need files beside the task, which a stored task does not have."""
    told = "a stored task has no folder: write the file's text in the step"
    paths = files_beside(check(task))
    return tuple(task.problem(("steps",), f"{path}: {told}") for path in paths)


def files_beside(steps: Iterable[Step]) -> list[str]:
    """List the files beside the task that its steps need, those inside others too."""
    return sorted({path for step in steps for one in step.every() for path in _files(one)})


def _files(step: Step) -> Iterator[str]:
    for name in ("files", "file", "upload"):
        written = getattr(step, name, None)
        for one in written if isinstance(written, tuple) else (written,):
            path = one if isinstance(one, str) and step.type == "code" else None
            path = path or getattr(one, "path", None)
            if isinstance(path, str):
                yield path


def _slots(task: Task) -> tuple[SlotShape, ...]:
    return tuple(
        SlotShape(
            name,
            slot.type,
            slot.description,
            tuple(field for field in slot.needed if field != "totp"),
            slot.totp == "required",
            tuple(slot.origins),
            slot.source is not None,
        )
        for name, slot in task.slots.items()
    )


def _inputs(task: Task) -> dict[str, Any]:
    required = [name for name, wanted in task.inputs.items() if wanted.is_required]
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": {name: _input(wanted) for name, wanted in task.inputs.items()},
        "required": required,
        "additionalProperties": False,
    }


def _input(wanted: Input) -> dict[str, Any]:
    described: dict[str, Any] = dict(_TYPES.get(wanted.type, {"type": wanted.type}))
    if wanted.description:
        described["description"] = wanted.description
    if wanted.default is not None:
        described["default"] = wanted.default
    if wanted.enum:
        described["enum"] = list(wanted.enum)
    return described


def _outputs(told: Explanation) -> dict[str, Any]:
    # What a page holds is known when it is read: names are promised, and no types.
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": {name: {} for name in told.outputs},
    }
