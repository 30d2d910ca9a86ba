"""Finds the tasks that a task includes, and what their steps may name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from agent.errors import TaskInvalid, UsageError
from agent.planner.known import Known
from agent.tasks.inputs import as_text
from agent.tasks.placeholders import did_you_mean, paths_in, quoted, substitute
from agent.tasks.positions import Places
from agent.tasks.problems import problem
from agent.tasks.reading import from_json
from agent.tasks.task import MOST_INCLUDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path as FilePath

    from agent.errors import Problem
    from agent.steps.include import Include
    from agent.tasks import Slot, Task
    from agent.tasks.positions import Path
    from agent.tasks.reading import Draft

DEEPEST = 8
Fault = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Found:
    """An included task and what its steps may name, or what is wrong with the step."""

    faults: tuple[Fault, ...]
    task: Task | None = None
    known: Known | None = None


def included_task(step: Include, around: Known) -> Found:
    """Find the task of a step and fit its slots and inputs to the task around it."""
    name = PurePosixPath(around.base, step.task)
    if around.depth >= DEEPEST:
        return Found(((("task",), f"tasks include each other more than {DEEPEST} deep"),))
    if str(name) not in around.included:
        guess = did_you_mean(str(name), around.included) or "; there is no such file"
        return Found(((("task",), f"no task is called {quoted(step.task)}{guess}"),))
    read = from_json(dict(around.included[str(name)]), str(name), Places())
    if read.problems or read.task is None:
        first = read.problems[0]
        return Found(((("task",), f"{step.task}: {first.path}: {first.message}"),))
    task = read.task
    faults = [*_unfit_slots(step, task, around), *_unfit_inputs(step, task)]
    if faults:
        return Found(tuple(faults))
    filled_by = {slot: step.slots.get(slot, slot) for slot in task.slots}
    known = Known(
        inputs=tuple(task.inputs),
        slots=tuple(task.slots),
        declared=task.slots,
        words=None if around.words is None else dict(_words(step, task)),
        included=around.included,
        base=str(name.parent) if str(name.parent) != "." else "",
        filled_by={s: around.filled_by.get(o, o) for s, o in filled_by.items()},
        depth=around.depth + 1,
    )
    return Found((), task, known)


def sites_of(task: Task, known: Known) -> Iterator[tuple[str, str]]:
    """Give the sites an included task names for its slots, with the slots that fill them.

    A site that is known only while it runs is left to the run, which asks the secret's own list.
    """
    if known.words is None:
        return
    for name, slot in task.slots.items():
        for written in slot.origins:
            if all(path.removeprefix("inputs.") in known.words for path in paths_in(written)):
                yield known.filled_by[name], substitute(written, known.words)


def _unfit_slots(step: Include, task: Task, around: Known) -> Iterator[Fault]:
    for inner in step.slots:
        if inner not in task.slots:
            guess = did_you_mean(inner, task.slots)
            yield ("slots", inner), f"{step.task} has no such slot{guess}"
    for inner, wanted in task.slots.items():
        outer = step.slots.get(inner, inner)
        if outer not in around.slots:
            place = ("slots", inner) if inner in step.slots else ("task",)
            told = f"slot {inner} of {step.task} is filled by no slot of this task"
            yield place, f"{told}{did_you_mean(outer, around.slots)}"
        elif outer in around.declared:
            fault = _misfit(wanted, around.declared[outer])
            if fault:
                yield ("slots",), f"slot {outer} {fault}, as slot {inner} of {step.task} needs"


def _misfit(wanted: Slot, outer: Slot) -> str:
    if wanted.type != outer.type:
        return f"is of type {outer.type} and not {wanted.type}"
    missing = [field for field in wanted.needed if field not in outer.needed]
    if missing == ["totp"]:
        return 'does not say "totp": "required"'
    return f"does not ask for the field {missing[0]}" if missing else ""


def _unfit_inputs(step: Include, task: Task) -> Iterator[Fault]:
    for name in step.inputs:
        if name not in task.inputs:
            yield (
                ("inputs", name),
                f"{step.task} has no such input{did_you_mean(name, task.inputs)}",
            )
    for name, wanted in task.inputs.items():
        given = step.inputs.get(name)
        if given is None and wanted.is_required:
            yield ("inputs",), f"input {name} of {step.task} needs a value"
        elif given is not None and not any(paths_in(given)):
            try:
                wanted.value(given)
            except ValueError as error:
                yield ("inputs", name), str(error)


def _words(step: Include, task: Task) -> Iterator[tuple[str, str]]:
    """Give the texts of those inputs that are known before the run."""
    for name, wanted in task.inputs.items():
        given = step.inputs.get(name)
        if isinstance(given, str) and any(paths_in(given)):
            continue
        yield name, as_text(wanted.value(given))


def gather(
    read: Draft, folder: FilePath, read_task: Callable[[FilePath], Task]
) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    """Read the files that include steps name, and those these include in turn.

    Gives them by their names below ``folder``, and a problem for each that cannot be used.
    """
    documents: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    given = read.written.get("included")
    for path, name in _named(read.steps(), ("steps",)):
        if name in documents or (isinstance(given, dict) and name in given):
            continue
        fault = _outside(folder, name)
        if not fault and len(documents) >= MOST_INCLUDED:
            fault = f"more than {MOST_INCLUDED} tasks are included"
        if fault:
            problems.append(problem(read.places, path, fault))
            continue
        try:
            task = read_task(folder / name)
        except UsageError as error:
            problems.append(problem(read.places, path, _told(name, error)))
            continue
        document = task.document()
        for below, one in document.pop("included", {}).items():
            documents[str(PurePosixPath(PurePosixPath(name).parent, below))] = one
        documents[name] = document
    return documents, problems


def _outside(folder: FilePath, name: str) -> str:
    target = (folder / name).resolve()
    return "" if target.is_relative_to(folder.resolve()) else "leads out of the task's folder"


def _told(name: str, error: UsageError) -> str:
    if isinstance(error, TaskInvalid):
        first, more = error.problems[0], len(error.problems) - 1
        others = f" (and {more} more; runner validate {error.source})" if more else ""
        return f"{name}:{first.line}: {first.path}: {first.message}{others}"
    return f"the task {quoted(name)} cannot be included: {error.message.rpartition(': ')[2]}"


def _named(written: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Find every include step, however deep, and the name it gives."""
    if isinstance(written, list):
        for index, one in enumerate(written):
            yield from _named(one, (*path, index))
    elif isinstance(written, dict):
        name = written.get("task")
        if written.get("type") == "include" and isinstance(name, str) and _is_fit(name):
            yield (*path, "task"), str(PurePosixPath(name))
        for key, one in written.items():
            yield from _named(one, (*path, key))


def _is_fit(name: str) -> bool:
    """Tell whether the step itself takes the name; if not, it says so."""
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and "\\" not in name
        and "\0" not in name
        and not any(part.startswith((".", "/", "~")) for part in parts)
    )
