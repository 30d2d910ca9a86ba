"""A copy of the database to keep, and putting one back.

A copy is as sealed as the database itself. Putting one back is a step back in time, which the vault
refuses otherwise; here it is meant, so the copy first gets an epoch after every one there was, and
an audit row that says what happened. One-time codes that were used since stay used.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from agent.errors import EnvironmentUnfit, SecretError, UsageError, VaultDamaged
from agent.vault.audit import Act, Entry, Trail
from agent.vault.epoch import Epochs
from agent.vault.guards import adopt_rows
from agent.vault.tables import totp_ledger, vault_meta
from agent.vault.totp_ledger import raise_to
from agent.vault.transactions import fetch, reading, translated, truncate_log, writing
from agent.vault.unlock import locked, unlock, vault_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from agent.vault.anchor import Mark
    from agent.vault.epoch import Epoch
    from agent.vault.store import Vault
    from agent.vault.unlock import Unlocked


@dataclass(frozen=True, slots=True)
class Rows:
    """How rows come from one database into another: into empty tables, or in the place of all.

    ``refuse_busy`` raises ``UsageError`` while runs or workers would go on writing them.
    """

    copy: Callable[[Connection, Connection], object]
    replace: Callable[[Connection, Connection], object]
    refuse_busy: Callable[[Connection], object]


@dataclass(frozen=True, slots=True)
class Backups:
    """Copies of the database, each a SQLite file; ``open_copy`` opens one, its schema current.

    ``path`` is the database where it is a file, and else the file it would be in the data folder;
    a server's is copied by its ``rows``.
    """

    vault: Vault
    engine: Engine
    path: Path
    open_copy: Callable[[Path], Engine]
    rows: Rows

    def backup(self, target: Path) -> None:
        """Write a whole, compact copy to ``target``, which must not be there yet; mode 0600.

        The audit row is written first, so it is part of the copy.
        """
        if target.exists():
            raise UsageError(f"{target} is there already", hint="name a new file")
        if self.vault.is_created:
            trail = self.vault.trail()
            trail.record(Entry(Act.BACKED_UP, trail.vault_id))
        self._copy_to(target)

    def _copy_to(self, target: Path) -> None:
        _make_file(target)
        if self.engine.dialect.name != "sqlite":
            self._rows_to(target)
            return
        try:
            with closing(sqlite3.connect(self.path)) as source:
                source.execute("VACUUM INTO ?", (str(target),))
        except sqlite3.Error as error:
            target.unlink(missing_ok=True)
            raise SecretError(
                f"the backup was not written: {error}", hint="is there room, and is it writable?"
            ) from None

    def _rows_to(self, target: Path) -> None:
        try:
            with closed(self.open_copy(target)) as copy:
                with reading(self.engine) as source, writing(copy) as connection:
                    self.rows.copy(source, connection)
                truncate_log(copy)
        except (SecretError, EnvironmentUnfit):
            target.unlink()
            raise

    def restore(self, source: Path) -> Path | None:
        """Put ``source`` in the database's place; gives where what was there before is kept.

        Raises ``VaultLocked`` or ``WrongKey`` where today's key does not open it, ``UsageError``
        for another vault's copy or while runs or workers are at the database, and
        ``VaultDamaged``; the database is as before then.
        """
        with reading(self.engine) as connection:
            # What they wrote meanwhile would be gone, codes that were used among it.
            self.rows.refuse_busy(connection)
        with self._copied(source) as copy:
            unlocked = self._proven(copy)
            mark = self._brought_forward(copy, unlocked)
            before = self._set_aside()
            truncate_log(copy)
            copy.dispose()
            self._replace(copy)
        if self.vault.opening.anchor is not None:
            self.vault.opening.anchor.keep(unlocked.vault_id, mark)
        return before

    def accept_present(self) -> None:
        """Take the database as it is for the newest state; an audit row says so.

        For someone who put an older copy of the whole machine back. Rows that were taken out stay
        out; rows that were changed are refused as before.
        """
        opening = self.vault.opening
        opened = unlock(self.engine, opening.unlocker)
        with writing(self.engine) as connection:
            unlocked = opened.read(locked(connection, opening.unlocker.kind).meta)
            epochs = Epochs(unlocked.vault_id, unlocked.ring)
            anchored = opening.anchor.read(unlocked.vault_id) if opening.anchor else None
            before = _record(connection, epochs)
            adopt_rows(connection, epochs, guarded=before is None or bool(before.guards))
            reached = max(before.number if before else 0, anchored.number if anchored else 0)
            epochs.write(connection, epochs.counted(connection, reached + 1))
            trail = self._trail(self.engine, unlocked)
            trail = replace(trail, anchor=opening.anchor)
            trail.append(connection, Entry(Act.ACCEPTED, unlocked.vault_id))

    @contextmanager
    def _copied(self, source: Path) -> Iterator[Engine]:
        """Open a copy of ``source`` beside the database, so that the backup itself stays as is."""
        path = self.path.with_name(f".restore-{secrets.token_hex(8)}.db")
        if not source.is_file():
            raise UsageError(f"there is no such file: {source}")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_file(path)
        try:
            with closed(self._opened(source, path)) as copy:
                yield copy
        finally:
            for ending in ("", "-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)

    def _opened(self, source: Path, path: Path) -> Engine:
        try:
            with closing(sqlite3.connect(path)) as to, closing(_read_only(source)) as origin:
                origin.backup(to)
            return self.open_copy(path)
        except (sqlite3.Error, EnvironmentUnfit) as error:
            raise VaultDamaged(f"{source} is no backup of a vault ({error})") from None

    def _proven(self, copy: Engine) -> Unlocked:
        unlocked = unlock(copy, self.vault.opening.unlocker)
        with reading(copy) as connection:
            Epochs(unlocked.vault_id, unlocked.ring).check(connection, None)
        if self._trail(copy, unlocked).verify().bad_row is not None:
            raise VaultDamaged("the backup's audit trail was changed", hint="use another backup")
        with reading(self.engine) as connection:
            meta = vault_row(connection)
        if meta is not None and meta["vault_id"] != unlocked.vault_id:
            raise UsageError(
                f"this is a backup of another vault ({unlocked.vault_id})",
                hint="name another data folder for it: RUNNER_HOME=…",
            )
        return unlocked

    def _brought_forward(self, copy: Engine, unlocked: Unlocked) -> Mark:
        epochs = Epochs(unlocked.vault_id, unlocked.ring)
        anchor = self.vault.opening.anchor
        anchored = anchor.read(unlocked.vault_id) if anchor else None
        with reading(self.engine) as connection:
            meta = vault_row(connection)
            now = _record(connection, epochs) if meta is not None else None
            here = now.number if now else 0
            ledger = fetch(connection, select(totp_ledger))
        with writing(copy) as connection:
            raise_to(connection, ledger)
            epoch = epochs.read(connection)
            if not epoch.guards:
                adopt_rows(connection, epochs, guarded=False)
                epoch = replace(epoch, guards=epochs.counted(connection, 0).guards)
            reached = max(epoch.number, here, anchored.number if anchored else 0)
            # No generation comes twice, so that a process that is open notices another ring.
            generation = max(unlocked.generation, meta["ring_gen"] if meta else 0) + 1
            ring = replace(unlocked, generation=generation).sealed_ring()
            connection.execute(update(vault_meta).values(**ring))
            epochs.write(connection, replace(epoch, number=reached + 1))
            entry = Entry(Act.RESTORED, unlocked.vault_id)
            self._trail(copy, unlocked).append(connection, entry)
            return epochs.mark(epochs.read(connection))

    def _set_aside(self) -> Path | None:
        with reading(self.engine) as connection:
            if vault_row(connection) is None:
                return None
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        target = self.path.with_name(f"{self.path.stem}.before-{now}-{secrets.token_hex(3)}.db")
        self._copy_to(target)
        return target

    def _replace(self, copy: Engine) -> None:
        """Copy everything into the database: one transaction, seen whole or not at all."""
        if self.engine.dialect.name != "sqlite":
            with reading(copy) as source, translated(), self.engine.begin() as connection:
                self.rows.replace(source, connection)
            return
        with closing(sqlite3.connect(str(copy.url.database))) as origin:
            self.engine.dispose()
            try:
                with closing(sqlite3.connect(self.path, timeout=10)) as target:
                    origin.backup(target)
            except sqlite3.Error as error:
                raise SecretError(
                    f"the backup was not put in place: {error}",
                    hint="is there room, and does nobody hold the database?",
                ) from None

    def _trail(self, engine: Engine, unlocked: Unlocked) -> Trail:
        known = self.vault
        return Trail(engine, unlocked.ring, unlocked.vault_id, known.actor, known.clock)


@contextmanager
def closed(engine: Engine) -> Iterator[Engine]:
    """Close an engine's connections when the block ends."""
    try:
        yield engine
    finally:
        engine.dispose()


def _record(connection: Connection, epochs: Epochs) -> Epoch | None:
    """Read the record; None for one that cannot be read."""
    try:
        return epochs.read(connection)
    except VaultDamaged:
        return None


def _make_file(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except FileExistsError:
        raise UsageError(f"{path} is there already", hint="name a new file") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
