"""The parts of the program that the command line uses, each imported when first needed.

``runner --help`` must answer at once, and Playwright, pydantic and SQLAlchemy take their time.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from agent.registry import Table

if TYPE_CHECKING:
    from agent.runner import Runner

PARTS: Table[Any] = Table(
    "agent",
    {
        "harden": "browser.environment:harden_process",
        "settings": "settings:Settings",
        "build": "wiring:build",
        "secret_types": "vault.secret_types:SECRET_TYPES",
        "json_schema": "planner:json_schema",
        "read_task": "planner:read_task",
        "report": "runs.report:Report",
        "options": "runs.options:RunOptions",
    },
)


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
