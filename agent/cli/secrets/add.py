"""``runner secrets add``."""

from __future__ import annotations

import click

from agent.cli.asking import Source, known_type
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json, from_stdin, no_input
from agent.cli.parts import PARTS
from agent.cli.secrets.cards import report_card
from agent.cli.secrets.codes import show_once
from agent.cli.secrets.key_options import account, qr
from agent.cli.secrets.sources import source_in, source_options


@click.command(cls=QuietCommand)
@click.option("--name", required=True, help="What people call it.")
@click.option("--type", "kind", default="login", show_default=True, help="What it is made of.")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    required=True,
    help="A site it may be used on, like https://hotel.example; repeat for more.",
)
@click.option(
    "--mode",
    type=click.Choice(["test", "live"]),
    default="test",
    show_default=True,
    help="Which runs may use it; never changes.",
)
@click.option(
    "--visibility",
    type=click.Choice(["restricted", "masked"]),
    default="restricted",
    show_default=True,
    help="restricted: never shown again; masked: runner secrets reveal shows it; never changes.",
)
@source_options("--source")
@qr
@account
@from_stdin
@no_input
@as_json
@click.pass_context
def add(context: click.Context, /, **_: object) -> None:
    """Store a new secret.

    Types: login, value, basic_auth, bearer_token, api_key, sftp_password, sftp_private_key,
    oauth2_client_credentials, json, totp, mailbox.

    Asks for its values without showing them: of a login the username, the password and the TOTP
    key (base32 as the site shows it, an otpauth:// link, or an authenticator's export). With
    --stdin they are read as one JSON object instead: {"username": …, "password": …, "totp": …}.
    On a terminal the code of a new TOTP key is shown once, for the site to confirm the device.

    With --source the values are kept elsewhere and fetched by each run; --reference says where,
    and is no secret: {"secret_name": …, "region_name": …} for aws_secrets_manager. --from-env and
    --from-file name variables and files of this machine instead.
    """
    given = context.params
    runner = open_runner(no_input=given["no_input"])
    kind = known_type(given["kind"])
    kept = source_in(given, kind)
    asked = Source(given["from_stdin"], given["no_input"], given["qr"], given["account"])
    fields = asked.fields(kind, given["name"]) if kept is None else {}
    new = PARTS["new_secret"](
        given["name"],
        given["kind"],
        fields,
        PARTS["origin_policy"].parse(given["origins"]),
        mode=given["mode"],
        visibility=given["visibility"],
        source=kept or PARTS["source"](),
    )
    card = runner.keep(new)
    report_card(card, f"stored “{card.name}” as {card.id}", as_json=given["as_json"])
    if asked.may_ask and kept is None:
        show_once(runner, card)
