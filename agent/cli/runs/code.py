"""``runner runs code``."""

from __future__ import annotations

import sys

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import no_input
from agent.cli.speech import say
from agent.errors import UsageError

_LONGEST = 1024


@click.command(cls=QuietCommand)
@click.argument("run")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the code from stdin.")
@no_input
def code(run: str, *, from_stdin: bool, no_input: bool) -> None:
    """Give a run that waits for a one-time code the code.

    RUN is a run's id or the start of one; the run's task says "codes": {"from": "webhook"}. The
    code is asked for without showing it; with --stdin it is the first line of the input. The run
    takes it once, and it is of no use after ten minutes.
    """
    runner = open_runner(no_input=no_input or from_stdin)
    pushed = runner.codes.push(run, _from_stdin() if from_stdin else _asked(no_input=no_input))
    say(f"the code is on its way to run {pushed.id}")


def _from_stdin() -> str:
    try:
        return sys.stdin.buffer.readline(_LONGEST).decode().strip()
    except UnicodeDecodeError:
        return ""


def _asked(*, no_input: bool) -> str:
    if no_input or not sys.stdin.isatty():
        raise UsageError(
            "the code must be asked for, and nobody can be asked",
            hint="answer on a terminal, or pipe it in: runner runs code RUN --stdin",
        )
    given: str = click.prompt("Code (hidden)", hide_input=True, err=True)
    return given
