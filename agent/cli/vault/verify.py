"""``runner vault verify``."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.speech import document, say, tell
from agent.errors import VaultDamaged


@click.command(cls=QuietCommand)
@no_input
@as_json
def verify(*, no_input: bool, as_json: bool) -> int:
    """Open everything in the vault, and check the audit trail.

    Exit code 4 when something is not as it was written.
    """
    found = open_runner(no_input=no_input).keys.verify()
    if as_json:
        document(asdict(found))
    else:
        tell(
            f"{found.secrets} secrets in {found.versions} versions, {found.slots} key slots, "
            f"{found.audit_rows} audit rows: {len(found.problems)} problems"
        )
        for problem in found.problems:
            say(problem)
    return VaultDamaged.exit_code if found.problems else 0
