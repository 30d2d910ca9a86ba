"""What a page offers to the one who looks at it; the use case still decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.vault.policy import TEST, Action, Decision, Thing, decide

if TYPE_CHECKING:
    from agent.api.asking import Asking
    from agent.vault.secret import SecretCard


def may(asked: Asking, action: Action, card: SecretCard | None = None, mode: str = TEST) -> bool:
    """Tell whether there is any way in which the person could do something."""
    actor = asked.caller.actor
    if actor.only is not None and action not in actor.only.actions:
        return False
    thing = Thing(actor.project, mode) if card is None else Thing.of(card, actor.project)
    return decide(actor, action, thing) is not Decision.DENY
