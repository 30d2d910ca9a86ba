"""Opening everything a vault holds, to know that it would open when it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from agent.errors import SecretError
from agent.vault.records import Records, every
from agent.vault.slots import check_slot
from agent.vault.tables import keyslot
from agent.vault.transactions import fetch, reading

if TYPE_CHECKING:
    from agent.vault.audit import Trail
    from agent.vault.opening import Opening


@dataclass(frozen=True, slots=True)
class Verified:
    """How much was looked at, and a line for each thing that is not as it was written."""

    secrets: int
    versions: int
    slots: int
    audit_rows: int
    problems: tuple[str, ...]


def verify(opening: Opening, trail: Trail) -> Verified:
    """Open every version of every secret, and check key slots, tombstones and audit trail.

    Raises as opening a vault does, so also ``VaultRolledBack``.
    """
    opened = opening.open()
    problems: list[str] = []
    with reading(trail.engine) as connection:
        records = Records(opened.vault_id, opening.current(connection).ring)
        rows = fetch(connection, every())
        slots = fetch(connection, select(keyslot))
    for row in rows:
        try:
            if row["version"] is None and row["deleted_at"] is not None:
                records.check_head(row)
            else:
                records.open(row, row["mode"])
        except SecretError as error:
            problems.append(error.message)
    for slot in slots:
        try:
            check_slot(opened.vault_id, slot)
        except SecretError as error:
            problems.append(f"{error.message}: {slot['kind']}")
    lost = {row["id"] for row in rows} - {
        row["id"]
        for row in rows
        if row["deleted_at"] is not None or row["version"] == row["current_version"]
    }
    problems += [f"secret {name} is damaged: its current version is gone" for name in sorted(lost)]
    verdict = trail.verify()
    if verdict.bad_row is not None:
        problems.append(f"the audit trail was changed at row {verdict.bad_row}")
    versions = sum(row["version"] is not None for row in rows)
    secrets = len({row["id"] for row in rows})
    return Verified(secrets, versions, len(slots), verdict.rows, tuple(dict.fromkeys(problems)))
