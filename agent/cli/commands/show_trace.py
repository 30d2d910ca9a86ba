"""``runner show-trace``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.showing import has_display
from agent.cli.speech import say
from agent.errors import EnvironmentUnfit

HERE = "127.0.0.1"


@click.command(cls=QuietCommand)
@click.argument("run")
@click.option("--host", help=f"Serve the viewer on this address (default {HERE}).")
@click.option("--port", type=click.IntRange(0, 65535), help="Serve it on this port; 0: any.")
def show_trace(run: str, host: str | None, port: int | None) -> int:
    """Open a run's trace in Playwright's viewer.

    RUN is a run's id, the start of one, or the path of a trace. Without a display, or with --host
    or --port, the viewer is served over HTTP and its address printed; Ctrl-C ends it.
    """
    if Path(run).is_file():
        return _shown(Path(run), host, port)
    left = open_runner().left
    with left.file(run, left.traces(run)[-1]) as trace:
        return _shown(trace, host, port)


def _shown(trace: Path, host: str | None, port: int | None) -> int:
    served = host is not None or port is not None
    if not served and has_display() and _view(trace, quiet=True) == 0:
        return 0
    say(f"serving {trace}; Ctrl-C ends it")
    if _view(trace, "--host", host or HERE, "--port", str(port or 0)):
        raise EnvironmentUnfit("Playwright's trace viewer did not start")
    return 0


def _view(trace: Path, *options: str, quiet: bool = False) -> int:
    """Run the viewer until it is closed. Its own window needs a browser it may not find."""
    shown = {name: value for name, value in os.environ.items() if name[:7] != "RUNNER_"}
    command = [sys.executable, "-m", "playwright", "show-trace", *options, str(trace)]
    sink = subprocess.DEVNULL if quiet else None
    # The viewer is a process of a process: a session of its own lets both be ended together.
    with subprocess.Popen(  # noqa: S603  fixed words, an address, a number, a path; no shell
        command, env=shown, stdout=sink, stderr=sink, start_new_session=True
    ) as viewer:
        try:
            return viewer.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(viewer.pid, signal.SIGTERM)
