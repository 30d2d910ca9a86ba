"""The log of a command that goes on until it is told to stop."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

import click

from agent.cli.parts import PARTS
from agent.cli.speech import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.telemetry.log import Log

log_format = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="How what happens is written on standard error; text on a terminal, else json.",
)


def opened_log(chosen: str | None) -> Log:
    """Make the log, in the format that was chosen or that fits; libraries are heard there too."""
    fits = "text" if sys.stderr.isatty() else "json"
    log = cast("Log", PARTS["log"](chosen or fits))
    PARTS["hear"](log)
    return log


def told(log: Log, event: str, words: str, given: Mapping[str, Any] | None = None) -> None:
    """Tell people in words, or programs as an event, what the process does."""
    if log.format == "text":
        say(words)
    else:
        log.event(event, given)
