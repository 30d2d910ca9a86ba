"""Read a task file. Everything that is wrong with it is told at once, each thing with its place."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agent.errors import Problem, TaskInvalid, UsageError
from agent.tasks.placeholders import (
    MISPLACED,
    faults,
    secret_objects,
    texts,
)
from agent.tasks.positions import Malformed, Places, scan
from agent.tasks.problems import path_text, problem, problems_of
from agent.tasks.secure_parameters import converted
from agent.tasks.slot import Slot
from agent.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path as FilePath

    from agent.tasks.positions import Path

LARGEST = 1024 * 1024

_NOT_HERE = "${…} works only in steps and in the origins of a slot"

_MARKS = {
    b"\xef\xbb\xbf": "starts with a byte order mark; save it as UTF-8 without one",
    b"\xff\xfe": "is UTF-16; save it as UTF-8",
    b"\xfe\xff": "is UTF-16; save it as UTF-8",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A task file that was read and may be wrong: ``task`` is ``None`` when too much is missing.

    ``problems`` are those outside the steps.
    """

    source: str
    written: dict[str, Any]
    places: Places
    problems: tuple[Problem, ...]
    task: Task | None

    def slots(self) -> dict[str, Slot]:
        """Give the slots that are right, also of a draft that is wrong elsewhere."""
        if self.task is not None:
            return self.task.slots
        return dict(_right_slots(self.written))

    def steps(self) -> list[Any]:
        """Give the steps as written, also of a draft that is wrong elsewhere."""
        written = self.written.get("steps")
        return written if isinstance(written, list) else []


def names(written: dict[str, Any], key: str) -> tuple[str, ...]:
    """List the names under ``slots`` or ``inputs``, also of a document that is wrong there."""
    named = written.get(key)
    return tuple(named) if isinstance(named, dict) else ()


def _right_slots(written: dict[str, Any]) -> Iterator[tuple[str, Slot]]:
    for name in names(written, "slots"):
        with suppress(ValidationError):
            yield name, Slot.model_validate(written["slots"][name])


def load_task(path: FilePath) -> Task:
    """Read a task file; its steps are checked by ``agent.planner``.

    Raises ``UsageError`` when there is no such file, ``TaskInvalid`` with every problem in it.
    """
    return _whole(draft(read_text(path), str(path)))


def load_text(text: str, source: str) -> Task:
    """Read a task from text; ``source`` is what messages call it. Raises ``TaskInvalid``."""
    return _whole(draft(text, source))


def _whole(read: Draft) -> Task:
    if read.problems or read.task is None:
        raise TaskInvalid(read.source, read.problems)
    return read.task


def read_text(path: FilePath) -> str:
    """Read a file of at most a mebibyte as UTF-8. Raises ``UsageError`` or ``TaskInvalid``."""
    return decoded(_read_bytes(path), str(path))


def decoded(raw: bytes, source: str) -> str:
    """Read a task's bytes as UTF-8. Raises ``TaskInvalid`` where they are none, or too many."""
    fault = next((said for mark, said in _MARKS.items() if raw.startswith(mark)), "")
    if len(raw) > LARGEST:
        fault = "is larger than 1 MiB, the most a task may have"
    if not raw.strip():
        fault = "is empty"
    if fault:
        raise _unreadable(source, f"the file {fault}")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        fault = "this byte is not UTF-8; save the file as UTF-8"
        raise TaskInvalid(source, (Problem("file", fault, line, column),)) from None


def _read_bytes(path: FilePath) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise UsageError(f"{path}: is a folder, not a task file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a file name"
        raise UsageError(f"{path}: cannot be read: {reason}") from None


def _unreadable(source: str, message: str, place: tuple[int, int] = (1, 1)) -> TaskInvalid:
    return TaskInvalid(source, (Problem("file", message, *place),))


def draft(text: str, source: str) -> Draft:
    """Read a task's text as far as it can be read; raises ``TaskInvalid`` if it is not JSON."""
    if len(text) > LARGEST:
        raise _unreadable(source, "the file is larger than 1 MiB, the most a task may have")
    try:
        written, places = scan(text)
    except Malformed as error:
        raise _unreadable(source, error.message, Places(text).line_column(error.offset)) from None
    if not isinstance(written, dict):
        raise _unreadable(source, "a task is one object { … }", places.of(()))
    return from_json(written, source, places)


def from_json(written: dict[str, Any], source: str, places: Places) -> Draft:
    """Check a document that is already JSON values, apart from what its steps mean."""
    found = [
        Problem(path_text(path), "this key stands here twice", *places.line_column(offset))
        for path, offset in places.repeated
    ]
    written, said = converted(written, places)
    found += said
    misplaced = _misplaced(written)
    found += [problem(places, path, MISPLACED) for path in misplaced]
    task: Task | None = None
    try:
        task = Task.model_validate(written).placed(source, places)
    except ValidationError as error:
        found += [
            said
            for path, said in problems_of(error, Task, written, places)
            if not any(path[: len(bad)] == bad for bad in misplaced)
        ]
    found += _unfit_texts(written, places)
    return Draft(source, written, places, in_order(found), task)


def in_order(found: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort problems as they stand in the file, each once."""
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.line, one.column, one.path)))


def _misplaced(written: dict[str, Any]) -> list[Path]:
    """Find secrets outside the steps. Names of slots, inputs and outputs are free to choose."""
    free = (("slots",), ("inputs",), ("outputs",))
    apart = (("steps",), ("included",))
    return [p for p in secret_objects(written) if p[:1] not in apart and p not in free]


def _unfit_texts(written: dict[str, Any], places: Places) -> Iterator[Problem]:
    """Check placeholders and origins outside the steps."""
    inputs, slots = names(written, "inputs"), names(written, "slots")
    for name in set(inputs) & set(slots):
        yield problem(places, ("inputs", name), "a slot has this name too", at_key=True)
    for path, text in texts(written):
        if path[0] in ("steps", "included") or "${" not in text:
            continue
        said = list(faults(text, inputs, slots))
        if not _is_origin(path):
            nothing = [] if path[-1] == "description" else [_NOT_HERE]
            said = [fault for fault in said if fault == MISPLACED] or nothing
        yield from (problem(places, path, fault) for fault in said)


def _is_origin(path: Path) -> bool:
    return len(path) == 4 and path[0] == "slots" and path[2] == "origins"
