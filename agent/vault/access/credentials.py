"""What people sign in to the server with: a password, and a one-time code where they want one."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.errors import UsageError
from agent.vault.access.hashing import hash_password, is_old, matches
from agent.vault.access.refusals import CodeWanted, SignInRefused
from agent.vault.access.tables import credential
from agent.vault.access.texts import canonical
from agent.vault.audit import Act, Entry
from agent.vault.guards import Guard
from agent.vault.pae import context
from agent.vault.seal import KEY_BYTES, expand, seal, unseal
from agent.vault.totp import TotpKey, code_at, parse_key
from agent.vault.transactions import reading, writing

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from agent.vault.audit import Trail

_CODE: Final = re.compile(r"[0-9]{6,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The passwords of one vault's people."""

    trail: Trail

    def people(self) -> frozenset[str]:
        """Name everyone who has a password."""
        return frozenset(row["person"] for row in self._rows())

    def has_code(self, person: str) -> bool:
        """Tell whether a person signs in with a one-time code as well."""
        return any(row["totp"] is not None for row in self._rows() if row["person"] == person)

    def check_name(self, person: str) -> None:
        """Refuse a name that reads like another person's (``UsageError``)."""
        for row in self._rows():
            if row["canonical"] == canonical(person) and row["person"] != person:
                raise UsageError("there is a person with a name that reads the same")

    def prepared(self, password: str) -> str:
        """Make what is kept of a new password. Raises ``UsageError`` for a weak one."""
        return hash_password(password)

    def set_password(self, person: str, password: str) -> None:
        """Let a person sign in with a password from now on. Raises ``UsageError`` for a weak one.

        The one-time code they may have chosen stays.
        """
        self.set_hash(person, hash_password(password))

    def set_hash(self, person: str, kept: str) -> None:
        """Let a person sign in with a password that was ``prepared``."""
        with writing(self.trail.engine) as connection:
            found = [r for r in self._guard().rows(connection, credential) if r["person"] == person]
            before = found[0] if found else None
            row = {
                "person": person,
                "canonical": canonical(person),
                "password": kept,
                "totp": before["totp"] if before else None,
                "totp_counter": before["totp_counter"] if before else 0,
                "changed_at": self.trail.clock(),
            }
            self._guard().put(connection, credential, row)
            self.trail.append(connection, Entry(Act.PASSWORD, person))

    def enrol(self, person: str, key: str, code: str) -> None:
        """Ask for a one-time code as well from now on; ``code`` is one of the new ``key``."""
        found = [row for row in self._rows() if row["person"] == person]
        if not found:
            raise SignInRefused("there is no such person")
        read = parse_key(key)
        counter = self._counter(read, code, 0)
        if counter is None:
            raise UsageError("the code is not one of this key", hint="is the clock right?")
        sealed = seal(self._key(), read.uri().encode(), self._place(person))
        self._replace(found[0], totp=sealed, totp_counter=counter)

    def no_code(self, person: str) -> None:
        """Ask a person for no one-time code any more."""
        for row in self._rows():
            if row["person"] == person:
                self._replace(row, totp=None, totp_counter=0)

    def check(self, name: str, password: str, code: str = "") -> str:
        """Give the person whose name, password and code these are.

        Raises ``SignInRefused``, which does not say what is wrong; ``CodeWanted`` where only the
        code is missing. A code is taken once.
        """
        wanted = canonical(name)
        found = next((row for row in self._rows() if row["canonical"] == wanted), None)
        if not matches(found["password"] if found else None, password) or found is None:
            raise _refused()
        if found["totp"] is not None:
            self._check_code(found, code)
        if is_old(found["password"]):
            self._replace(found, password=hash_password(password))
        return str(found["person"])

    def _check_code(self, row: RowMapping, code: str) -> None:
        if not code:
            raise CodeWanted("the one-time code is missing")
        uri = unseal(self._key(), row["totp"], self._place(row["person"])).decode()
        counter = self._counter(parse_key(uri), code, row["totp_counter"])
        if counter is None:
            raise _refused()
        with writing(self.trail.engine) as connection:
            rows = self._guard().rows(connection, credential)
            now = next(one for one in rows if one["person"] == row["person"])
            if now["totp_counter"] >= counter:
                raise _refused()
            self._guard().put(connection, credential, {**now, "totp_counter": counter})

    def _counter(self, key: TotpKey, code: str, last: int) -> int | None:
        """Find the window a code is of: this one or a neighbour, and later than the last one."""
        if not _CODE.fullmatch(code):
            return None
        here = key.counter_at(self.trail.clock())
        for counter in (here - 1, here, here + 1):
            if counter > last and hmac.compare_digest(code_at(key, counter), code):
                return counter
        return None

    def _replace(self, row: RowMapping, **changes: object) -> None:
        with writing(self.trail.engine) as connection:
            rows = self._guard().rows(connection, credential)
            now = next(one for one in rows if one["person"] == row["person"])
            self._guard().put(connection, credential, {**now, **changes})
            self.trail.append(connection, Entry(Act.PASSWORD, str(row["person"])))

    def _rows(self) -> list[RowMapping]:
        with reading(self.trail.engine) as connection:
            return self._guard().rows(connection, credential)

    def _guard(self) -> Guard:
        return Guard("passwords", self.trail.vault_id, self.trail.ring)

    def _key(self) -> bytes:
        return expand(self.trail.ring.audit_key, b"runner.sign-in.v1", KEY_BYTES)

    def _place(self, person: str) -> bytes:
        return context("sign-in.v1", self.trail.vault_id, person)


def _refused() -> SignInRefused:
    return SignInRefused("name, password or code is wrong")
