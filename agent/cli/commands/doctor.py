"""``runner doctor``."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.cli.lazy import QuietCommand
from agent.cli.options import as_json
from agent.cli.parts import open_runner
from agent.cli.speech import document, say, table
from agent.errors import EnvironmentUnfit


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
        rows = [("ok" if check.ok else "MISSING", check.name, check.detail) for check in checks]
        table(("", "check", "found"), rows)
    for check in checks:
        if check.hint:
            say(f"{check.name}: {check.hint}")
    return EnvironmentUnfit.exit_code if missing else 0
