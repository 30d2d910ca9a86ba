"""One code, once: runs claim the counters of a seed one after the other.

RFC 6238 section 5.2 has the site refuse a second use of a code, so two runs with one seed must
never type the same one. A counter is claimed in the database by one atomic statement, and the
code is made from the claimed counter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, Table, case, false
from sqlalchemy.dialects import postgresql, sqlite

from agent.errors import TotpBusy
from agent.vault.tables import totp_ledger

# The upsert is the same on both, and SQLAlchemy has no construct for "either".
_Upsert = Callable[[Table], sqlite.Insert | postgresql.Insert]
_INSERTS: Mapping[str, _Upsert] = MappingProxyType(
    {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a claimant wants; times in seconds.

    ``guard_band``: a window with less than this left is passed over, since typing and submitting
    take time. ``max_wait``: how far in the future the claimed window may open. ``reserved_by``: a
    run id, for people who look into the table. ``repeats``: the window claimed last is given again
    where it was claimed by the same name, for a code that is only looked at. ``checked`` is called
    in the claim's transaction: what it raises takes the claim back.
    """

    guard_band: float = 5.0
    max_wait: float = 180.0
    reserved_by: str = ""
    repeats: bool = False
    checked: Callable[[Connection], None] = lambda _connection: None


_USUAL = Terms()


def first_counter(now: float, period: int, guard_band: float) -> int:
    """Return the first window with at least the guard band left at ``now`` (unix seconds)."""
    current = math.floor(now / period)
    left = (current + 1) * period - now
    return current + 1 if left < guard_band else current


def claim(engine: Engine, seed_fp: bytes, *, now: float, period: int, terms: Terms = _USUAL) -> int:
    """Claim the next unused counter of a seed and return it; no other claim ever gets it.

    ``seed_fp`` is the vault's fingerprint of seed, algorithm, digits and period. Raises
    ``TotpBusy``, claiming nothing, when the free window opens later than ``now + max_wait``.
    """
    first = first_counter(now, period, terms.guard_band)
    latest = math.floor((now + terms.max_wait) / period)
    ours = totp_ledger.c
    # No claim is made by nobody: without repeats the condition never holds.
    again = ours.reserved_by == terms.reserved_by if terms.repeats else false()
    following = case(
        (ours.last_counter < first, first),
        (again, ours.last_counter),
        else_=ours.last_counter + 1,
    )
    insert = _INSERTS[engine.dialect.name](totp_ledger).values(
        seed_fp=seed_fp,
        last_counter=first,
        reserved_by=terms.reserved_by,
        reserved_at=datetime.fromtimestamp(now, UTC).isoformat(),
    )
    upsert = insert.on_conflict_do_update(
        index_elements=[ours.seed_fp],
        set_={
            "last_counter": following,
            "reserved_by": insert.excluded.reserved_by,
            "reserved_at": insert.excluded.reserved_at,
        },
        where=following <= latest,
    ).returning(ours.last_counter)
    # The condition of the upsert holds for a row that is there, and not for a seed's first.
    claimed = None
    if first <= latest:
        with engine.begin() as connection:
            claimed = connection.execute(upsert).scalar_one_or_none()
            terms.checked(connection)
    if claimed is None:
        raise TotpBusy(
            f"other runs hold every code of this key for the next {terms.max_wait:.0f} s",
            hint="run fewer logins with this account at once, or try again later",
        )
    return int(claimed)


def raise_to(connection: Connection, rows: Sequence[Mapping[Any, Any]]) -> None:
    """Bring this ledger up to ``rows`` of another: a counter used in either is used."""
    ours = totp_ledger.c
    insert = _INSERTS[connection.dialect.name](totp_ledger)
    upsert = insert.on_conflict_do_update(
        index_elements=[ours.seed_fp],
        set_={"last_counter": insert.excluded.last_counter},
        where=ours.last_counter < insert.excluded.last_counter,
    )
    for row in rows:
        connection.execute(upsert, dict(row))
