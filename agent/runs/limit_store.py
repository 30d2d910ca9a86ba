"""How much a site is asked: runs at a time, and runs that begin in a minute.

A limit is checked by the claim, in its own transaction: the limit's row is written first, so of two
claims for one site the second waits until the first has been decided. That is the same on SQLite,
which lets one write at a time, and on PostgreSQL, which locks the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from agent.errors import NotFound
from agent.runs.rows import is_running
from agent.runs.tables import database_now, runs, site_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ColumnElement, Connection, Engine, Table

    _Insert = Callable[[Table], sqlite.Insert | postgresql.Insert]

Limits = list["Limit"]
Full = list[tuple[str, str]]
Rooms = list["Room"]

_MINUTE = 60.0
_TOKENS = site_limit.c.tokens
_GROWN = _TOKENS + (database_now() - site_limit.c.filled_at) * site_limit.c.per_minute / _MINUTE
_FILLED = case((site_limit.c.burst < _GROWN, site_limit.c.burst), else_=_GROWN)
_ALONE = "\\"
_MANY = 1_000_000
_INSERTS: Final[Mapping[str, _Insert]] = MappingProxyType(
    {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``concurrency`` runs at a time act at ``site``, and ``per_minute`` begin.

    ``burst`` of these may begin at once. None is no limit. ``running`` tells how many act there.
    """

    site: str
    concurrency: int | None = None
    per_minute: float | None = None
    burst: int = 1
    running: int = 0


@dataclass(frozen=True, slots=True)
class LimitStore:
    """The limits of one project; they count for its runs alone."""

    engine: Engine
    project: str

    def list(self) -> Limits:
        """Give the limits by site."""
        with self.engine.connect() as connection:
            return _read(connection, site_limit.c.project == self.project)

    def put(self, limit: Limit) -> Limit:
        """Set a limit, or another one in its place; gives it as it is kept."""
        values: dict[str, Any] = {
            "concurrency": limit.concurrency,
            "per_minute": limit.per_minute,
            "burst": limit.burst,
            "tokens": float(limit.burst),
            "filled_at": database_now(),
        }
        key = {"project": self.project, "site": limit.site}
        row = _INSERTS[self.engine.dialect.name](site_limit).values(**key, **values)
        with self.engine.begin() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=values))
            [kept] = _read(connection, *self._of(limit.site))
        return kept

    def remove(self, site: str) -> None:
        """Take a limit away. Raises ``NotFound``."""
        with self.engine.begin() as connection:
            gone = connection.execute(delete(site_limit).where(*self._of(site)))
        if gone.rowcount == 0:
            raise NotFound(f"there is no limit for {site!r:.120}", hint="runner limits list")

    def _of(self, site: str) -> tuple[ColumnElement[bool], ...]:
        return site_limit.c.project == self.project, site_limit.c.site == site


@dataclass(frozen=True, slots=True)
class Room:
    """How many more runs of a project may begin at a site just now."""

    project: str
    site: str
    places: int


def admitted(connection: Connection, run: Mapping[Any, Any]) -> bool:
    """Tell whether the sites of a run let it in, and count it there; it must be running already.

    False leaves the transaction to be rolled back.
    """
    if not run["sites"]:
        return True
    mine = site_limit.c.project == run["project"], site_limit.c.site.in_(run["sites"].split())
    # In one order, so that two runs of two sites do not wait for each other.
    wanted = select(site_limit.c.site).where(*mine).order_by(site_limit.c.site)
    sites = connection.execute(wanted).scalars().all()
    return all(_lets_in(connection, run["project"], site) for site in sites)


def _lets_in(connection: Connection, project: str, site: str) -> bool:
    row = site_limit.c.project == project, site_limit.c.site == site
    unrated = site_limit.c.per_minute.is_(None)
    taken = update(site_limit).where(*row, or_(unrated, _FILLED >= 1))
    counted = case((unrated, _TOKENS), else_=_FILLED - 1)
    taken = taken.values(tokens=counted, filled_at=database_now())
    if connection.execute(taken).rowcount == 0:
        # Gone meanwhile is no limit; there, it has no token.
        return connection.execute(select(site_limit.c.site).where(*row)).first() is None
    full = select(site_limit.c.site).where(*row, _running() > site_limit.c.concurrency)
    return connection.execute(full).first() is None


def _read(connection: Connection, *conditions: ColumnElement[bool]) -> Limits:
    chosen = select(site_limit, _running().label("running")).where(*conditions)
    rows = connection.execute(chosen.order_by(site_limit.c.site)).mappings().all()
    return [Limit(**{name: row[name] for name in Limit.__dataclass_fields__}) for row in rows]


def rooms(connection: Connection) -> Rooms:
    """Give how many more runs may begin just now at each site that has a limit."""
    free = site_limit.c.concurrency - _running()
    limits = select(site_limit.c.project, site_limit.c.site, free, site_limit.c.per_minute, _FILLED)
    return [
        Room(project, site, min(_MANY if left is None else left, int(filled) if rate else _MANY))
        for project, site, left, rate, filled in connection.execute(limits)
    ]


def full_sites(connection: Connection) -> Full:
    """Give project and site of the limits that let nobody in just now."""
    return [(room.project, room.site) for room in rooms(connection) if room.places < 1]


def acts_at(site: str) -> ColumnElement[bool]:
    """Say that a run acts at a site."""
    return runs.c.sites.contains(f" {site} ", autoescape=True)


def _running() -> ColumnElement[int]:
    # '_' is a letter that a name may have, and that LIKE takes for any.
    plain = func.replace(site_limit.c.site, "_", f"{_ALONE}_")
    named = runs.c.sites.like("% " + plain + " %", escape=_ALONE)
    going = is_running(), runs.c.project == site_limit.c.project
    counted = select(func.count()).select_from(runs).where(*going, named)
    return counted.correlate(site_limit).scalar_subquery()
