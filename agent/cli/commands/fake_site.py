"""``runner fake-site``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from agent.cli.lazy import QuietCommand
from agent.errors import EnvironmentUnfit
from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Callable

# The site stands beside the package in a checkout, with its own web server.
_SITE: Table[Any] = Table("fixtures.login_site", {"main": "__main__:main"})


@click.command("fake-site", cls=QuietCommand)
@click.option("--port", type=click.IntRange(0, 65535), default=8020, help="Its port; 0: any.")
@click.option("--list", "listed", is_flag=True, help="Name every login shape and end.")
@click.option("--json", "as_json", is_flag=True, help="Print addresses and accounts as JSON.")
def fake_site(*, port: int, listed: bool, as_json: bool) -> int:
    """Serve a made-up site with every login shape the runner claims.

    Its accounts are public and told at the start. Ctrl-C ends it. --list serves nothing. Each shape
    is at /shapes/NAME.
    """
    words = ["--port", str(port), "--evil-port", "0"]
    words += ["--list"] if listed else []
    words += ["--json"] if as_json else []
    return _main()(words)


def _main() -> Callable[[list[str]], int]:
    try:
        main: Callable[[list[str]], int] = _SITE["main"]
    except ModuleNotFoundError as error:
        raise EnvironmentUnfit(
            f"the fake site is not here: no module {error.name}",
            hint="it is part of the repository; run it from a checkout, after `uv sync`",
        ) from None
    return main
