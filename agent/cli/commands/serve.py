"""``runner serve``."""

from __future__ import annotations

from typing import Any

import click

from agent.cli.lazy import QuietCommand
from agent.cli.logs import log_format, opened_log
from agent.cli.opening import described
from agent.cli.options import no_input
from agent.cli.parts import PARTS, server_missing
from agent.cli.speech import tell


@click.command(cls=QuietCommand)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8021, show_default=True, help="Its port."
)
@click.option(
    "--artifacts-port",
    type=click.IntRange(1, 65535),
    default=8022,
    show_default=True,
    help="The port of the site for artifacts, which is one of its own.",
)
@click.option(
    "--url", metavar="URL", help="What browsers call the server: https://… behind a proxy."
)
@click.option("--artifacts-url", metavar="URL", help="What they call the site for artifacts.")
@click.option(
    "--proxy",
    metavar="IP",
    help="Believe this address or network, and no other, who sends a request.",
)
@click.option("--no-worker", is_flag=True, help="Only take runs; runner worker carries them out.")
@log_format
@no_input
def serve(**given: Any) -> int:
    """Serve the dashboard and the REST API.

    At the first start a link is printed, by which the first Owner chooses a password. Ctrl-C ends
    it. See docs/server.md.
    """
    try:
        serving, made = PARTS["serve"], PARTS["server_options"]
    except ModuleNotFoundError as error:
        raise server_missing(error) from None
    options = made.of(
        given["host"],
        (given["port"], given["artifacts_port"]),
        (given["url"], given["artifacts_url"]),
        proxy=given["proxy"] or "",
        worker=not given["no_worker"],
    )
    settings, asking = described(no_input=given["no_input"])
    log = opened_log(given["log_format"])
    beside = (f"--log-format={log.format}",)
    serving(PARTS["premises"](settings, asking, log, beside=beside), options, tell)
    return 0
