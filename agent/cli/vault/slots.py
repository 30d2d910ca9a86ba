"""What is shown of key slots."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from agent.cli.speech import document, tell

if TYPE_CHECKING:
    from agent.vault.custody import SlotCard


def report_slot(slot: SlotCard, sentence: str, *, as_json: bool) -> None:
    """Say what was done with a key slot."""
    if as_json:
        document(asdict(slot))
    else:
        tell(sentence)
