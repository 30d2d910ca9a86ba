"""Builds the runner of this process, for the commands that need one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from agent.cli.parts import PARTS

if TYPE_CHECKING:
    from agent.runner import Runner


def open_runner(*, no_input: bool = False) -> Runner:
    """Build the runner that this process's environment and folder describe.

    Comes before any value is read or asked for: it also keeps this process's memory from others.
    A vault that opens with a passphrase asks for it on the terminal, unless ``no_input``.
    """
    PARTS["harden"]()
    settings = PARTS["settings"].load(os.environ, Path.cwd())
    if no_input or not sys.stdin.isatty():
        return cast("Runner", PARTS["build"](settings))
    return cast("Runner", PARTS["build"](settings, _ask_passphrase))


def _ask_passphrase() -> str:
    passphrase: str = click.prompt("Passphrase of the vault (hidden)", hide_input=True, err=True)
    return passphrase
