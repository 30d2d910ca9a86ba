"""``runner secrets origins``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from agent.cli.asking import Source
from agent.cli.confirming import confirm_option, typed_name
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, from_stdin, no_input
from agent.cli.parts import PARTS
from agent.cli.secrets.cards import report_card
from agent.cli.speech import say

if TYPE_CHECKING:
    from agent.vault.secret import SecretCard


@click.command(cls=QuietCommand)
@click.argument("secret")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    required=True,
    help="A site it may be used on from now on; repeat for more.",
)
@confirm_option
@from_stdin
@no_input
@as_json
@click.pass_context
def origins(context: click.Context, /, **_: object) -> None:
    """Change the sites a secret may be used on.

    SECRET is its id or its name; the sites given take the place of all before. Fewer sites need
    nothing more. Other sites need a restricted secret's values again, and for a masked one the
    passphrase or its name: who chooses where a secret goes can read it there.
    """
    given = context.params
    runner = open_runner(no_input=given["no_input"])
    card = runner.secret(given["secret"])
    policy = PARTS["origin_policy"].parse(given["origins"])
    wanted = runner.keeping.wanted_for_origins(card, policy)
    proof = _proof(card, str(wanted), given)
    card = runner.keeping.change_origins(card.id, policy, proof)
    allowed = ", ".join(card.origins.texts())
    report_card(card, f"“{card.name}” may now go to {allowed}", as_json=given["as_json"])


def _proof(card: SecretCard, wanted: str, given: dict[str, Any]) -> Any:
    if wanted == "step_up":
        question = f"“{card.name}” would be allowed to go to other sites."
        asking = partial(typed_name, card, question, given["confirm"], no_input=given["no_input"])
        return PARTS["proof"](asking)
    if wanted == "value":
        say(f"“{card.name}” would be allowed to go to other sites: its values are needed again")
        source = Source(given["from_stdin"], given["no_input"])
        return PARTS["proof"](fields=source.fields(card.type, card.name))
    return PARTS["proof"]()
