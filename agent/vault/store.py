"""The vault: add, describe, rotate, delete secrets, and open them for one run.

Every change and its audit row are one transaction. All methods may be called from any thread.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from agent.errors import SecretFrozen, SecretMissing, SecretUnfit, UsageError, VaultDamaged
from agent.vault.admission import Admission
from agent.vault.audit import Act, Entry, Trail, timestamp
from agent.vault.fields import check_name, check_schemes
from agent.vault.kept_rows import changed
from agent.vault.open import RunSecrets
from agent.vault.opening import Opening
from agent.vault.places import Place
from agent.vault.policy import LIVE, MASKED, TEST, check_choice
from agent.vault.records import Draft, Records
from agent.vault.salvage import card_of
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.shelf import PROJECT, Shelf, is_id
from agent.vault.sourcing.contents import contents, renewed
from agent.vault.sourcing.opening import with_values
from agent.vault.transactions import reading, truncate_log, writing
from agent.vault.unlock import NewVault, Unlocked, unlock, vault_row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection, Engine, RowMapping

    from agent.vault.keyslots import Unlocker
    from agent.vault.new_secret import NewSecret
    from agent.vault.opened import Opened
    from agent.vault.origin import OriginPolicy
    from agent.vault.secret import SecretCard, SecretRef
    from agent.vault.sourcing.contents import Source

_TEST_RUN: Final = Admission()


class Vault:
    """The secrets of one database, opened with what ``unlocker`` holds.

    The key is fetched once, by the first call that needs it. ``actor`` is who the audit names and
    ``person`` that one's id; secrets of projects other than ``project`` do not exist here.
    """

    def __init__(
        self,
        engine: Engine,
        unlocker: Unlocker,
        *,
        actor: str = "local",
        clock: Callable[[], float] = time.time,
        project: str = PROJECT,
    ) -> None:
        self._engine = engine
        self._unlocker = unlocker
        self.actor = actor
        self.clock = clock
        self.project = project
        self.person = actor
        self.opening = Opening(engine, unlocker)

    @property
    def is_created(self) -> bool:
        """Whether the database holds a vault; needs no key."""
        with reading(self._engine) as connection:
            return vault_row(connection) is not None

    def create(self) -> None:
        """Make the vault and its key unless there is one; ``add`` does this on first use."""
        if self.is_created:
            return
        new = NewVault.with_key(self._unlocker)
        with writing(self._engine) as connection:
            if made := new.keep(connection, self._now()):
                self._trail(made).append(connection, Entry(Act.CREATED, made.vault_id))
        if made is None:
            new.forget()

    def unlock_again(self) -> bool:
        """Ask for the passphrase once more (``WrongKey``); False where the key asks nobody."""
        if "passphrase" not in self._unlocker.kind:
            return False
        unlock(self._engine, self._unlocker)
        return True

    def trail(self) -> Trail:
        """Give the audit trail, to read and to verify."""
        return self._trail(self.opening.open())

    def add(self, new: NewSecret) -> SecretCard:
        """Seal a new secret. Raises ``UsageError`` for a bad field or a name in use."""
        made = contents(new.type, new.fields, new.source)
        check_schemes(SECRET_TYPES[new.type], new.origins)
        check_name(new.name)
        if is_id(new.name):
            raise UsageError("a secret's name may not look like an id", hint="choose a word")
        check_choice(new.mode, new.visibility)
        if not self.is_created:
            self.create()
        opened = self._open()
        kinds = (new.mode, new.type, new.visibility)
        place = Place(opened.vault_id, self.project, str(uuid4()), 1, *kinds)
        draft = Draft(place, new.name, new.origins, self.actor, self._now(), *made.sealed())
        with writing(self._engine) as connection:
            shelf = self._shelf(connection, seals=True)
            if any(row["deleted_at"] is None for row in shelf.named(new.name, new.mode)):
                raise UsageError(
                    f"there is a {new.mode} secret named {new.name} already",
                    hint="runner secrets rotate gives it new values; or choose another name",
                )
            shelf.put(draft)
            self._trail(opened).append(connection, Entry(Act.ADDED, place.secret_id, version=1))
        return self.card(place.secret_id)

    def cards(self) -> list[SecretCard]:
        """List the live secrets by name; no value is opened. Empty where no vault was made."""
        if not self.is_created:
            return []
        self._open()
        with reading(self._engine) as connection:
            shelf = self._shelf(connection)
            found = [shelf.records.describe(row).card for row in shelf.live()]
        return sorted(found, key=lambda card: (card.name.casefold(), card.id))

    def card(self, ref_or_name: str, mode: str | None = None) -> SecretCard:
        """Describe one secret; of two with one name, the one of ``mode``, or else the test one.

        Raises ``SecretMissing``, which says when it was deleted.
        """
        self._open()
        with reading(self._engine) as connection:
            shelf = self._shelf(connection)
            return shelf.records.describe(shelf.find(ref_or_name, mode)).card

    def rotate(
        self,
        ref_or_name: str,
        fields: Mapping[str, str],
        *,
        origins: OriginPolicy | None = None,
        source: Source | None = None,
    ) -> SecretCard:
        """Seal new values under the same id, and with them (if given) other origins.

        All fields are given anew, as ``add`` takes them; with a ``source`` they are kept there
        from now on. The version before stays sealed until ``purge``.
        """
        self._open()
        with writing(self._engine) as connection:
            shelf = self._shelf(connection, seals=True)
            row = shelf.find(ref_or_name)
            before = shelf.records.describe(row)
            made = renewed(before, fields, source)
            check_schemes(SECRET_TYPES[before.card.type], origins or before.card.origins)
            after = replace(before.card, origins=origins or before.card.origins)
            self._replace(shelf, row, made.opened(after), Act.ROTATED)
        truncate_log(self._engine)
        return self.card(row["id"])

    def narrow(self, ref_or_name: str, origins: OriginPolicy) -> SecretCard:
        """Let a secret go to fewer origins; needs no values.

        Raises ``UsageError`` when ``origins`` allows anything that was not allowed: changing where
        a secret may go is as good as reading it, so that needs the values again.
        """
        return self._move(ref_or_name, origins, Act.NARROWED)

    def widen(self, ref_or_name: str, origins: OriginPolicy, *, proven: bool = False) -> SecretCard:
        """Let a masked secret go to any other origins, after its keeper has stepped up.

        A restricted one only where its values were ``proven`` (``sourcing.proving``).
        """
        return self._move(ref_or_name, origins, Act.WIDENED, proven=proven)

    def _move(
        self, ref_or_name: str, origins: OriginPolicy, act: Act, *, proven: bool = False
    ) -> SecretCard:
        self._open()
        with writing(self._engine) as connection:
            shelf = self._shelf(connection, seals=True)
            row = shelf.find(ref_or_name)
            before = shelf.records.open(row)
            may_widen = act is Act.WIDENED and (proven or before.card.visibility == MASKED)
            if not (may_widen or before.card.origins.covers(origins)):
                raise UsageError(
                    f"{before.card.name} would be allowed to go to more origins than before",
                    hint="rotate the secret: give its values again together with the new origins",
                )
            after = replace(before, card=replace(before.card, origins=origins))
            self._replace(shelf, row, after, act)
        truncate_log(self._engine)
        return self.card(row["id"])

    def purge(self, ref_or_name: str, keep: int = 0) -> int:
        """Shred a secret's older versions but the newest ``keep``; tell how many went."""
        self._open()
        with writing(self._engine) as connection:
            shelf = self._shelf(connection)
            row = shelf.find(ref_or_name)
            shelf.records.check_head(row)
            gone = shelf.purge(row, keep)
            entry = Entry(Act.PURGED, row["id"], version=row["current_version"])
            self.trail().append(connection, entry)
        truncate_log(self._engine)
        return gone

    def delete(self, ref_or_name: str) -> SecretCard:
        """Shred a test secret: its key and values go, its id, name and the time stay known.

        A damaged secret can be deleted too, by its id; it has no name any more. Raises
        ``UsageError`` for a live secret, which is retired instead.
        """
        return self._remove(ref_or_name, TEST)

    def retire(self, ref_or_name: str) -> SecretCard:
        """Take a live secret out of use for good; its versions stay sealed. ``UsageError``."""
        return self._remove(ref_or_name, LIVE)

    def _remove(self, ref_or_name: str, mode: str) -> SecretCard:
        opened = self._open()
        with writing(self._engine) as connection:
            shelf = self._shelf(connection)
            row = shelf.find(ref_or_name)
            card = card_of(shelf, row)
            if card.mode != mode:
                raise UsageError(
                    f"the secret {card.name} is a {card.mode} one",
                    hint="test secrets are deleted, live ones retired: runner secrets retire",
                )
            act = Act.DELETED if mode == TEST else Act.RETIRED
            (shelf.remove if mode == TEST else shelf.retire)(row, self._now(), card.name)
            changed(connection, self._trail(opened), Entry(act, card.id))
        truncate_log(self._engine)
        return card

    def open_for_run(
        self, bindings: Mapping[str, SecretRef], run_id: str, admission: Admission = _TEST_RUN
    ) -> RunSecrets:
        """Open the bound secrets (slot → ref) for one run; audited before a value is held.

        Raises ``SecretMissing`` for one that is gone, ``SecretUnfit`` for one of the other mode,
        ``SecretFrozen`` and ``VaultDamaged``, audited as refused. Without bindings needs no vault.
        """
        if not bindings:
            return RunSecrets(())
        trail = replace(self.trail(), run_id=run_id)
        opened = {slot: self._bind(slot, ref, trail, admission) for slot, ref in bindings.items()}
        bound = with_values(opened, trail, admission.needs)
        with writing(self._engine) as connection:
            admission.fence.confirm(connection)
            for one in bound:
                trail.append(connection, Entry.opening(one.slot, one.card.id, one.card.version))
        return RunSecrets(bound, admission.fence)

    def _bind(self, slot: str, ref: SecretRef, trail: Trail, admission: Admission) -> Opened:
        try:
            with reading(self._engine) as connection:
                shelf = self._shelf(connection)
                row = shelf.find(ref.id)
                admission.check(slot, shelf.records.describe(row).card, trail)
                opened = shelf.records.open(row, admission.mode)
        except (SecretMissing, SecretUnfit, SecretFrozen, VaultDamaged) as error:
            known = ref.id if is_id(ref.id) else ""
            trail.record(Entry.opening(slot, known).refused(error.code))
            if isinstance(error, SecretMissing):
                raise SecretMissing(f"slot {slot}: {error.message}", hint=error.hint) from None
            raise
        return opened

    def _replace(self, shelf: Shelf, row: RowMapping, after: Opened, act: Act) -> None:
        card, version = after.card, row["current_version"] + 1
        opened = self._open()
        place = Place(
            opened.vault_id, self.project, card.id, version, card.mode, card.type, card.visibility
        )
        draft = Draft(place, card.name, card.origins, self.actor, self._now(), *after.sealed())
        shelf.replace(row, draft)
        changed(shelf.connection, self._trail(opened), Entry(act, card.id, version=version))

    def _open(self) -> Unlocked:
        return self.opening.open()

    def _shelf(self, connection: Connection, *, seals: bool = False) -> Shelf:
        opened = (self.opening.sealing if seals else self.opening.current)(connection)
        return Shelf(connection, Records(opened.vault_id, opened.ring), self.project)

    def _trail(self, opened: Unlocked) -> Trail:
        trail = Trail(self._engine, opened.ring, opened.vault_id, self.actor, self.clock)
        return replace(trail, anchor=self.opening.anchor, project=self.project)

    def _now(self) -> str:
        return timestamp(self.clock())
