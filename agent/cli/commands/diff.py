"""``runner diff``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.exit_codes import DIFFERENT, PASSED
from agent.cli.lazy import QuietCommand
from agent.cli.opening import open_runner
from agent.cli.options import as_json
from agent.cli.parts import PARTS
from agent.cli.speech import document, say, tell
from agent.cli.writing import write_new

if TYPE_CHECKING:
    from agent.runs.comparing import Comparison

_SLOWER = 2.0
_WORTH_TELLING = 1.0


@click.command(cls=QuietCommand)
@click.argument("first", metavar="RUN1")
@click.argument("second", metavar="RUN2")
@click.option("--exact", is_flag=True, help="Fold nothing: times, ids, ports and tokens too.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write both side by side to this file, as one page.",
)
@as_json
def diff(first: str, second: str, *, exact: bool, html: Path | None, as_json: bool) -> int:
    """Say where two runs part.

    RUN1 and RUN2 are runs' ids or the starts of them. Compared are steps, what was seen and decided
    at sign-ins, network, console, the page's text after each step, and the result. Masked values
    equal each other. Exit code 0 when nothing differs, 8 when something does.
    """
    found = open_runner().left.compare(first, second, exact=exact)
    plain = {"same": found.same, **asdict(found)}
    if html is not None:
        write_new(html, PARTS["diff_page"](plain), same=True)
    if as_json:
        document(plain)
    else:
        _tell(found)
    return PASSED if found.same else DIFFERENT


def _tell(found: Comparison) -> None:
    for line in found.not_compared:
        say(f"not compared: {line}")
    for one in found.differences:
        tell(f"{one.part}: {one.where}")
        for sign, side in (("-", one.first), ("+", one.second)):
            for line in side.splitlines():
                tell(f"  {sign} {line}")
    for pace in found.paces:
        slow = max(pace.first, pace.second) >= _WORTH_TELLING
        if slow and pace.ratio and not 1 / _SLOWER < pace.ratio < _SLOWER:
            say(f"pace: {pace.title}: {pace.first:.2f} s, {pace.second:.2f} s")
    say(_verdict(found))


def _verdict(found: Comparison) -> str:
    if found.same:
        return "nothing differs"
    count = len(found.differences)
    where = f"; they part: {found.parting}" if found.parting else ""
    return f"{count} difference{'s' * (count != 1)}{where}"
