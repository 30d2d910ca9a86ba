"""What ``runner`` says: documents for scripts on standard output, the rest for people.

Text that came from a site or a file may hold terminal control sequences; none gets through.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

# Rich takes 40 ms to import and is of use only where a person looks.
_RICH: Table[Any] = Table("rich", {"Console": "console:Console", "Table": "table:Table"})
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def harmless(text: str) -> str:
    """Replace control characters, keeping tabs and line ends."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def document(content: Any) -> None:
    """Print the one JSON document of this call on standard output."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def say(text: str, *, newline: bool = True) -> None:
    """Tell people something on standard error."""
    click.echo(harmless(text), err=True, nl=newline)


def tell(text: str) -> None:
    """Print what was asked for, for people, on standard output."""
    click.echo(harmless(text))


def moment(at: float) -> str:
    """Write unix seconds as the time of day here."""
    return datetime.fromtimestamp(at).astimezone().isoformat(" ", "seconds")


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, aside: bool = False) -> None:
    """Print rows under titles: drawn on a terminal, plain columns elsewhere.

    ``aside`` prints on standard error.
    """
    clean = [[harmless(cell).replace("\n", " ") for cell in row] for row in rows]
    stream = sys.stderr if aside else sys.stdout
    if stream.isatty():
        _draw(titles, clean, aside=aside)
        return
    widths = [max(map(len, column)) for column in zip(titles, *clean, strict=True)]
    for row in (titles, *clean):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip(), err=aside)


def _draw(titles: Sequence[str], rows: Sequence[Sequence[str]], *, aside: bool) -> None:
    drawn = _RICH["Table"](*titles, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        drawn.add_row(*row)
    _RICH["Console"](stderr=aside, markup=False, highlight=False, emoji=False).print(drawn)
