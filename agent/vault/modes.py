"""A run and the secrets bound to it are of one mode, test or live; checked without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import SecretUnfit
from agent.vault.policy import TEST

if TYPE_CHECKING:
    from agent.vault.secret import SecretCard


def check_mode(slot: str, card: SecretCard, mode: str) -> None:
    """Raise ``SecretUnfit`` for a secret of another mode than the run's."""
    if card.mode == mode:
        return
    hint = (
        "bind a secret of the same mode, or run it with --mode live"
        if mode == TEST
        else "deploy the task: runner deploy copies the test secrets you choose"
    )
    raise SecretUnfit(
        f"slot {slot}: the secret {card.name} is a {card.mode} secret and the run is in "
        f"{mode} mode; they never mix",
        hint=hint,
    )
