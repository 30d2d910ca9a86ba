"""A vault being open: its ring, kept in step with the database, once for each process.

Opening compares the database with its own epoch and with this machine's anchor, so that an older
state put back is refused before anything is read from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from agent.errors import VaultDamaged, VaultRolledBack
from agent.vault.epoch import MOST_SEALED, RESTORE_HINT, Epochs
from agent.vault.guards import adopt_rows
from agent.vault.tables import vault_meta
from agent.vault.transactions import fetch, reading, writing
from agent.vault.unlock import Unlocked, locked, unlock, vault_row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection, Engine

    from agent.vault.anchor import Anchor, Mark
    from agent.vault.keyslots import Unlocker


@dataclass(frozen=True, slots=True)
class Anchored:
    """An unlocker beside the anchor of the vaults it opens."""

    unlocker: Unlocker
    anchor: Anchor

    @property
    def kind(self) -> str:
        """The unlocker's kind."""
        return self.unlocker.kind

    def new_key(self, vault_id: str, /) -> tuple[Mapping[str, object], bytes]:
        """Make a key as the unlocker does."""
        return self.unlocker.new_key(vault_id)

    def key(self, vault_id: str, params: Mapping[str, object], /) -> bytes:
        """Get a key as the unlocker does."""
        return self.unlocker.key(vault_id, params)

    def forget(self, vault_id: str, params: Mapping[str, object], /) -> None:
        """Remove a key as the unlocker does."""
        self.unlocker.forget(vault_id, params)


class Opening:
    """Opens one vault when it is first needed; may be used from any thread.

    ``proof`` is asked when the vault is opened; where it raises, the vault is not open. ``done`` is
    told once it is.
    """

    def __init__(self, engine: Engine, unlocker: Unlocker) -> None:
        self._engine = engine
        self.unlocker = unlocker
        self.anchor = unlocker.anchor if isinstance(unlocker, Anchored) else None
        self.proof: Callable[[Connection, Unlocked], None] = lambda _connection, _unlocked: None
        self.done: Callable[[Unlocked], object] = lambda _unlocked: None
        self._unlocked: Unlocked | None = None
        self._lock = Lock()

    @property
    def is_open(self) -> bool:
        """Whether the key was fetched already."""
        return self._unlocked is not None

    def open(self) -> Unlocked:
        """Open the vault. Raises as ``unlock`` does, and ``VaultRolledBack``."""
        with self._lock:
            if self._unlocked is not None:
                return self._unlocked
            opened = self._unlocked = self._first()
        self.done(opened)
        return opened

    def current(self, connection: Connection) -> Unlocked:
        """Give the ring as it stands in this transaction: another process may have changed it."""
        opened = self.open()
        meta = vault_row(connection)
        if meta is None or meta["ring_gen"] == opened.generation:
            return opened
        with self._lock:
            self._unlocked = self._followed(connection, opened, meta)
            return self._unlocked

    def sealing(self, connection: Connection) -> Unlocked:
        """Give the ring to wrap one more key with: a worn term is followed by a fresh one.

        Rows of the worn term move to it with the next rotation.
        """
        opened = self.current(connection)
        epochs = Epochs(opened.vault_id, opened.ring)
        if epochs.read(connection).wraps + 1 < MOST_SEALED:
            return opened
        after = opened.following(opened.ring.begun(opened.ring.rotating or "wrap"))
        connection.execute(update(vault_meta).values(**after.sealed_ring()))
        epochs.wrapped(connection, 0, fresh=True)
        self.took(after)
        return after

    def took(self, unlocked: Unlocked) -> None:
        """Go on with keys that this process has just made."""
        with self._lock:
            self._unlocked = unlocked

    def _followed(
        self, connection: Connection, opened: Unlocked, meta: Mapping[Any, Any]
    ) -> Unlocked:
        try:
            return opened.read(meta)
        except VaultDamaged:
            # Another process may have changed the root key; the slot knows the new one.
            return locked(connection, self.unlocker.kind).open(self.unlocker)

    def _first(self) -> Unlocked:
        unlocked = unlock(self._engine, self.unlocker)
        epochs = Epochs(unlocked.vault_id, unlocked.ring)
        # Before the database: what is read after it can only be newer.
        anchored = self.anchor.read(unlocked.vault_id) if self.anchor else None
        with reading(self._engine) as connection:
            [meta] = fetch(connection, select(vault_meta))
            mark = None if meta["epoch"] is None else epochs.check(connection, anchored)
            guarded = mark is not None and bool(epochs.read(connection).guards)
        if mark is None and anchored is not None:
            raise VaultRolledBack("the vault's epoch was taken out", hint=RESTORE_HINT)
        if mark is None or not guarded:
            mark = self._begin(epochs)
        with reading(self._engine) as connection:
            self.proof(connection, unlocked)
        if self.anchor is not None:
            self.anchor.keep(unlocked.vault_id, mark)
        return unlocked

    def _begin(self, epochs: Epochs) -> Mark:
        """Give a vault of the time before epochs, or before guards, what it lacks."""
        with writing(self._engine) as connection:
            [meta] = fetch(connection, select(vault_meta))
            number, guarded = 0, False
            if meta["epoch"] is not None:
                epochs.check(connection, None)
                before = epochs.read(connection)
                number, guarded = before.number + 1, bool(before.guards)
            adopt_rows(connection, epochs, guarded=guarded)
            epoch = epochs.counted(connection, number)
            epochs.write(connection, epoch)
            return epochs.mark(epoch)
