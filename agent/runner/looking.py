"""Use cases on files that no run of ours left: which values to look for in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.vault.policy import TEST, Action, check_choice
from agent.vault.sought import sought_in_vault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.runner.house import House
    from agent.vault.open import RunSecrets


@dataclass(frozen=True, slots=True)
class Looking:
    """Opens secrets to look for their values."""

    house: House

    def sought(self, names: Sequence[str] = (), mode: str = TEST) -> RunSecrets:
        """Open the named secrets, or all of a mode, to look for them; audited.

        Asks for the right to bind each. Raises ``SecretMissing``.
        """
        check_choice(mode)
        if names:
            cards = [self.house.card(name, mode) for name in names]
        else:
            self.house.permit(Action.SEE)
            cards = [card for card in self.house.vault.cards() if card.mode == mode]
        for card in cards:
            self.house.permit(Action.BIND, card)
        return sought_in_vault(self.house.vault, cards, mode)
