"""What the Run dialog offers: for each slot the secrets that fit it, and fields for the inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.vault.origin import OriginPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agent.planner.shape import SlotShape, TaskShape
    from agent.vault.secret import SecretCard


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """One slot of the dialog; ``chosen`` is the id of the secret that is selected."""

    name: str
    type: str
    needs: str
    fitting: tuple[SecretCard, ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class InputField:
    """One input of the dialog; ``default`` is None where a value must be given."""

    name: str
    type: str
    description: str
    default: Any
    given: str


def slots_of(
    shape: TaskShape, cards: Iterable[SecretCard], chosen: Mapping[str, str]
) -> list[SlotChoice]:
    """Offer for each slot the secrets whose type, fields, key and sites are what it needs.

    The only one that fits is chosen already; so is the one of the last run, where it still fits.
    """
    cards = list(cards)
    return [_choice(slot, cards, chosen) for slot in shape.slots if not slot.given]


def fits(slot: SlotShape, card: SecretCard) -> bool:
    """Tell whether a secret could be bound to a slot, whatever its mode."""
    needed = {*slot.fields, *(["totp"] if slot.totp else [])}
    if card.type != slot.type or not needed <= set(card.fields):
        return False
    # An origin that an input makes is known when the run is placed, and checked then.
    known = [origin for origin in slot.origins if "${" not in origin]
    return not known or card.origins.covers(OriginPolicy.parse(known))


def inputs_of(shape: TaskShape, given: Mapping[str, str]) -> list[InputField]:
    """Make a field of each input, from its JSON Schema."""
    return [
        InputField(
            name,
            str(wanted.get("type", "string")),
            str(wanted.get("description", "")),
            wanted.get("default"),
            given.get(name, ""),
        )
        for name, wanted in shape.inputs["properties"].items()
    ]


def needs(slot: SlotShape) -> str:
    """Say in words what a slot needs."""
    told = f"a {slot.type.replace('_', ' ')}"
    told += " with a TOTP key" if slot.totp else ""
    told += f" for {', '.join(slot.origins)}" if slot.origins else ""
    return f"{slot.description} ({told})" if slot.description else told


def _choice(slot: SlotShape, cards: Sequence[SecretCard], chosen: Mapping[str, str]) -> SlotChoice:
    fitting = tuple(card for card in cards if fits(slot, card))
    before = chosen.get(slot.name, "")
    known = before if before in {card.id for card in fitting} else ""
    alone = fitting[0].id if len(fitting) == 1 else ""
    return SlotChoice(slot.name, slot.type, needs(slot), fitting, known or alone)
