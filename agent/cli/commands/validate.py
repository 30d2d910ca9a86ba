"""``runner validate``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.options import as_json
from agent.cli.parts import PARTS
from agent.cli.speech import document, say, tell
from agent.errors import Problem, TaskInvalid, UsageError


@click.command(cls=QuietCommand)
@click.argument("tasks", nargs=-1, required=True, type=click.Path(path_type=Path))
@as_json
def validate(tasks: tuple[Path, ...], *, as_json: bool) -> int:
    """Check task files without running them.

    Names every problem with line, column and path. Exit code 2 when any file has one.
    """
    found = [_checked(task) for task in tasks]
    if as_json:
        document({"files": [checked.document() for checked in found]})
    for checked in found:
        if checked.message:
            say(checked.message)
        elif not as_json:
            tell(f"{checked.task}: ok")
    return UsageError.exit_code if any(checked.message for checked in found) else 0


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one file; ``message`` is empty for a valid task."""

    task: Path
    message: str = ""
    problems: tuple[Problem, ...] = ()

    def document(self) -> dict[str, Any]:
        """Give it as plain values."""
        problems = [asdict(problem) for problem in self.problems]
        return {"path": str(self.task), "valid": not self.message, "problems": problems}


def _checked(task: Path) -> Checked:
    try:
        # As Runner.validate does, without a vault: a task is checked where there is none.
        PARTS["read_task"](task)
    except TaskInvalid as error:
        return Checked(task, error.message, error.problems)
    except UsageError as error:
        return Checked(task, error.message, (Problem("", error.message),))
    return Checked(task)
