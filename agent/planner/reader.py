"""Reads the steps of one task, those inside steps too, and keeps everything that is wrong."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agent.planner.fitting import misfits, unknown_path
from agent.planner.including import included_task, sites_of
from agent.steps import STEPS
from agent.steps.include import Include
from agent.steps.values import DRAFT
from agent.tasks.paths import INPUTS, RESULTS
from agent.tasks.placeholders import (
    MISPLACED,
    did_you_mean,
    faults,
    filled,
    paths_in,
    secret_objects,
    texts,
)
from agent.tasks.positions import Places
from agent.tasks.problems import problem, problems_of
from agent.tasks.task import MOST_STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.errors import Problem
    from agent.planner.known import Known
    from agent.steps import Step
    from agent.tasks.positions import Path

_NOT_HERE = "no ${…} works here"
_TOP_ONLY = "stands at the top level of a task only"


class Reader:
    """Reads steps one by one; ``saved`` says which step saves each result."""

    def __init__(self, places: Places, known: Known) -> None:
        self.places = places
        self.known = known
        self.problems: list[Problem] = []
        self.saved: dict[str, str] = {}
        self._names: tuple[str, ...] | None = ()
        self._count = 0

    def read(
        self, written: list[Any], root: Path = ("steps",), before: str = "", first: int = 1
    ) -> tuple[Step, ...]:
        """Read the list of steps at ``root``, numbered from ``first`` after ``before``."""
        steps = []
        for index, one in enumerate(written, start=first):
            at, place = f"{before}{index}", index - first
            step = self._step(one, (*root, place), at)
            if step is not None:
                steps.append(step)
            elif isinstance(one, dict) and isinstance(one.get("save_as"), str):
                self.saved.setdefault(one["save_as"], at)  # so that outputs are not faulted
        return tuple(steps)

    def _step(self, written: Any, root: Path, at: str) -> Step | None:
        if not isinstance(written, dict):
            if len(root) > 2:  # of the task's own steps its model says so
                self._say(root, "expected an object { … }")
            return None
        kind = self._kind(written, root)
        if kind is None or not self._counted(root):
            return None
        own = {key: part for key, part in written.items() if not _holds_steps(kind, key, part)}
        misplaced = [path for path in secret_objects(own) if not kind.takes_secret_at(path)]
        for path in misplaced:
            self._say((*root, *path), MISPLACED)
        self._check_texts(own, root, kind)
        step = self._built(written, root, kind, misplaced)
        if step is None or misplaced:
            self._bodies(kind, written, root, at, None)
            return None
        self._check(step, root)
        if self.known.filled_by and step.uses():
            step = self._filled_from_around(step, written, root) or step
        bodies = self._bodies(kind, written, root, at, step)
        self._check_around(step.planned(written, bodies), root)
        self._check_result(step, root, at)
        return step

    def _counted(self, root: Path) -> bool:
        self._count += 1
        if self._count == MOST_STEPS + 1:
            self._say(root, f"more than the {MOST_STEPS} steps a task may have")
        return self._count <= MOST_STEPS

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

    def _built(
        self, written: dict[str, Any], root: Path, kind: type[Step], misplaced: list[Path]
    ) -> Step | None:
        """Build the step with those values put in that are known already."""
        apart = (*kind.branch_keys, *kind.fixed())
        known = {k: v if k in apart else self._put_in(v) for k, v in written.items()}
        try:
            return kind.model_validate(known, context={DRAFT: self._has_left(written, apart)})
        except ValidationError as error:
            self.problems += [
                said
                for path, said in problems_of(error, kind, written, self.places, root)
                if not any(path[len(root) :][: len(bad)] == bad for bad in misplaced)
            ]
        return None

    def _put_in(self, written: Any) -> Any:
        if self.known.words is None:
            return written
        if isinstance(written, str):
            return filled(written, self.known.word)
        if isinstance(written, list):
            return [self._put_in(one) for one in written]
        if isinstance(written, dict):
            return {key: self._put_in(one) for key, one in written.items()}
        return written

    def _has_left(self, written: dict[str, Any], apart: tuple[str, ...]) -> bool:
        """Tell whether values come only while the run goes on."""
        own = [part for key, part in written.items() if key not in apart]
        return any(self.known.word(path) is None for path in paths_in(own))

    def _check_texts(self, own: dict[str, Any], root: Path, kind: type[Step]) -> None:
        if self.known.words is not None:
            return
        for path, text in texts(own):
            if path[0] in kind.fixed() and any(paths_in(text)):
                self._say((*root, *path), _NOT_HERE)
            for said in faults(text, self.known.inputs, self.known.slots, self._unknown):
                self._say((*root, *path), said)

    def _unknown(self, inside: str) -> str | None:
        if self._names is None and inside.partition(".")[0] not in (INPUTS, RESULTS):
            return None  # which names there are, the step around would say if it were right
        return unknown_path(inside, self.known, self.saved, self._names or ())

    def _check(self, step: Step, root: Path) -> None:
        """Compare what a step asks for with what the task has."""
        for use in step.uses():
            path: Path = (*root, *use.at)
            if use.slot not in self.known.slots:
                guess = did_you_mean(use.slot, self.known.slots)
                self._say(path, f"the task has no such slot{guess or '; it has none at all'}")
            elif use.slot in self.known.declared:
                for at, fault in misfits(use, self.known.declared[use.slot]):
                    self._say((*path[:-1], at), fault)
        for path, text in step.refers() if self.known.words is None else ():
            unknown = self._unknown(text)
            if unknown:
                self._say((*root, *path), unknown)
        self._check_marks(step, root)

    def _check_marks(self, step: Step, root: Path) -> None:
        for key in ("checkpoint", "once"):
            if getattr(step, key) and (len(root) > 2 or self.known.depth):
                self._say((*root, key), f'"{key}" {_TOP_ONLY}')

    def _filled_from_around(self, step: Step, written: Any, root: Path) -> Step | None:
        """Fill the slots of an included task's step from the task around it."""
        for use in step.uses():
            _replace(written, use.at, self.known.filled_by.get(use.slot, use.slot))
        return self._built(written, root, type(step), [])

    def _bodies(
        self, kind: type[Step], written: dict[str, Any], root: Path, at: str, step: Step | None
    ) -> Mapping[str, tuple[Step, ...]]:
        if isinstance(step, Include):
            return {"task": self._included(step, root)}
        bodies: dict[str, tuple[Step, ...]] = {}
        outside, saved = self._names, dict(self.saved)
        self._names = None if step is None or outside is None else (*outside, *step.names())
        number, seen = 1, dict(saved)
        for key in kind.branch_keys:
            inside = written.get(key)
            if not isinstance(inside, list):
                continue
            if kind.excludes:
                self.saved = dict(saved)
            bodies[key] = self.read(inside, (*root, key), f"{at}.", number)
            number += len(inside)
            seen |= self.saved
        self.saved = seen
        self._names = outside
        return bodies

    def _included(self, step: Include, root: Path) -> tuple[Step, ...]:
        found = included_task(step, self.known)
        for path, fault in found.faults:
            self._say((*root, *path), fault)
        if found.task is None or found.known is None:
            return ()
        inner = Reader(Places(), found.known)
        # A copy: names of slots are changed in it.
        steps = inner.read(deepcopy(list(found.task.steps)))
        step.of(found.task, tuple(sites_of(found.task, found.known)))
        if inner.problems:
            first, more = inner.problems[0], len(inner.problems) - 1
            others = f" (and {more} more)" if more else ""
            self._say((*root, "task"), f"{step.task}: {first.path}: {first.message}{others}")
        return steps

    def _check_around(self, step: Step, root: Path) -> None:
        """Refuse to try again what uses a password somewhere inside."""
        inside = [one for one in step.every() if one is not step]
        if step.retry and not all(one.may_retry() for one in inside):
            told = 'a step inside uses a secret, and is not tried again: no "retry" here'
            self._say((*root, "retry"), told)

    def _check_result(self, step: Step, root: Path, at: str) -> None:
        name = step.saves()
        if name is None:
            return
        if name in self.saved and not step.overwrites:
            told = f"step {self.saved[name]} saves a result of this name already"
            self._say((*root, "save_as"), told)
        self.saved[name] = at

    def _say(self, path: Path, message: str) -> None:
        self.problems.append(problem(self.places, path, message))


def lost_outputs(written: Mapping[str, Any], reader: Reader) -> Iterator[Problem]:
    """Name the outputs that no step saves."""
    outputs = written.get("outputs")
    for name, path in outputs.items() if isinstance(outputs, dict) else ():
        result = path.removeprefix("results.") if isinstance(path, str) else None
        if result is not None and path != result and result not in reader.saved:
            guess = did_you_mean(result, list(reader.saved))
            message = f"no step saves a result of this name{guess}"
            yield problem(reader.places, ("outputs", name), message)


def _holds_steps(kind: type[Step], key: str, part: Any) -> bool:
    return key in kind.branch_keys and isinstance(part, list)


def _replace(written: Any, at: Path, name: str) -> None:
    for part in at[:-1]:
        written = written[part]
    written[at[-1]] = name
