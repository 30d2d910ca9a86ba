"""What tells the newest state of a vault from an older one that was put back.

Each row of a vault proves by itself that it was written by the vault, but not that it still counts:
a row, or the whole file, can be put back as it was a month ago. So the vault seals one record of
the whole: a number that only grows, a keyed sum over the heads of all secrets, and the end of the
audit chain. The sum is a multiset hash, changed by one subtraction and one addition for each head
that changes; its terms are MACs that only the ring can make, so no other set of heads with the same
sum can be searched for. Other rows that must not vanish are counted in the same way, in a sum for
each *guard* (``agent.vault.guards``).

The record also counts what was sealed: with random nonces a key is good for 2^32 messages, and is
not used for half as many. Its own number bounds all keys but those of the terms, each of which has
``wraps``; the second half is left for reading and exporting, which are audited.

Every change of a head goes through ``Epochs.moved``, of a guarded row through ``guarded``, and
every audit row through ``audited``.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, update

from agent.errors import VaultDamaged, VaultLocked, VaultRolledBack, WrongKey
from agent.vault.anchor import Mark
from agent.vault.pae import context
from agent.vault.seal import KEY_BYTES, expand, seal, unseal
from agent.vault.tables import audit, metadata, secret, secret_version, vault_meta

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, RowMapping

    from agent.vault.ring import Ring

_MODULUS: Final = 1 << 256
MOST_SEALED: Final = 1 << 31
"""Messages sealed under one key before it is refused."""
GUARDS: Final[Mapping[str, tuple[str, ...]]] = {
    "people": ("membership", "project"),
    "lockouts": ("lockout", "trial"),
    "kept": ("kept_session",),
    "passwords": ("credential", "invitation"),
    "sessions": ("session",),
    "tokens": ("api_token",),
}
"""Guard → the tables whose rows it counts."""
RESTORE_HINT: Final = (
    "if you put this copy back yourself: runner vault restore --accept-present, which is recorded; "
    "otherwise restore a newer backup: runner vault restore FILE"
)


@dataclass(frozen=True, slots=True)
class Epoch:
    """The record: ``total`` is the sum over ``secrets`` heads, tombstones included.

    ``guards`` has such a sum for each guard, none in a vault of the time before them; ``wraps``
    counts the keys wrapped under the active term.
    """

    number: int
    secrets: int
    total: int
    audit_seq: int
    audit_mac: str
    guards: Mapping[str, int] = field(default_factory=dict)
    wraps: int = 0

    def to_bytes(self) -> bytes:
        """Write the record as canonical JSON.

        A record of the time before guards is written as it was then: the anchor's MAC is over it.
        """
        sums = {name: f"{total:064x}" for name, total in self.guards.items()}
        document = {**asdict(self), "total": f"{self.total:064x}", "guards": sums}
        if not sums:
            del document["guards"], document["wraps"]
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> Epoch:
        """Read ``to_bytes``; raises ``VaultDamaged`` for anything else."""
        try:
            read = json.loads(text)
            guards = {name: int(total, 16) for name, total in read.get("guards", {}).items()}
            return cls(**{**read, "total": int(read["total"], 16), "guards": guards})
        except (ValueError, KeyError, TypeError, AttributeError):
            raise VaultDamaged("the vault's epoch has an unknown form") from None


@dataclass(frozen=True, slots=True)
class Epochs:
    """Reads and advances the record of one vault, inside a caller's transaction."""

    vault_id: str
    ring: Ring = field(repr=False)

    def first(self) -> bytes:
        """Seal the record of a vault that holds nothing yet."""
        return self._seal(Epoch(0, 0, 0, 0, "", dict.fromkeys(GUARDS, 0)))

    def read(self, connection: Connection) -> Epoch:
        """Open the record. Raises ``VaultRolledBack`` when there is none, or a foreign one."""
        blob = connection.execute(select(vault_meta.c.epoch)).scalar_one_or_none()
        if not isinstance(blob, bytes):
            raise VaultRolledBack("the vault's epoch was taken out", hint=RESTORE_HINT)
        try:
            return Epoch.from_bytes(unseal(self._key(), blob, self._place()))
        except WrongKey:
            raise VaultDamaged("the vault's epoch was changed", hint=RESTORE_HINT) from None

    def moved(
        self, connection: Connection, before: object, after: bytes, *, wraps: int = 0
    ) -> None:
        """Count a head's new MAC in place of the one ``before`` (None for a new secret)."""
        epoch = self._worn(self.read(connection), wraps)
        if epoch.number >= MOST_SEALED:
            raise _worn_out()
        gone = self._sum([] if before is None else [before])
        changed = replace(
            epoch,
            number=epoch.number + 1,
            secrets=epoch.secrets + (before is None),
            total=(epoch.total - gone + self._sum([after])) % _MODULUS,
        )
        self.write(connection, changed)

    def guarded(
        self, connection: Connection, guard: str, before: object, after: bytes | None
    ) -> None:
        """Count a guarded row's MAC in place of the one ``before``; None for no row."""
        epoch = self.read(connection)
        gone, come = (self._sum([] if mac is None else [mac]) for mac in (before, after))
        total = (epoch.guards.get(guard, 0) - gone + come) % _MODULUS
        guards = {**epoch.guards, guard: total}
        self.write(connection, replace(epoch, number=epoch.number + 1, guards=guards))

    def emptied(self, connection: Connection, guard: str) -> None:
        """Count a guard anew whose rows were all taken out."""
        epoch = self.read(connection)
        guards = {**epoch.guards, guard: 0}
        self.write(connection, replace(epoch, number=epoch.number + 1, guards=guards))

    def check_guard(self, connection: Connection, guard: str, macs: Iterable[object]) -> None:
        """Compare a guard's rows with its sum. Raises ``VaultRolledBack``."""
        if self.read(connection).guards.get(guard, 0) != self._sum(macs):
            raise _altered(guard)

    def wrapped(self, connection: Connection, count: int, *, fresh: bool = False) -> None:
        """Count keys wrapped under the active term, anew for a ``fresh`` one.

        Raises ``VaultLocked`` for a term that was used as often as a key may be.
        """
        epoch = self.read(connection)
        counted = self._worn(replace(epoch, wraps=0) if fresh else epoch, count)
        self.write(connection, replace(counted, number=epoch.number + 1))

    def audited(self, connection: Connection, seq: int, mac: bytes) -> Mark:
        """Note the audit row that was just written; gives the mark for the anchor."""
        epoch = self.read(connection)
        following = replace(
            epoch, number=epoch.number + 1, audit_seq=seq, audit_mac=b64encode(mac).decode()
        )
        self.write(connection, following)
        return self.mark(following)

    def last_audit(self, connection: Connection) -> tuple[int, bytes]:
        """Give the number and MAC of the last audit row there should be."""
        epoch = self.read(connection)
        return epoch.audit_seq, b64decode(epoch.audit_mac)

    def mark(self, epoch: Epoch) -> Mark:
        """Make what the anchor keeps of a record."""
        mac = self.ring.authenticate(context("anchor.v1", self.vault_id, epoch.to_bytes()))
        return Mark(epoch.number, mac.hex())

    def write(self, connection: Connection, epoch: Epoch) -> None:
        """Seal a record in place of the one before."""
        if epoch.number >= 2 * MOST_SEALED:
            raise _worn_out()
        connection.execute(update(vault_meta).values(epoch=self._seal(epoch)))

    def counted(self, connection: Connection, number: int) -> Epoch:
        """Make the record of what the database holds right now, under ``number``."""
        macs = connection.execute(select(secret.c.head_mac)).scalars().all()
        last = _last_audit_row(connection)
        return Epoch(
            number,
            len(macs),
            self._sum(macs),
            last["seq"] if last else 0,
            b64encode(last["mac"]).decode() if last and isinstance(last["mac"], bytes) else "",
            {guard: self._sum(_macs(connection, guard)) for guard in GUARDS},
            connection.execute(select(func.count()).select_from(secret_version)).scalar_one(),
        )

    def check(self, connection: Connection, anchored: Mark | None) -> Mark:
        """Compare the database with its record, and the record with the anchor.

        ``anchored`` must have been read before the transaction began. Raises ``VaultRolledBack``.
        """
        epoch = self.read(connection)
        mark = self.mark(epoch)
        if anchored is not None and mark.number < anchored.number:
            raise VaultRolledBack(
                f"this database is older than the vault was: its epoch is {mark.number}, and "
                f"{anchored.number} was reached",
                hint=RESTORE_HINT,
            )
        if anchored is not None and mark.number == anchored.number and mark.mac != anchored.mac:
            raise VaultRolledBack(
                "this database went another way than the one this machine knows",
                hint=RESTORE_HINT,
            )
        found = self.counted(connection, epoch.number)
        if (found.secrets, found.total) != (epoch.secrets, epoch.total):
            raise VaultRolledBack(
                f"secrets were taken out of the vault or put back as they were before: "
                f"{found.secrets} are there of {epoch.secrets}",
                hint=RESTORE_HINT,
            )
        if (found.audit_seq, found.audit_mac) != (epoch.audit_seq, epoch.audit_mac):
            raise VaultRolledBack(
                f"the end of the audit trail was changed: row {found.audit_seq} is the last of "
                f"{epoch.audit_seq}",
                hint=RESTORE_HINT,
            )
        if epoch.guards:
            for guard in GUARDS:
                if found.guards[guard] != epoch.guards.get(guard, 0):
                    raise _altered(guard)
        return mark

    def _worn(self, epoch: Epoch, more: int) -> Epoch:
        if epoch.wraps + more >= MOST_SEALED:
            raise VaultLocked(
                "the vault's wrapping key was used as often as a key may be",
                hint="runner vault rotate makes a fresh one",
            )
        return replace(epoch, wraps=epoch.wraps + more)

    def _sum(self, macs: Iterable[object]) -> int:
        key, total = expand(self.ring.audit_key, b"runner.head-sum.v1", KEY_BYTES), 0
        for mac in macs:
            written = mac if isinstance(mac, bytes) else repr(mac).encode()
            total += int.from_bytes(hmac.digest(key, written, "sha256"), "big")
        return total % _MODULUS

    def _seal(self, epoch: Epoch) -> bytes:
        return seal(self._key(), epoch.to_bytes(), self._place())

    def _key(self) -> bytes:
        return expand(self.ring.audit_key, b"runner.epoch.v1", KEY_BYTES)

    def _place(self) -> bytes:
        return context("epoch.v1", self.vault_id)


def _last_audit_row(connection: Connection) -> RowMapping | None:
    newest = select(func.max(audit.c.seq)).scalar_subquery()
    row: Any = connection.execute(select(audit).where(audit.c.seq == newest)).mappings().first()
    return row  # type: ignore[no-any-return]  # SQLAlchemy gives no type for a row of a table


def _macs(connection: Connection, guard: str) -> list[object]:
    tables = (metadata.tables[name] for name in GUARDS[guard])
    return [mac for one in tables for mac in connection.execute(select(one.c.mac)).scalars()]


def _altered(guard: str) -> VaultRolledBack:
    return VaultRolledBack(
        f"the vault's {guard} were changed by something else than the vault", hint=RESTORE_HINT
    )


def _worn_out() -> VaultLocked:
    return VaultLocked(
        "this vault was written to as often as its keys allow",
        hint="take its secrets into a new one: runner vault export, runner vault import",
    )
