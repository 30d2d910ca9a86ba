"""Secrets that came without a word on where they may go: settled when they are first bound.

Some programs keep a secret and say later which task it is for. Until then it may go nowhere: its
one origin is a name that no site can have (RFC 2606). Whoever may keep secrets binds it first, and
with that says where it goes; from then on its origins are its own, and no task has a say in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.planner import explain
from agent.runner.tasks import task_of
from agent.tasks.inputs import as_text
from agent.vault.origin import OriginPolicy
from agent.vault.policy import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.runner.house import House
    from agent.runs.task_store import StoredTask
    from agent.tasks import Scalar

NOWHERE: Final = OriginPolicy.parse(["https://not-bound-yet.invalid"])
"""The origins of a secret that may go nowhere yet."""


def settle(
    house: House,
    stored: StoredTask,
    bindings: Mapping[str, str],
    inputs: Mapping[str, Scalar],
) -> None:
    """Let the unsettled of the bound secrets go where their slots say, from now on.

    Others are left as they are. Raises ``NotAllowed`` for an actor who may not keep secrets,
    ``SecretMissing`` and ``UsageError``.
    """
    cards = {slot: house.card(ref, house.actor.mode) for slot, ref in bindings.items()}
    unsettled = {slot: card for slot, card in cards.items() if card.origins == NOWHERE}
    if not unsettled:
        return
    for card in unsettled.values():
        house.permit(Action.CREATE, card)
    texts = {name: as_text(value) for name, value in inputs.items()}
    sites = {line.name: line.sites for line in explain(task_of(stored), texts).slots}
    for slot, card in unsettled.items():
        known = [site for site in sites.get(slot, ()) if "://" in site]
        house.vault.widen(card.id, OriginPolicy.parse(known), proven=True)
