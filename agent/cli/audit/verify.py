"""``runner audit verify``."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, no_input
from agent.cli.speech import document, tell
from agent.errors import VaultDamaged


@click.command(cls=QuietCommand)
@no_input
@as_json
def verify(*, no_input: bool, as_json: bool) -> int:
    """Check that no audit row was changed or taken out.

    Exit code 4 when one was; it is named.
    """
    verdict = open_runner(no_input=no_input).keys.verify_audit()
    if as_json:
        document(asdict(verdict))
    elif verdict.bad_row is None:
        tell(f"{verdict.rows} audit rows, each as it was written")
    else:
        tell(f"the audit trail was changed at row {verdict.bad_row}")
    return 0 if verdict.bad_row is None else VaultDamaged.exit_code
