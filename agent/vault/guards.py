"""Rows that must not be altered, added or taken out behind the vault's back.

Roles and lockouts stand in plain columns. Each row has a MAC over all of them, and the MACs of all
rows of a guard are counted in the sealed epoch: a row that vanished, came from elsewhere or is as
it was before is noticed the next time any row of that guard is used, and when the vault is opened.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, insert, select, update

from agent.errors import VaultDamaged
from agent.vault.epoch import GUARDS, RESTORE_HINT, Epochs
from agent.vault.pae import context
from agent.vault.tables import metadata
from agent.vault.transactions import fetch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection, RowMapping, Table

    from agent.vault.ring import Ring


@dataclass(frozen=True, slots=True)
class Guard:
    """The tables of one entry of ``GUARDS``, read and written in a caller's transaction."""

    name: str
    vault_id: str
    ring: Ring = field(repr=False)

    def rows(self, connection: Connection, table: Table) -> list[RowMapping]:
        """Read a table of the guard. Raises ``VaultDamaged`` and ``VaultRolledBack``."""
        found = {one: fetch(connection, select(metadata.tables[one])) for one in GUARDS[self.name]}
        every = [(one, row) for one, rows in found.items() for row in rows]
        for one, row in every:
            self._check(metadata.tables[one], row)
        self._epochs().check_guard(connection, self.name, [row["mac"] for _, row in every])
        return list(found[table.name])

    def put(self, connection: Connection, table: Table, row: Mapping[Any, Any]) -> None:
        """Write a row in place of the one with the same key, if there is one."""
        before = self._taken_out(connection, table, row)
        mac = self._mac(table, row)
        connection.execute(insert(table).values({**row, "mac": mac}))
        self._epochs().guarded(connection, self.name, before, mac)

    def drop(self, connection: Connection, table: Table, row: Mapping[Any, Any]) -> None:
        """Take a row out."""
        before = self._taken_out(connection, table, row)
        self._epochs().guarded(connection, self.name, before, None)

    def empty(self, connection: Connection) -> None:
        """Take every row out, altered ones too: for rows that nothing is lost with."""
        for name in GUARDS[self.name]:
            connection.execute(delete(metadata.tables[name]))
        self._epochs().emptied(connection, self.name)

    def adopt(self, connection: Connection) -> None:
        """Authenticate the rows of a vault of the time before guards, which have no MAC yet."""
        for table in (metadata.tables[name] for name in GUARDS[self.name]):
            for row in fetch(connection, select(table).where(table.c.mac.is_(None))):
                mac = self._mac(table, row)
                connection.execute(update(table).where(_same(table, row)).values(mac=mac))

    def _taken_out(self, connection: Connection, table: Table, row: Mapping[Any, Any]) -> object:
        there = fetch(connection, select(table).where(_same(table, row)))
        if not there:
            return None
        self._check(table, there[0])
        connection.execute(delete(table).where(_same(table, row)))
        return there[0]["mac"]

    def _check(self, table: Table, row: RowMapping) -> None:
        kept = row["mac"]
        if not (isinstance(kept, bytes) and hmac.compare_digest(kept, self._mac(table, row))):
            raise VaultDamaged(
                f"a {table.name} of the vault was changed by something else than the vault",
                hint=RESTORE_HINT,
            )

    def _mac(self, table: Table, row: Mapping[Any, Any]) -> bytes:
        fields = [repr(row[column.name]) for column in table.columns if column.name != "mac"]
        return self.ring.authenticate(context(f"{table.name}.v1", self.vault_id, *fields))

    def _epochs(self) -> Epochs:
        return Epochs(self.vault_id, self.ring)


def adopt_rows(connection: Connection, epochs: Epochs, *, guarded: bool) -> None:
    """Take the rows of a vault over that has no guards yet; in one that has, nothing is adopted."""
    if not guarded:
        for name in GUARDS:
            Guard(name, epochs.vault_id, epochs.ring).adopt(connection)


def _same(table: Table, row: Mapping[Any, Any]) -> ColumnElement[bool]:
    return and_(*(column == row[column.name] for column in table.primary_key.columns))
