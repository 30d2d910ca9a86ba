"""Secrets that came without a word on where they may go: settled when they are first bound.

Some programs keep a secret and say later which task it is for. Until then it may go nowhere: its
one origin is a name that no site can have (RFC 2606). Whoever may keep secrets binds it first, and
with that says where it goes; from then on its origins are its own, and no task has a say in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.vault.origin import OriginPolicy
from agent.vault.policy import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.runner.house import House
    from agent.vault.secret import SecretCard

NOWHERE: Final = OriginPolicy.parse(["https://not-bound-yet.invalid"])
"""The origins of a secret that may go nowhere yet."""


def settle(house: House, ref_or_name: str, origins: Sequence[str]) -> SecretCard:
    """Let an unsettled secret go to these origins from now on; any other is left as it is.

    Raises ``NotAllowed`` for an actor who may not keep secrets, ``SecretMissing`` and
    ``UsageError``.
    """
    card = house.card(ref_or_name, house.actor.mode)
    if card.origins != NOWHERE:
        return card
    house.permit(Action.CREATE, card)
    return house.vault.widen(card.id, OriginPolicy.parse(list(origins)), proven=True)
