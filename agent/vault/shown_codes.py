"""The one-time code a person asks to see: to set up a second device, or to sign in by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import SecretUnfit
from agent.vault.admission import Admission
from agent.vault.reveal import CODE_FIELD, Code, show_code

if TYPE_CHECKING:
    from agent.vault.store import Vault

__all__ = ["Code", "code_for_person"]

_SLOT = "PERSON"


def code_for_person(vault: Vault, ref_or_name: str, *, now: float) -> Code:
    """Make the current code of a secret, audited before; ``now`` is in Unix seconds.

    A code a run has claimed is not shown, and one that was shown is claimed by no run: the site
    takes each once. Raises ``SecretUnfit`` for a secret without a TOTP key.
    """
    card = vault.card(ref_or_name)
    if not card.has(CODE_FIELD):
        raise SecretUnfit(
            f"the secret {card.name} has no TOTP key",
            hint="runner secrets rotate gives it one",
        )
    with vault.open_for_run({_SLOT: card.ref}, "", Admission(card.mode)) as opened:
        return show_code(opened[_SLOT], now=now)
