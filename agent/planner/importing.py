"""Makes a task of another tool's recording, with slots where credentials were typed."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from agent.errors import TaskInvalid, UsageError
from agent.planner.checking import check
from agent.tasks import load_text
from agent.tasks.importing import FORMATS
from agent.tasks.importing.credentials import Cleaned, cleaned
from agent.tasks.importing.recording import NotThisFormat
from agent.tasks.placeholders import quoted
from agent.tasks.reading import read_text

if TYPE_CHECKING:
    from pathlib import Path

    from agent.tasks.importing.recording import Recording


def import_file(path: Path, kind: str | None = None) -> Cleaned:
    """Read a recording and give a task that is right; without ``kind`` the tool is guessed.

    Raises ``UsageError`` for a file that is none, or has nothing a task could have.
    """
    return task_of(_recording(path, kind))


def task_of(recording: Recording) -> Cleaned:
    """Make a task that is right of a recording, whoever made it; files it sends are inputs.

    Raises ``UsageError`` for one that has nothing a task could have.
    """
    made = cleaned(recording)
    # "${" in a recorded text means nothing there; in a task it would.
    made.document["steps"] = _escaped(made.document["steps"])
    _ask_for_files(made.document)
    _leave_out_wrong(made)
    return made


def _ask_for_files(document: dict[str, Any]) -> None:
    """Make an input of every file that was chosen: a recording has its name and not its place."""
    inputs: dict[str, Any] = {}
    for step in document["steps"]:
        if step["type"] != "upload":
            continue
        for place, file in enumerate(step["files"]):
            name = "file" if not inputs else f"file_{len(inputs) + 1}"
            inputs[name] = {
                "description": "A file in the task's folder or below it.",
                "default": PurePath(file["path"]).name,
            }
            step["files"][place] = {"path": f"${{inputs.{name}}}"}
    if inputs:
        steps = document.pop("steps")
        document |= {"inputs": inputs, "steps": steps}


def _recording(path: Path, kind: str | None) -> Recording:
    text = read_text(path)
    for name in [kind] if kind else FORMATS:
        try:
            return FORMATS[name](text)
        except NotThisFormat:
            continue
    raise UsageError(
        f"{path}: this is no recording that can be read",
        hint=f"what can be: {', '.join(FORMATS)}; see docs/cli.md",
    )


def _escaped(written: Any) -> Any:
    if isinstance(written, str):
        return written.replace("${", "$${")
    if isinstance(written, list):
        return [_escaped(one) for one in written]
    if isinstance(written, dict):
        return {key: _escaped(one) for key, one in written.items()}
    return written


def _leave_out_wrong(made: Cleaned) -> None:
    """Take away the steps that no task can have; what is wrong otherwise is an error."""
    steps = made.document["steps"]
    try:
        check(load_text(json.dumps(made.document), "the recording"))
        return
    except TaskInvalid as error:
        wrong = {one.path.partition("]")[0].removeprefix("steps[") for one in error.problems}
        numbers = {int(number) for number in wrong if number.isdigit()}
        if not numbers or len(numbers) == len(steps):
            first = error.problems[0]
            raise UsageError(f"it makes no task: {first.path}: {first.message}") from None
    for number in sorted(numbers):
        made.left_out.append(f"a step that a task cannot have: {quoted(steps[number]['type'])}")
    made.document["steps"] = [one for n, one in enumerate(steps) if n not in numbers]
    check(load_text(json.dumps(made.document), "the recording"))
