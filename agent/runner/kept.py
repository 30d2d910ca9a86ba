"""Kept sessions: what there is, and dropping it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.vault.kept_sessions import KeptSessions
from agent.vault.origin import Origin
from agent.vault.policy import Action

if TYPE_CHECKING:
    from agent.runner.house import House
    from agent.vault.kept_rows import KeptCard
    from agent.vault.secret import SecretCard


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One kept session and the secret it was signed in with."""

    card: SecretCard
    kept: KeptCard


@dataclass(frozen=True, slots=True)
class Kept:
    """Use cases about kept sessions."""

    house: House

    def lines(self) -> list[KeptLine]:
        """List the sessions of this project's secrets, the newest first; never what is in them."""
        self.house.permit(Action.SEE)
        cards = {card.id: card for card in self.house.vault.cards()}
        if not cards:
            return []
        found = KeptSessions(self.house.vault.trail()).cards(cards.keys())
        return [KeptLine(cards[one.secret_id], one) for one in found]

    def drop(self, ref_or_name: str, origin: str = "") -> list[str]:
        """Drop the sessions of a secret, or the one at ``origin``; gives where they were."""
        card = self.house.card(ref_or_name)
        self.house.permit(Action.FREEZE, card)
        at = str(Origin.parse(origin)) if origin else ""
        return KeptSessions(self.house.vault.trail()).drop(card, at)

    def drop_all(self) -> list[str]:
        """Drop every session of the vault, also where one was altered and cannot be read."""
        self.house.permit(Action.KEYS)
        return KeptSessions(self.house.vault.trail()).drop_all()
