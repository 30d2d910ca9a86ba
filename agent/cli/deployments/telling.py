"""A deployment in words, and what a new one would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.cli.speech import say

if TYPE_CHECKING:
    from agent.vault.deployments import Deployment, Proposal

SHORT = 12


def deployment_document(one: Deployment) -> dict[str, Any]:
    """Give a deployment as plain values for scripts."""
    return {
        "id": one.id,
        "name": one.name,
        "number": one.number,
        "digest": one.digest,
        "source": one.source,
        "bindings": {
            slot: {
                "secret": bound.secret,
                "source_secret_id": bound.source or None,
                "source_version": bound.source_version or None,
            }
            for slot, bound in one.bindings.items()
        },
        "created_by": one.created_by,
        "created_at": one.created_at,
    }


def tell_difference(proposal: Proposal) -> None:
    """Say what a deployment changes: the task, and what each slot gets."""
    before = proposal.before
    if before is None:
        say(f"+ {proposal.name}: a new deployment, task {proposal.digest[:SHORT]}")
    elif before.digest == proposal.digest:
        say(f"  {proposal.name}: the task is as in number {before.number}")
    else:
        change = f"{before.digest[:SHORT]} becomes {proposal.digest[:SHORT]}"
        say(f"~ {proposal.name}: the task changes since number {before.number}: {change}")
    for slot, card in proposal.copies.items():
        sites = ", ".join(card.origins.texts())
        say(f"+ {slot}: a live copy of the test secret “{card.name}” (version {card.version})")
        say(f"      for {sites}; {card.visibility}")
    for slot, card in proposal.live.items():
        held = before.bindings.get(slot) if before else None
        mark = " " if held and held.secret == card.id else "~"
        say(f"{mark} {slot}: the live secret “{card.name}” ({card.id})")
    for slot in before.bindings if before else ():
        if slot not in proposal.copies and slot not in proposal.live:
            say(f"- {slot}: no slot of the task any more")
