"""Check every step of a task before anything is done with any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agent.errors import TaskInvalid
from agent.steps import STEPS
from agent.steps.values import DRAFT
from agent.tasks.placeholders import MISPLACED, did_you_mean, faults, secret_objects, texts
from agent.tasks.problems import problem, problems_of
from agent.tasks.reading import draft, in_order, names, read_text
from agent.vault.secret_type import Use
from agent.vault.secret_types import SECRET_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path as FilePath

    from agent.errors import Problem
    from agent.steps import SlotUse, Step
    from agent.tasks import Slot, Task
    from agent.tasks.positions import Path, Places

_CANNOT = {
    Use.FILL: "is not typed into a page",
    Use.HTTP: "is not sent by an http step",
    Use.SFTP: "does not open a file server",
    Use.CODE: "is not given to code",
}


def read_task(path: FilePath) -> Task:
    """Read a task file and check all of it, so that every problem is told in one go.

    Raises ``UsageError`` when there is no such file, ``TaskInvalid`` otherwise.
    """
    read = draft(read_text(path), str(path))
    inputs, slots = names(read.written, "inputs"), names(read.written, "slots")
    reader = _Reader(read.places, inputs, slots, read.slots())
    reader.read(read.steps())
    found = in_order((*read.problems, *reader.problems, *_lost_outputs(read.written, reader)))
    if found or read.task is None:
        raise TaskInvalid(read.source, found)
    return read.task


def check(task: Task) -> tuple[Step, ...]:
    """Build the steps of a task with its inputs not yet put in.

    Raises ``TaskInvalid`` with every problem: an unknown kind or key, a secret where none may
    go, a slot, field, input or result that does not exist.
    """
    reader = _Reader(task.places, tuple(task.inputs), tuple(task.slots), task.slots)
    steps = reader.read(list(task.steps))
    found = in_order((*reader.problems, *_lost_outputs({"outputs": task.outputs}, reader)))
    if found:
        raise TaskInvalid(task.source, found)
    return steps


def build(written: list[Any], task: Task) -> tuple[Step, ...]:
    """Build the steps of a task with its inputs put in. Raises ``TaskInvalid``."""
    reader = _Reader(task.places, (), tuple(task.slots), task.slots, final=True)
    steps = reader.read(written)
    if reader.problems:
        raise TaskInvalid(task.source, in_order(reader.problems))
    return steps


class _Reader:
    """Reads steps one by one and keeps what is wrong with them."""

    def __init__(
        self,
        places: Places,
        inputs: tuple[str, ...],
        names_of_slots: tuple[str, ...],
        slots: Mapping[str, Slot],
        *,
        final: bool = False,
    ) -> None:
        self.places = places
        self.inputs = inputs
        self.names_of_slots = names_of_slots
        self.slots = slots
        self.final = final
        self.problems: list[Problem] = []
        self.saved: dict[str, int] = {}

    def read(self, written: list[Any]) -> tuple[Step, ...]:
        steps = []
        for index, one in enumerate(written):
            step = self._step(index, one)
            if step is not None:
                steps.append(step)
                self._check_uses(index, step)
                self._check_result(index, step)
            elif isinstance(one, dict) and isinstance(one.get("save_as"), str):
                self.saved.setdefault(one["save_as"], index)  # so that outputs are not faulted
        return tuple(steps)

    def _step(self, index: int, written: Any) -> Step | None:
        root: Path = ("steps", index)
        if not isinstance(written, dict):
            return None  # told already, by the task's own model
        kind = self._kind(written, root)
        if kind is None:
            return None
        misplaced = [path for path in secret_objects(written) if not kind.takes_secret_at(path)]
        for path in misplaced:
            self._say((*root, *path), MISPLACED)
        self._check_texts(written, root)
        try:
            return kind.model_validate(written, context={DRAFT: not self.final})
        except ValidationError as error:
            self.problems += [
                said
                for path, said in problems_of(error, kind, written, self.places, root)
                if not any(path[2 : 2 + len(bad)] == bad for bad in misplaced)
            ]
        return None

    def _kind(self, written: dict[str, Any], root: Path) -> type[Step] | None:
        name = written.get("type")
        if "type" not in written:
            self._say(root, 'the key "type" is missing, which says what kind of step this is')
        elif not isinstance(name, str):
            self._say((*root, "type"), "expected text in double quotes")
        elif name not in STEPS:
            self._say((*root, "type"), f"no such kind of step{did_you_mean(name, list(STEPS))}")
        else:
            return STEPS[name]
        return None

    def _check_texts(self, written: dict[str, Any], root: Path) -> None:
        if self.final:
            return
        for path, text in texts(written, root):
            for fault in faults(text, self.inputs, self.names_of_slots):
                self._say(path, fault)

    def _check_uses(self, index: int, step: Step) -> None:
        for use in step.uses():
            path: Path = ("steps", index, *use.at)
            if use.slot not in self.names_of_slots:
                guess = did_you_mean(use.slot, self.names_of_slots)
                self._say(path, f"the task has no such slot{guess or '; it has none at all'}")
            elif use.slot in self.slots:
                for at, fault in _misfits(use, self.slots[use.slot]):
                    self._say((*path[:-1], at), fault)

    def _check_result(self, index: int, step: Step) -> None:
        name = step.saves()
        if name is None:
            return
        if name in self.saved:
            told = f"step {self.saved[name] + 1} saves a result of this name already"
            self._say(("steps", index, "save_as"), told)
        self.saved[name] = index

    def _say(self, path: Path, message: str) -> None:
        self.problems.append(problem(self.places, path, message))


def _misfits(use: SlotUse, slot: Slot) -> Iterator[tuple[str, str]]:
    """Compare what a step asks of a slot with what the slot asks of its secret."""
    name = str(use.at[-1])
    if use.type is not None and slot.type != use.type:
        yield name, f"this step needs a slot of type {use.type}, and this one is of {slot.type}"
    elif use.field is not None and not _usable(use, slot):
        cannot = "makes no one-time codes" if use.field == "totp" else _CANNOT[use.way]
        yield name, f"a secret of type {slot.type} {cannot}"
    elif use.field == "totp" and "totp" not in slot.needed:
        yield "field", f'slot {use.slot} does not say "totp": "required", so there may be no code'
    elif use.field is not None and not slot.offers(use.field):
        guess = did_you_mean(use.field, slot.needed)
        yield "field", f"slot {use.slot} has no such field{guess}"


def _usable(use: SlotUse, slot: Slot) -> bool:
    wanted = Use.TOTP if use.field == "totp" else use.way
    return wanted in SECRET_TYPES[slot.type].uses


def _lost_outputs(written: Mapping[str, Any], reader: _Reader) -> Iterator[Problem]:
    outputs = written.get("outputs")
    for name, path in outputs.items() if isinstance(outputs, dict) else ():
        result = path.removeprefix("results.") if isinstance(path, str) else None
        if result is not None and path != result and result not in reader.saved:
            guess = did_you_mean(result, list(reader.saved))
            message = f"no step saves a result of this name{guess}"
            yield problem(reader.places, ("outputs", name), message)
