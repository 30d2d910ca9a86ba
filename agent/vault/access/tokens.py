"""Tokens for programs: ``rnr_test_<id>_<secret><checksum>``, shown once, with an end.

A token acts for the person who made it: with a role that is never above theirs, in one project, in
one mode, and only within its scopes.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent.errors import NotFound, UsageError
from agent.vault.access.scopes import check_scopes
from agent.vault.access.tables import api_token
from agent.vault.access.texts import checksum, digest, random_text
from agent.vault.audit import Act, Entry
from agent.vault.guards import Guard
from agent.vault.policy import MODES, Role, check_choice
from agent.vault.transactions import reading, writing

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from agent.vault.audit import Trail

DAYS: Final = 90
MOST_DAYS: Final = 365
_DAY: Final = 86_400.0
_NOTED_EVERY: Final = 60.0
_LONGEST_NAME: Final = 120
_FORM: Final = re.compile(rf"rnr_({'|'.join(MODES)})_([A-Za-z0-9]{{10}})_([A-Za-z0-9]{{49}})")


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to make; ``days`` is how long it is good."""

    name: str
    scopes: tuple[str, ...]
    mode: str = "test"
    role: Role = Role.RUNNER
    days: int = DAYS


@dataclass(frozen=True, slots=True)
class Token:
    """All that may be shown of a token; times in Unix seconds, ``used_at`` 0 for never."""

    id: str
    name: str
    person: str
    project: str
    mode: str
    role: Role
    scopes: tuple[str, ...]
    created_at: float
    expires_at: float
    used_at: float
    digest: bytes = field(repr=False)


Found = list[Token]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one vault; a revoked one has no row."""

    trail: Trail

    def add(self, person: str, new: NewToken) -> tuple[Token, str]:
        """Make a token; gives it with its text, which is kept nowhere. Raises ``UsageError``."""
        check_choice(new.mode)
        scopes = check_scopes(new.scopes)
        name = new.name.strip()
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise UsageError(f"the name of a token is 1 to {_LONGEST_NAME} characters")
        if not 1 <= new.days <= MOST_DAYS:
            raise UsageError(f"a token is good for 1 to {MOST_DAYS} days")
        text, made, now = _text(new.mode), "", self.trail.clock()
        made = text.split("_")[2]
        row = {
            "id": made,
            "digest": digest(text),
            "project_id": self.trail.project,
            "person": person,
            "name": name,
            "mode": new.mode,
            "role": new.role.value,
            "scopes": " ".join(scopes),
            "created_at": now,
            "expires_at": now + new.days * _DAY,
            "used_at": 0.0,
        }
        with writing(self.trail.engine) as connection:
            self._guard().put(connection, api_token, row)
            self.trail.append(connection, Entry(Act.TOKEN_ADDED, made))
        return self.get(made), text

    def list(self) -> Found:
        """List the tokens of the project, the newest first."""
        mine = [one for one in self._all() if one.project == self.trail.project]
        return sorted(mine, key=lambda one: (-one.created_at, one.id))

    def get(self, token_id: str) -> Token:
        """Give one of the project's. Raises ``NotFound``."""
        for one in self.list():
            if one.id == token_id:
                return one
        raise NotFound("there is no such token")

    def revoke(self, token_id: str) -> None:
        """Take a token back; from now on nobody is let in by it. Raises ``NotFound``."""
        gone = self.get(token_id)
        with writing(self.trail.engine) as connection:
            self._guard().drop(connection, api_token, {"id": gone.id})
            self.trail.append(connection, Entry(Act.TOKEN_REVOKED, gone.id))

    def revoke_of(self, person: str) -> None:
        """Take back every token of a person, in every project."""
        gone = [one for one in self._all() if one.person == person]
        with writing(self.trail.engine) as connection:
            for one in gone:
                self._guard().drop(connection, api_token, {"id": one.id})
                self.trail.append(connection, Entry(Act.TOKEN_REVOKED, one.id))

    def find(self, text: str) -> Token | None:
        """Find the token of a text, of any project, noting that it is in use."""
        read = _FORM.fullmatch(text)
        if read is None or not hmac.compare_digest(checksum(text[:-6]), text[-6:]):
            return None
        now = self.trail.clock()
        for one in self._all():
            if one.id == read[2] and hmac.compare_digest(one.digest, digest(text)):
                return self._noted(one, now) if now < one.expires_at else None
        return None

    def _noted(self, one: Token, now: float) -> Token:
        if now - one.used_at > _NOTED_EVERY:
            with writing(self.trail.engine) as connection:
                rows = self._guard().rows(connection, api_token)
                for row in (row for row in rows if row["id"] == one.id):
                    self._guard().put(connection, api_token, {**row, "used_at": now})
        return one

    def _all(self) -> Found:
        with reading(self.trail.engine) as connection:
            return [_token(row) for row in self._guard().rows(connection, api_token)]

    def _guard(self) -> Guard:
        return Guard("tokens", self.trail.vault_id, self.trail.ring)


def _text(mode: str) -> str:
    whole = f"rnr_{mode}_{random_text(10)}_{random_text()}"
    return whole + checksum(whole)


def _token(row: RowMapping) -> Token:
    return Token(
        row["id"],
        row["name"],
        row["person"],
        row["project_id"],
        row["mode"],
        Role(row["role"]),
        tuple(row["scopes"].split()),
        row["created_at"],
        row["expires_at"],
        row["used_at"],
        row["digest"],
    )
