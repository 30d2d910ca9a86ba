"""``runner report``."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.showing import has_display
from agent.cli.speech import say, tell
from agent.cli.writing import write_new
from agent.errors import DisplayMissing


@click.command(cls=QuietCommand)
@click.argument("run")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write the page to this file; - for standard output. By default report-RUN.html here.",
)
@click.option("--open", "to_open", is_flag=True, help="Show it in this desktop's browser.")
def report(run: str, output: Path | None, *, to_open: bool) -> None:
    """Write a run's report as one page.

    RUN is a run's id or the start of one. The page has the steps with pictures from before and
    after, what was seen and decided at the sign-in, network, console, and why it failed. It asks
    nothing of any host, so it can be sent as it is; it holds no secret.
    """
    runner = open_runner()
    text = runner.left.page(run)
    if output == Path("-"):
        click.echo(text, nl=False)
        return
    called = f"report-{(runner.report(run).run_id or run)[:8]}.html"
    path = (output or Path(called)).absolute()
    write_new(path, text, same=True)
    tell(str(path))
    if to_open:
        _show(path)


def _show(path: Path) -> None:
    if not has_display() or not webbrowser.open(path.as_uri()):
        raise DisplayMissing(
            "no browser could be opened here", hint=f"open the page elsewhere: {path}"
        )
    say("opened in the browser")
