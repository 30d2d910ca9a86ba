"""How a database stands: where it is, how new its schema is, and how much is in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import inspect

from agent.wiring.copying import count_rows
from agent.wiring.database import HEADS, connect, revisions_in, translated
from agent.wiring.marks import read_mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.runs.address import Address
    from agent.wiring.marks import Mark


class Age(StrEnum):
    """How a database's schema stands to this program's."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    NEWER = "newer"


@dataclass(frozen=True, slots=True)
class Standing:
    """What can be said of a database without changing it; ``rows`` only where it is current."""

    address: str
    age: Age
    revisions: tuple[str, ...]
    mark: Mark | None
    rows: Mapping[str, int]


def look_at(address: Address) -> Standing:
    """Look at a database. Raises ``EnvironmentUnfit`` where it cannot be read."""
    if address.path is not None and not address.path.exists():
        return Standing(str(address), Age.EMPTY, (), None, {})
    engine = connect(address)
    try:
        with translated(address), engine.connect() as connection:
            there = revisions_in(connection)
            age = age_of(there)
            rows = count_rows(connection) if age is Age.CURRENT else {}
            mark = read_mark(connection) if inspect(connection).get_table_names() else None
        return Standing(str(address), age, tuple(sorted(there)), mark, rows)
    finally:
        engine.dispose()


def age_of(revisions: frozenset[str]) -> Age:
    """Compare revisions with this program's; they are numbered within each of the two stores."""
    if not revisions:
        return Age.EMPTY
    if revisions == HEADS:
        return Age.CURRENT
    known = {name.rstrip("0123456789"): name for name in HEADS}
    newer = any(one > known.get(one.rstrip("0123456789"), "") for one in revisions)
    return Age.NEWER if newer else Age.BEHIND
