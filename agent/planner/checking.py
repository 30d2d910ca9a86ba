"""Check every step of a task before anything is done with any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.errors import TaskInvalid, UsageError
from agent.planner.including import DEEPEST, gather
from agent.planner.known import Known
from agent.planner.reader import Reader, lost_outputs
from agent.planner.scripts import TOLD, typed_after_script
from agent.tasks.problems import problem
from agent.tasks.reading import decoded, draft, in_order, names, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path as FilePath

    from agent.errors import Problem
    from agent.steps import Step
    from agent.tasks import Task
    from agent.tasks.positions import Places
    from agent.tasks.reading import Draft


def read_task(path: FilePath) -> Task:
    """Read a task file and check all of it, so that every problem is told in one go.

    Tasks that it includes are read from beside it, and become part of it. Raises ``UsageError``
    when there is no such file, ``TaskInvalid`` otherwise.
    """
    return _read(path, ())


def _read(path: FilePath, around: tuple[FilePath, ...]) -> Task:
    if path.resolve() in around or len(around) > DEEPEST:
        raise UsageError(f"{path}: it includes itself")
    read = draft(read_text(path), str(path))
    further = (*around, path.resolve())
    documents, problems = gather(read, path.parent, lambda inner: _read(inner, further))
    return _checked(read, documents, problems)


def read_given(raw: bytes, source: str = "task") -> Task:
    """Read a task that was handed over, not found in a folder, and check all of it.

    What it includes it must bring along, under ``included``. Raises ``TaskInvalid``.
    """
    return _checked(draft(decoded(raw, source), source), {}, [])


def _checked(
    read: Draft, documents: Mapping[str, dict[str, Any]], problems: Sequence[Problem]
) -> Task:
    given = read.written.get("included")
    known = Known(
        names(read.written, "inputs"),
        names(read.written, "slots"),
        read.slots(),
        included={**documents, **(given if isinstance(given, dict) else {})},
    )
    reader = Reader(read.places, known)
    steps = reader.read(read.steps())
    lost = _apart(reader.problems, problems)
    found = in_order(
        (
            *read.problems, *problems, *lost, *lost_outputs(read.written, reader),
            *_scripts(read.places, steps),
            *_begun_again(read.places, read.written, steps),
        )
    )  # fmt: skip
    if found or read.task is None:
        raise TaskInvalid(read.source, found)
    if not documents:
        return read.task
    whole = {**documents, **read.task.included}
    return read.task.model_copy(update={"included": whole}).placed(read.source, read.places)


def _apart(found: Sequence[Problem], told: Sequence[Problem]) -> list[Problem]:
    """Leave out what is said of a place already: why an included file cannot be read."""
    places = {(one.path, one.line) for one in told}
    return [one for one in found if (one.path, one.line) not in places]


def check(task: Task) -> tuple[Step, ...]:
    """Build the steps of a task with its inputs not yet put in.

    Raises ``TaskInvalid`` with every problem: an unknown kind or key, a secret where none may
    go, a slot, field, input or result that does not exist.
    """
    reader = Reader(task.places, _known(task, None))
    steps = reader.read(list(task.steps))
    lost = lost_outputs({"outputs": task.outputs}, reader)
    again = _begun_again(task.places, vars(task), steps)
    found = in_order((*reader.problems, *lost, *_scripts(task.places, steps), *again))
    if found:
        raise TaskInvalid(task.source, found)
    return steps


def build(task: Task, words: Mapping[str, str]) -> tuple[Step, ...]:
    """Build the steps of a task with its inputs put in. Raises ``TaskInvalid``."""
    reader = Reader(task.places, _known(task, words))
    steps = reader.read(list(task.steps))
    if reader.problems:
        raise TaskInvalid(task.source, in_order(reader.problems))
    return steps


def _known(task: Task, words: Mapping[str, str] | None) -> Known:
    return Known(
        tuple(task.inputs), tuple(task.slots), task.slots, words=words, included=task.included
    )


def _scripts(places: Places, steps: Sequence[Step]) -> Iterator[Problem]:
    # With a step that could not be built, places would be those of another.
    yield from (problem(places, path, TOLD) for path in typed_after_script(steps))


def _begun_again(
    places: Places, written: Mapping[str, Any], steps: Sequence[Step]
) -> Iterator[Problem]:
    if not any(one.once for step in steps for one in step.every()):
        return
    for name, kind in (("on_lost", "lost"), ("on_failed", "failed")):
        if written.get(name) == "requeue":
            told = f"a step is marked once, so a {kind} run must not be begun again from the top"
            yield problem(places, (name,), told)
