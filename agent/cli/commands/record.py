"""``runner record``."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.made import show_made
from agent.cli.options import as_json
from agent.cli.parts import PARTS
from agent.cli.speech import say
from agent.cli.stopping import carry_out
from agent.cli.writing import refuse_present, refuse_unwritable, write_new, write_over


@click.command(cls=QuietCommand)
@click.argument("url")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Write the task to this file.",
)
@click.option("--force", is_flag=True, help="Replace the file if there is one.")
@as_json
def record(url: str, output: Path, *, force: bool, as_json: bool) -> None:
    """Make a task by doing the work yourself.

    A browser opens at URL. Work in it, then close its window or press Ctrl-C here: the task is in
    the file. What you type into fields for user names, passwords, codes and keys is not recorded:
    slots take its place, and the moves of a login become one sign_in step.
    """
    (refuse_unwritable if force else refuse_present)(output)
    PARTS["harden"]()
    settings = PARTS["settings"].load(os.environ, Path.cwd())
    studio = PARTS["studio"](
        replace(settings.browser, headed=True),
        partial(PARTS["private_folders"].create, settings.home / "private"),
    )
    PARTS["sweep"]([settings.home / "private"])
    made = carry_out(PARTS["record"](url, studio, PARTS["listener"](_told, _started)))
    show_made(made, output, as_json=as_json, write=write_over if force else write_new)


def _told(words: str) -> None:
    say(f"  {words}")


def _started(recorder: Any) -> None:
    for notice in recorder.notices:
        say(notice)
    say("recording: close the window, or press Ctrl-C here, when you are done")
