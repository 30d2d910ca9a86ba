"""``runner validate``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, pairs
from agent.cli.parts import PARTS
from agent.cli.speech import document, say, tell
from agent.errors import Problem, TaskInvalid, UsageError

if TYPE_CHECKING:
    from agent.runner import Runner


@click.command(cls=QuietCommand)
@click.argument("tasks", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--bind",
    "bindings",
    multiple=True,
    metavar="SLOT=SECRET",
    help="Check it with this secret, as a run would; repeat for more.",
)
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Check it with this input; repeat for more.",
)
@click.option(
    "--for-run", is_flag=True, help="Check that every slot is bound and every input given."
)
@as_json
@click.pass_context
def validate(context: click.Context, /, **_: object) -> int:
    """Check task files without running them.

    Names every problem with line, column and path. With --bind, --input or --for-run, also what a
    run would refuse: a slot without a secret, a secret that does not fit, a site that is not on its
    list. Exit code 2 when any file has a problem.
    """
    given = context.params
    tasks: tuple[Path, ...] = given["tasks"]
    as_json: bool = given["as_json"]
    if given["bindings"] or given["inputs"] or given["for_run"]:
        bindings = pairs("--bind", "SLOT=SECRET", given["bindings"])
        inputs = pairs("--input", "NAME=VALUE", given["inputs"])
        runner = open_runner(no_input=True)
        found = [_checked_for_run(runner, task, bindings, inputs) for task in tasks]
    else:
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


def _checked_for_run(
    runner: Runner, task: Path, bindings: dict[str, str], inputs: dict[str, str]
) -> Checked:
    alone = _checked(task)
    if alone.message:
        return alone
    problems = runner.unfit(task, bindings, inputs)
    told = TaskInvalid(str(task), problems)
    return Checked(task, told.message, problems) if problems else alone


def _checked(task: Path) -> Checked:
    try:
        # As Runner.validate does, without a vault: a task is checked where there is none.
        PARTS["read_task"](task)
    except TaskInvalid as error:
        return Checked(task, error.message, error.problems)
    except UsageError as error:
        return Checked(task, error.message, (Problem("", error.message),))
    return Checked(task)
