"""The mark of a database that was moved: on the old one that it is left, on the new one until the
move is finished. It stands in a table that other databases do not have.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, MetaData, String, Table, Text, insert, inspect, select, update

from agent.errors import EnvironmentUnfit

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agent.runs.address import Address

LEFT: Final = "left"
"""Everything is somewhere else, and nothing may be written here."""
ARRIVING: Final = "arriving"
"""Everything may be here; the old database still counts."""
ARRIVED: Final = "arrived"

_metadata = MetaData()
_relocation = Table(
    "relocation",
    _metadata,
    Column("id", String(36), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("other", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One move: its id, how this database stands in it, and where the other one is."""

    id: str
    state: str
    other: str


def read_mark(connection: Connection) -> Mark | None:
    """Read a database's mark; None for one that was never moved."""
    if not inspect(connection).has_table(_relocation.name):
        return None
    found = connection.execute(select(_relocation)).first()
    return None if found is None else Mark(*found)


def put_mark(connection: Connection, mark: Mark) -> None:
    """Put a mark where there is none, in the caller's transaction."""
    _metadata.create_all(connection)
    connection.execute(insert(_relocation).values(**asdict(mark)))


def change_mark(connection: Connection, state: str) -> None:
    """Write how a marked database stands now."""
    connection.execute(update(_relocation).values(state=state))


def drop_mark(connection: Connection) -> None:
    """Take a mark away."""
    _relocation.drop(connection)


def check_mark(mark: Mark | None, address: Address) -> None:
    """Refuse a database that must not be used. Raises ``EnvironmentUnfit``."""
    if mark is not None and mark.state == LEFT:
        raise EnvironmentUnfit(
            f"{address} was moved to {mark.other}; it is only kept",
            hint=f"RUNNER_DATABASE_URL={mark.other}",
        )
    if mark is not None and mark.state == ARRIVING:
        raise EnvironmentUnfit(
            f"a move into {address} was cut short; {mark.other} counts",
            hint="runner db move once more, without RUNNER_DATABASE_URL",
        )
