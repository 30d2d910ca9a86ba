"""Webhooks: addresses that are told of ends of runs."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.errors import SecretMissing, UsageError
from agent.runs.states import State
from agent.vault.new_secret import NewSecret
from agent.vault.origin import Origin, OriginPolicy
from agent.vault.policy import Action
from agent.vault.signing import new_signing_key

if TYPE_CHECKING:
    from agent.runner.house import House
    from agent.runs.webhook_store import Deliveries, Webhook, Webhooks, WebhookStore

ENDS: Final = tuple(state.value for state in State if state.ended)
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """What a person asks for: the ends of runs in ``states`` (all when empty) are told to ``url``.

    ``local`` allows an address of this machine or of a private network, written as such.
    """

    name: str
    url: str
    states: tuple[str, ...] = ()
    local: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Hooks:
    """Use cases of webhooks. One that is not there, or another project's, is ``NotFound``."""

    house: House

    def add(self, new: NewWebhook) -> tuple[Webhook, str]:
        """Keep a webhook; gives the key its messages are signed with as well, this once.

        The key is a secret of the vault. Raises ``UsageError`` for a name in use or an address
        that is none.
        """
        self.house.permit(Action.WEBHOOKS)
        fields = _fields(new)
        if new.name.strip() in {one.name for one in self._store.list()}:
            raise UsageError(f"there is a webhook named {new.name.strip()!r:.120} already")
        key = new_signing_key()
        name = f"webhook {new.name.strip()} {uuid.uuid4().hex[:6]}"
        origins = OriginPolicy.parse([str(Origin.parse(new.url))])
        card = self.house.vault.add(NewSecret(name, "value", {"value": key}, origins))
        made = {"secret_id": card.id, "created_by": self.house.actor.name}
        return self._store.add(fields | made), key

    def change(self, id_or_name: str, new: NewWebhook) -> Webhook:
        """Put another address or other ends in the place of a webhook's; its key stays."""
        self.house.permit(Action.WEBHOOKS)
        return self._store.change(self._store.get(id_or_name).id, _fields(new))

    def list(self) -> Webhooks:
        """Give the webhooks by name."""
        self.house.permit(Action.WEBHOOKS)
        return self._store.list()

    def get(self, id_or_name: str) -> Webhook:
        """Give one by its id or name."""
        self.house.permit(Action.WEBHOOKS)
        return self._store.get(id_or_name)

    def delete(self, id_or_name: str) -> None:
        """Take a webhook away, its key, and what was on its way to it."""
        one = self.get(id_or_name)
        self._store.delete(one.id)
        try:
            self.house.vault.delete(one.secret_id)
        except SecretMissing:
            return  # somebody has deleted it already

    def deliveries(self, id_or_name: str, limit: int = 50) -> Deliveries:
        """Give the newest messages to a webhook and how each went."""
        return self._store.deliveries(self.get(id_or_name).id, limit)

    def test(self, id_or_name: str) -> str:
        """Put a test message on its way; gives its id. ``deliveries`` tells how it went."""
        one = self.get(id_or_name)
        message_id = f"test-{uuid.uuid4()}"
        told = {"type": "test", "data": {"webhook": one.name, "sent_at": time.time()}}
        self._store.put(one, message_id, told)
        return message_id

    @property
    def _store(self) -> WebhookStore:
        return self.house.store.webhooks


def _fields(new: NewWebhook) -> dict[str, object]:
    name = new.name.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        raise UsageError(f"a webhook's name has 1 to {_LONGEST_NAME} letters")
    origin = Origin.parse(new.url)
    if origin.scheme != "https" and not (new.local and origin.scheme == "http"):
        raise UsageError("a webhook's address begins with https://")
    unknown = [state for state in new.states if state not in ENDS]
    if unknown:
        raise UsageError(f"a run does not end {unknown[0]!r:.40}", hint=f"{', '.join(ENDS)}")
    return {
        "name": name,
        "url": new.url,
        "states": " ".join(dict.fromkeys(new.states)),
        "local": new.local,
        "paused": new.paused,
    }
