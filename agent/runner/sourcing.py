"""Secrets that are kept elsewhere: moving a value, and slots that say themselves where it is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.errors import SecretMissing, UsageError
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.policy import TEST, Action, Thing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agent.runner.house import House
    from agent.tasks import Slot
    from agent.vault.secret import SecretCard
    from agent.vault.sourcing.contents import Source

_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Sourcing:
    """Use cases about where values are kept."""

    house: House

    def move(self, ref_or_name: str, source: Source, fields: Mapping[str, str]) -> SecretCard:
        """Keep a secret's value elsewhere, or in the vault again, under the same id.

        ``fields`` are its values where the vault is to keep them, else none. Bindings stay as
        they are. Raises ``UsageError`` for a reference that does not fit.
        """
        card = self.house.card(ref_or_name)
        self.house.permit(Action.ROTATE, card)
        return self.house.vault.rotate(card.id, fields, source=source)

    def cards(
        self, slots: Mapping[str, Slot], bound: Collection[str], mode: str
    ) -> dict[str, SecretCard]:
        """Give the secrets of the slots that say where their value is and have none bound.

        The first use of a reference stores it as a test secret, with the slot's origins; after
        that a task has no say in where it may go. A live run uses only what was deployed.
        """
        found = {}
        for name, slot in slots.items():
            if slot.source is None or name in bound:
                continue
            card = self._card(name, slot, slot.source.source(), mode)
            if card is not None:
                self.house.permit(Action.BIND, card)
                found[name] = card
        return found

    def _card(self, name: str, slot: Slot, source: Source, mode: str) -> SecretCard | None:
        called = name_of(slot.type, source)
        known = self._known(called, mode)
        if known is not None or mode != TEST:
            return known
        thing = Thing(self.house.actor.project, mode, name=called)
        self.house.let(Action.CREATE, thing)
        origins = OriginPolicy.parse(slot.origins)
        try:
            return self.house.vault.add(NewSecret(called, slot.type, {}, origins, source=source))
        except UsageError as error:
            known = self._known(called, mode)  # another run was faster
            if known is None:
                raise UsageError(f"slot {name}: {error.message}", hint=error.hint) from None
            return known

    def _known(self, called: str, mode: str) -> SecretCard | None:
        vault = self.house.vault
        if not vault.is_created:
            return None
        try:
            card = vault.card(called, mode)
        except SecretMissing:
            return None
        return card if card.mode == mode else None


def name_of(kind: str, source: Source) -> str:
    """Name the secret of a reference: the same for the same reference, whoever writes it."""
    reference = json.dumps(dict(source.reference), sort_keys=True, separators=(",", ":"))
    whole = f"{kind}/{source.provider}/{reference}"
    digest = hashlib.sha256(whole.encode()).hexdigest()[:12]
    where = str(source.reference.get("secret_name", source.provider))
    key = source.reference.get("key")
    shown = f"{where} {key}" if key else where
    return f"{shown[-_SHOWN:].strip()} ({source.provider} {digest})"
