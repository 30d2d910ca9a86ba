"""Who is signed in: sessions that end by themselves, found by the digest of their cookie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.vault.access.tables import session
from agent.vault.access.texts import digest, random_text
from agent.vault.guards import Guard
from agent.vault.transactions import reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import RowMapping

    from agent.vault.audit import Trail

IDLE: Final = 30 * 60.0
LONGEST: Final = 12 * 3600.0
STEPPED_UP_FOR: Final = 5 * 60.0
_NOTED_EVERY: Final = 60.0
"""Seconds between two notes that a session is in use: a page is many requests."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session; times are in Unix seconds, ``stepped_up_at`` 0 where that was never done."""

    digest: bytes
    person: str
    project: str
    created_at: float
    seen_at: float
    stepped_up_at: float

    def is_over(self, now: float) -> bool:
        """Tell whether it ended: half an hour unused, or twelve hours old."""
        return now - self.seen_at > IDLE or now - self.created_at > LONGEST

    def is_stepped_up(self, now: float) -> bool:
        """Tell whether the password was entered again within five minutes."""
        return 0 <= now - self.stepped_up_at <= STEPPED_UP_FOR


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of one vault."""

    trail: Trail

    def start(self, person: str, project: str) -> str:
        """Begin one; gives the text for its cookie. Those that are over are taken out."""
        now = self.trail.clock()
        self._drop(one for one in self._all() if one.is_over(now))
        return self._put(Session(b"", person, project, now, now, 0.0))

    def find(self, text: str) -> Session | None:
        """Find the session of a cookie, noting that it is in use; None for one that is over."""
        key, now = digest(text), self.trail.clock()
        found = [one for one in self._all() if one.digest == key]
        if not found or found[0].is_over(now):
            return None
        one = found[0]
        if now - one.seen_at > _NOTED_EVERY:
            with writing(self.trail.engine) as connection:
                self._guard().put(connection, session, {**_row(one), "seen_at": now})
        return one

    def rotate(
        self, old: Session, *, project: str | None = None, stepped_up_at: float | None = None
    ) -> str:
        """Go on with a session under a new cookie; the old one is worth nothing any more."""
        self._drop([old])
        return self._put(
            Session(
                b"",
                old.person,
                old.project if project is None else project,
                old.created_at,
                self.trail.clock(),
                old.stepped_up_at if stepped_up_at is None else stepped_up_at,
            )
        )

    def end(self, one: Session) -> None:
        """End a session."""
        self._drop([one])

    def end_all(self, person: str) -> None:
        """End every session of a person."""
        self._drop(one for one in self._all() if one.person == person)

    def _put(self, one: Session) -> str:
        text = random_text()
        with writing(self.trail.engine) as connection:
            self._guard().put(connection, session, {**_row(one), "digest": digest(text)})
        return text

    def _drop(self, gone: Iterable[Session]) -> None:
        every = list(gone)
        if every:
            with writing(self.trail.engine) as connection:
                for one in every:
                    self._guard().drop(connection, session, {"digest": one.digest})

    def _all(self) -> list[Session]:
        with reading(self.trail.engine) as connection:
            return [_session(row) for row in self._guard().rows(connection, session)]

    def _guard(self) -> Guard:
        return Guard("sessions", self.trail.vault_id, self.trail.ring)


def _row(one: Session) -> dict[str, object]:
    return {
        "digest": one.digest,
        "person": one.person,
        "project_id": one.project,
        "created_at": one.created_at,
        "seen_at": one.seen_at,
        "stepped_up_at": one.stepped_up_at,
    }


def _session(row: RowMapping) -> Session:
    return Session(
        row["digest"],
        row["person"],
        row["project_id"],
        row["created_at"],
        row["seen_at"],
        row["stepped_up_at"],
    )
