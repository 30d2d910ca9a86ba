"""The vault: add, describe, rotate, delete secrets, and open them for one run.

Every change and its audit row are one transaction. All methods may be called from any thread.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from agent.errors import SecretMissing, UsageError, VaultDamaged
from agent.vault.audit import Act, Entry, Trail, timestamp
from agent.vault.fields import check_name, did_you_mean
from agent.vault.open import Bound, RunSecrets
from agent.vault.opening import Opening
from agent.vault.origin import OriginPolicy
from agent.vault.places import Place
from agent.vault.providers import PROVIDERS
from agent.vault.records import Draft, Opened, Records
from agent.vault.secret import SecretCard
from agent.vault.secret_types import SECRET_TYPES
from agent.vault.shelf import MODE, PROJECT, Shelf, is_id
from agent.vault.transactions import reading, truncate_log, writing
from agent.vault.unlock import Unlocked, create, vault_row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection, Engine, RowMapping

    from agent.vault.keyslots import Unlocker
    from agent.vault.secret import SecretRef

VISIBILITY: Final = "restricted"


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret to add; ``fields`` are the values as entered."""

    name: str
    type: str
    fields: Mapping[str, str] = field(repr=False)
    origins: OriginPolicy
    provider: str = "local"


class Vault:
    """The secrets of one database, opened with what ``unlocker`` holds.

    The key is fetched once, by the first call that needs it. ``actor`` is who the audit names.
    """

    def __init__(
        self,
        engine: Engine,
        unlocker: Unlocker,
        *,
        actor: str = "local",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._unlocker = unlocker
        self._actor = actor
        self._clock = clock
        self._opening = Opening(engine, unlocker)

    @property
    def is_created(self) -> bool:
        """Whether the database holds a vault; needs no key."""
        with reading(self._engine) as connection:
            return vault_row(connection) is not None

    def create(self) -> None:
        """Make the vault and its key unless there is one; ``add`` does this on first use."""
        with writing(self._engine) as connection:
            if vault_row(connection) is not None:
                return
            made = create(connection, self._unlocker, self._now())
            self._trail(made).append(connection, Entry(Act.CREATED, made.vault_id))

    def trail(self) -> Trail:
        """Give the audit trail, to read and to verify."""
        return self._trail(self._opening.open())

    def add(self, new: NewSecret) -> SecretCard:
        """Seal a new secret. Raises ``UsageError`` for a bad field or a name in use."""
        values = _checked(new.type, new.fields)
        check_name(new.name)
        if is_id(new.name):
            raise UsageError("a secret's name may not look like an id", hint="choose a word")
        if not self.is_created:
            self.create()
        opened = self._open()
        place = Place(opened.vault_id, PROJECT, str(uuid4()), 1, MODE, new.type, VISIBILITY)
        draft = Draft(place, new.name, new.origins, *self._stamp(), new.provider, values)
        with writing(self._engine) as connection:
            shelf = self._shelf(connection)
            if any(row["deleted_at"] is None for row in shelf.named(new.name)):
                raise UsageError(
                    f"there is a secret named {new.name} already",
                    hint="runner secrets rotate gives it new values; or choose another name",
                )
            shelf.put(draft)
            added = Entry(Act.ADDED, place.secret_id, version=place.version)
            self._trail(opened).append(connection, added)
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

    def card(self, ref_or_name: str) -> SecretCard:
        """Describe one secret. Raises ``SecretMissing``, which says when it was deleted."""
        self._open()
        with reading(self._engine) as connection:
            shelf = self._shelf(connection)
            return shelf.records.describe(shelf.find(ref_or_name)).card

    def rotate(
        self, ref_or_name: str, fields: Mapping[str, str], *, origins: OriginPolicy | None = None
    ) -> SecretCard:
        """Seal new values under the same id, and with them (if given) other origins.

        All fields are given anew, as ``add`` takes them; the version before stays sealed until
        ``purge``.
        """
        self._open()
        with writing(self._engine) as connection:
            shelf = self._shelf(connection)
            row = shelf.find(ref_or_name)
            before = shelf.records.describe(row)
            values = _checked(before.card.type, fields)
            after = replace(before.card, origins=origins or before.card.origins)
            self._replace(shelf, row, Opened(after, before.provider, values), Act.ROTATED)
        truncate_log(self._engine)
        return self.card(row["id"])

    def narrow(self, ref_or_name: str, origins: OriginPolicy) -> SecretCard:
        """Let a secret go to fewer origins; needs no values.

        Raises ``UsageError`` when ``origins`` allows anything that was not allowed: changing where
        a secret may go is as good as reading it, so that needs the values again.
        """
        self._open()
        with writing(self._engine) as connection:
            shelf = self._shelf(connection)
            row = shelf.find(ref_or_name)
            before = shelf.records.open(row)
            if not before.card.origins.covers(origins):
                raise UsageError(
                    f"{before.card.name} would be allowed to go to more origins than before",
                    hint="rotate the secret: give its values again together with the new origins",
                )
            after = replace(before, card=replace(before.card, origins=origins))
            self._replace(shelf, row, after, Act.NARROWED)
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
            self._trail(self._open()).append(connection, entry)
        truncate_log(self._engine)
        return gone

    def delete(self, ref_or_name: str) -> SecretCard:
        """Shred a secret: its key and values go, its id and the time stay known.

        A damaged secret can be deleted too, by its id; it has no name any more.
        """
        opened = self._open()
        with writing(self._engine) as connection:
            shelf = self._shelf(connection)
            row = shelf.find(ref_or_name)
            card = _card_of(shelf, row)
            shelf.remove(row, self._now())
            self._trail(opened).append(connection, Entry(Act.DELETED, card.id))
        truncate_log(self._engine)
        return card

    def open_for_run(self, bindings: Mapping[str, SecretRef], run_id: str) -> RunSecrets:
        """Open the bound secrets (slot → ref) for one run; audited before a value is held.

        Raises ``SecretMissing`` for one that is gone and ``VaultDamaged``, audited as refused. A
        run that binds nothing needs no vault.
        """
        if not bindings:
            return RunSecrets(())
        trail = replace(self.trail(), run_id=run_id)
        bound = [self._bind(slot, ref, trail) for slot, ref in bindings.items()]
        with writing(self._engine) as connection:
            for one in bound:
                trail.append(connection, _opening(one.slot, one.card.id, one.card.version))
        return RunSecrets(bound)

    def _bind(self, slot: str, ref: SecretRef, trail: Trail) -> Bound:
        try:
            with reading(self._engine) as connection:
                shelf = self._shelf(connection)
                opened = shelf.records.open(shelf.find(ref.id))
        except (SecretMissing, VaultDamaged) as error:
            target = ref.id if is_id(ref.id) else ""
            trail.record(_opening(slot, target).refused(error.code))
            raise
        values = PROVIDERS[opened.provider]().values(opened.values)
        return Bound(slot, opened.card, trail, values)

    def _replace(self, shelf: Shelf, row: RowMapping, after: Opened, act: Act) -> None:
        card, version = after.card, row["current_version"] + 1
        opened = self._open()
        place = Place(
            opened.vault_id, PROJECT, card.id, version, card.mode, card.type, card.visibility
        )
        draft = Draft(place, card.name, card.origins, *self._stamp(), after.provider, after.values)
        shelf.replace(row, draft)
        entry = Entry(act, card.id, version=version)
        self._trail(opened).append(shelf.connection, entry)

    def _open(self) -> Unlocked:
        return self._opening.open()

    def _shelf(self, connection: Connection) -> Shelf:
        opened = self._opening.current(connection)
        return Shelf(connection, Records(opened.vault_id, opened.ring))

    def _trail(self, opened: Unlocked) -> Trail:
        trail = Trail(self._engine, opened.ring, opened.vault_id, self._actor, self._clock)
        return replace(trail, anchor=self._opening.anchor)

    def _stamp(self) -> tuple[str, str]:
        return self._actor, self._now()

    def _now(self) -> str:
        return timestamp(self._clock())


def _checked(kind: str, fields: Mapping[str, str]) -> dict[str, str]:
    if kind not in SECRET_TYPES:
        raise UsageError(
            f"there is no type of secret {kind!r:.60}{did_you_mean(kind, SECRET_TYPES)}",
            hint=f"the types are {', '.join(SECRET_TYPES)}",
        )
    return SECRET_TYPES[kind].validate(fields)


def _opening(slot: str, target: str, version: int = 0) -> Entry:
    return Entry(Act.OPENED, target, slot=slot, version=version)


def _card_of(shelf: Shelf, row: RowMapping) -> SecretCard:
    try:
        return shelf.records.describe(row).card
    except VaultDamaged:
        return SecretCard(
            id=row["id"],
            name="(damaged)",
            type=row["kind"],
            fields=(),
            origins=OriginPolicy(()),
            version=row["current_version"],
            mode=row["mode"],
            visibility=row["visibility"],
            created_at=row["created_at"],
        )
