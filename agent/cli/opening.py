"""Builds the runner of this process, for the commands that need one."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from agent.cli.parts import PARTS
from agent.cli.passphrases import (
    Lines,
    ask_new_passphrase,
    ask_passphrase,
    show_new_passphrase,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.runner import Runner


def open_runner(*, no_input: bool = False, generate: bool = False) -> Runner:
    """Build the runner that this process's environment and folder describe.

    Comes before any value is read or asked for: it also keeps this process's memory from others.
    A vault that opens with a passphrase reads it from ``--unlock-fd``, or asks for it on the
    terminal, unless ``no_input``; ``generate`` makes a new one instead of asking for it.
    """
    return cast("Runner", PARTS["build"](*described(no_input=no_input, generate=generate)))


def described(*, no_input: bool = False, generate: bool = False) -> tuple[Any, Any]:
    """Give the settings of this process, and how to ask for a passphrase; as ``open_runner``."""
    PARTS["harden"]()
    settings = PARTS["settings"].load(os.environ, Path.cwd())
    asking: dict[str, Callable[[], str]] = {}
    descriptor = click.get_current_context().find_root().params.get("unlock_fd")
    if descriptor is not None:
        lines = Lines(descriptor)
        asking = {"known": lines.first, "new": lines.last}
    elif not no_input and sys.stdin.isatty():
        asking = {"known": ask_passphrase, "new": ask_new_passphrase}
    if generate:
        asking["new"] = partial(show_new_passphrase, PARTS["make_passphrase"])
    return settings, PARTS["asking"](**asking)
