"""``runner vault status``."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.speech import document, say, table, tell


@click.command(cls=QuietCommand)
@as_json
def status(*, as_json: bool) -> None:
    """Show what the vault opens with.

    Needs no key, and so says nothing about whether it does open: runner vault unlock does.
    """
    found = open_runner(no_input=True).keys.status()
    if as_json:
        document(None if found is None else asdict(found))
    elif found is None:
        say("there is no vault yet: runner vault init, or the first secret, makes one")
    else:
        tell(f"vault     {found.vault_id}")
        tell(f"secrets   {found.secrets} in {found.versions} versions")
        behind = "; a rotation is not finished: runner vault rotate" if len(found.terms) > 1 else ""
        tell(f"key terms {', '.join(map(str, sorted(found.terms))) or 'none in use'}{behind}")
        rows = [(slot.id, slot.kind, slot.created_at) for slot in found.slots]
        table(("key slot", "kind", "made"), rows)
