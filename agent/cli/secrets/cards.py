"""What is shown of a secret: everything but its values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.cli.speech import document, tell

if TYPE_CHECKING:
    from agent.vault.secret import SecretCard


DOTS = "••••••••"
"""What stands for a value, whatever its length."""


def card_document(card: SecretCard) -> dict[str, Any]:
    """Give a card as plain values for scripts."""
    return {
        "id": card.id,
        "name": card.name,
        "type": card.type,
        "fields": list(card.fields),
        "origins": list(card.origins.texts()),
        "version": card.version,
        "mode": card.mode,
        "visibility": card.visibility,
        "created_at": card.created_at,
        "source": card.source,
        **({"reference": json.loads(card.reference)} if card.reference else {}),
    }


def report_card(card: SecretCard, sentence: str, *, as_json: bool) -> None:
    """Say what was done to a secret: its card for scripts, one sentence for people."""
    if as_json:
        document(card_document(card))
    else:
        tell(sentence)
