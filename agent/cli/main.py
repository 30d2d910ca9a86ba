"""The command ``runner``: parse, call, and turn every end into one exit code.

Nothing prints a traceback: it may quote a secret. An error of ours says what is wrong and what to
do; any other exception is named by its class alone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from agent.cli.commands import COMMANDS, SUMMARIES
from agent.cli.lazy import LazyGroup
from agent.cli.parts import PARTS
from agent.cli.refusing import refuse_values, values_refused
from agent.cli.speech import document, say
from agent.errors import RunInterrupted, RunnerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

ISSUES = "please report it, with the command and this line: see CONTRIBUTING.md"

runner = LazyGroup(
    "runner",
    table=COMMANDS,
    summaries=SUMMARIES,
    help="""Run browser tasks behind a login.

    A task file names slots for secrets, the vault keeps their values, and what a run leaves
    (trace, pictures, report) holds none of them.
    """,
    epilog="Exit codes: runner help exit-codes.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
runner = click.option(
    "--unlock-fd", type=click.IntRange(0), metavar="N",
    help="Read the vault's passphrase from the open file descriptor N.",
)(runner)  # fmt: skip
runner = click.version_option(package_name="slotrunner", message="slotrunner %(version)s")(runner)


def main() -> int:
    """Run the command line of this process and return its exit code."""
    os.umask(0o077)
    sys.excepthook = _last_words
    sys.unraisablehook = _ignore
    threading.excepthook = _ignore
    # As for Ctrl-C, so that every block that opened something closes it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    arguments = sys.argv[1:]
    try:
        code = answer(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away: keep the interpreter from failing again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def answer(arguments: Sequence[str]) -> int:
    """Carry out a command line; say what is wrong with it, if anything, and give the exit code."""
    try:
        refuse_values(arguments)
        code = runner.main(args=list(arguments), prog_name="runner", standalone_mode=False)
    except RunnerError as error:
        return refuse(error, arguments)
    except click.ClickException as error:
        return refuse(_translated(error), arguments)
    except (click.Abort, KeyboardInterrupt):
        return refuse(RunInterrupted("interrupted"), arguments)
    except _of_the_database() as error:
        return refuse(PARTS["said_by"](error), arguments)
    return code if isinstance(code, int) else 0


def _of_the_database() -> tuple[type[Exception], ...]:
    """Name the database's errors, where it was loaded at all."""
    loaded = sys.modules.get("sqlalchemy.exc")
    return () if loaded is None else (loaded.SQLAlchemyError,)


def refuse(error: RunnerError, arguments: Sequence[str]) -> int:
    """Tell people, and scripts that asked for JSON, about an error; give its exit code."""
    if "--json" in arguments:
        document(_refusal(error, arguments))
    say(f"error: {error.message}")
    if error.hint:
        say(f"hint: {error.hint}")
    return error.exit_code


def _refusal(error: RunnerError, arguments: Sequence[str]) -> dict[str, Any]:
    if arguments[:1] == ["run"]:
        refused: dict[str, Any] = PARTS["report"].refused(error).document()
        return refused
    told = {"code": error.code, "message": error.message, "hint": error.hint}
    return {"error": told}


def _translated(error: click.ClickException) -> UsageError:
    if isinstance(error, click.NoSuchOption) and PARTS["looks_like_value"](error.option_name):
        return values_refused(error.option_name.lstrip("-"))
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "runner"
    message = error.format_message().rstrip(".")
    return UsageError(message[:1].lower() + message[1:], hint=f"{path} --help")


def _last_words(
    kind: type[BaseException], _error: BaseException, trace: TracebackType | None
) -> None:
    """Name an unforeseen exception by its class and place; its text may quote a secret."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    frame = trace.tb_frame if trace is not None else None
    place = f" at {frame.f_globals.get('__name__')}:{frame.f_lineno}" if frame else ""
    with suppress(OSError):
        refuse(RunnerError(f"internal error ({kind.__name__}{place})", hint=ISSUES), sys.argv[1:])


def _ignore(_unraisable: Any) -> None:
    """Say nothing: the usual answer is a traceback, and the caller has failed or gone already."""
