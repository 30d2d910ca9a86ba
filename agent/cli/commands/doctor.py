"""``runner doctor``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, say, table
from agent.errors import EnvironmentUnfit

if TYPE_CHECKING:
    from agent.runner import Check


@click.command(cls=QuietCommand)
@as_json
def doctor(*, as_json: bool) -> int:
    """Check that this machine has what runs need.

    Exit code 3 when something needed is missing.
    """
    checks = open_runner().checks()
    missing = [check for check in checks if not check.ok]
    if as_json:
        document({"ok": not missing, "checks": [asdict(check) for check in checks]})
    else:
        table(("", "check", "found"), [row for check in checks for row in _rows(check)])
    for check in checks:
        if check.hint:
            say(f"{check.name}: {check.hint}")
    return EnvironmentUnfit.exit_code if missing else 0


def _rows(check: Check) -> list[tuple[str, str, str]]:
    """Give a check one row for each line of what was found."""
    first, *more = check.detail.splitlines() or [""]
    return [
        ("ok" if check.ok else "MISSING", check.name, first),
        *(("", "", line) for line in more),
    ]
