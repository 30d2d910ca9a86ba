"""``runner fake-site``."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.lazy import QuietCommand
from agent.errors import EnvironmentUnfit
from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Callable

# The site is a package of its own name: inside this one where that was installed, and beside it in
# a checkout. A folder called fixtures of the caller's own is never meant.
_PACKAGE = Path(__file__).parents[2]
_PLACES = (_PACKAGE / "shipped", _PACKAGE.parent)
_SITE: Table[Any] = Table("fixtures.login_site", {"main": "__main__:main"})
_NEEDED = ("starlette", "uvicorn", "python_multipart")


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
    place = next((one for one in _PLACES if (one / "fixtures/login_site").is_dir()), None)
    if place is None:
        raise EnvironmentUnfit(
            "the fake site is not in this installation", hint="install slotrunner from its wheel"
        )
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise EnvironmentUnfit(
            f"the fake site needs {', '.join(missing).replace('_', '-')}",
            hint="pip install 'slotrunner[site]'",
        )
    sys.path.insert(0, str(place))
    main: Callable[[list[str]], int] = _SITE["main"]
    return main
