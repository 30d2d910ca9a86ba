"""Finding and changing the rows of secrets, inside a caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, update

from agent.errors import SecretMissing, VaultDamaged
from agent.vault.epoch import Epochs
from agent.vault.fields import did_you_mean
from agent.vault.policy import DEFAULT_PROJECT, LIVE, MODES, TEST
from agent.vault.records import Records, current
from agent.vault.tables import secret, secret_version
from agent.vault.tombs import bury, name_on_tomb
from agent.vault.transactions import fetch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, RowMapping

    from agent.vault.records import Draft

PROJECT: Final = DEFAULT_PROJECT


@dataclass(frozen=True, slots=True)
class Shelf:
    """The secrets' rows of one project as seen by one connection."""

    connection: Connection
    records: Records
    project: str = PROJECT

    def live(self) -> list[RowMapping]:
        """Read every secret that is not deleted."""
        mine = (secret.c.deleted_at.is_(None), secret.c.project_id == self.project)
        return list(fetch(self.connection, current().where(*mine)))

    def named(self, name: str, mode: str = TEST) -> list[RowMapping]:
        """Read the secrets of this name: the live one first, then deleted ones, newest first."""
        index = self.records.ring.name_index(self.project, mode, name)
        rows = fetch(self.connection, current().where(secret.c.name_bidx == index))
        newest_first = sorted(rows, key=lambda row: str(row["deleted_at"] or ""), reverse=True)
        return sorted(newest_first, key=lambda row: row["deleted_at"] is not None)

    def find(self, ref_or_name: str, mode: str | None = None) -> RowMapping:
        """Read one live secret by id, or by name in one mode (in either, test first).

        Raises ``SecretMissing``, which says when the secret was deleted, or names the nearest
        name there is, and ``VaultDamaged`` for a tombstone that was changed.
        """
        if is_id(ref_or_name):
            mine = (secret.c.id == ref_or_name, secret.c.project_id == self.project)
            rows = list(fetch(self.connection, current().where(*mine)))
        else:
            modes = MODES if mode is None else (mode,)
            rows = [row for one in modes for row in self.named(ref_or_name, one)]
            rows.sort(key=lambda row: row["deleted_at"] is not None)
        if not rows:
            near = did_you_mean(ref_or_name, self._names())
            raise SecretMissing(
                f"there is no secret {ref_or_name!r:.120}{near}",
                hint="runner secrets list shows them, runner secrets add adds one",
            )
        if rows[0]["deleted_at"] is not None:
            raise self._gone(rows[0], ref_or_name)
        return rows[0]

    def put(self, draft: Draft) -> None:
        """Write a new secret with its first version."""
        place = draft.place
        head: dict[str, Any] = {
            "id": place.secret_id,
            "project_id": place.project_id,
            "mode": place.mode,
            "kind": place.kind,
            "visibility": place.visibility,
            "name_bidx": self.records.ring.name_index(place.project_id, place.mode, draft.name),
            "current_version": place.version,
            "created_by": draft.created_by,
            "created_at": draft.created_at,
            "deleted_at": None,
        }
        mac = self.records.head_mac(head)
        self.connection.execute(insert(secret).values(**head, head_mac=mac))
        self._epochs().moved(self.connection, None, mac, wraps=1)
        self.connection.execute(insert(secret_version).values(self.records.version_row(draft)))

    def replace(self, row: RowMapping, draft: Draft) -> None:
        """Write the next version; the ones before stay sealed until they are purged."""
        self.connection.execute(insert(secret_version).values(self.records.version_row(draft)))
        self._update(row, {"current_version": draft.place.version}, wraps=1)

    def remove(self, row: RowMapping, at: str, name: str) -> None:
        """Shred every version and leave the head, and the name sealed on a tombstone."""
        self._shred(row)
        bury(self.connection, self.records, row["id"], name)
        self._update(row, {"deleted_at": at})

    def retire(self, row: RowMapping, at: str, name: str) -> None:
        """Take a secret out of use; its versions stay sealed."""
        bury(self.connection, self.records, row["id"], name)
        self._update(row, {"deleted_at": at})

    def _gone(self, row: RowMapping, asked: str) -> SecretMissing:
        self.records.check_head(row)
        name = name_on_tomb(self.connection, self.records, row["id"]) or asked
        how = "retired" if row["mode"] == LIVE else "deleted"
        return SecretMissing(
            f"the secret {name!r:.120} was {how} on {row['deleted_at']}",
            hint="add it again with runner secrets add, and bind the new one",
        )

    def purge(self, row: RowMapping, keep: int) -> int:
        """Shred the versions before the current one, but the newest ``keep``; tell how many."""
        versions = secret_version.c
        last = row["current_version"] - keep
        gone = (versions.secret_id == row["id"]) & (versions.version < last)
        return self.connection.execute(delete(secret_version).where(gone)).rowcount

    def _shred(self, row: RowMapping) -> None:
        versions = secret_version.c
        self.connection.execute(delete(secret_version).where(versions.secret_id == row["id"]))

    def _update(self, row: RowMapping, change: Mapping[str, Any], *, wraps: int = 0) -> None:
        head = {**{column.name: row[column.name] for column in secret.columns}, **change}
        mac = self.records.head_mac(head)
        self.connection.execute(
            update(secret).where(secret.c.id == row["id"]).values(**change, head_mac=mac)
        )
        self._epochs().moved(self.connection, row["head_mac"], mac, wraps=wraps)

    def _epochs(self) -> Epochs:
        return Epochs(self.records.vault_id, self.records.ring)

    def _names(self) -> list[str]:
        names = []
        for row in self.live():
            try:
                names.append(self.records.describe(row).card.name)
            except VaultDamaged:
                continue
        return names


def is_id(text: str) -> bool:
    """Tell whether ``text`` has the form of a secret's id, which no name may have."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
