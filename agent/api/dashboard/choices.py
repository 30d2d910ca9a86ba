"""What the Run dialog offers: for each slot the secrets that fit it, and fields for the inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from agent.vault.origin import OriginPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from agent.planner.shape import SlotShape, TaskShape
    from agent.vault.secret import SecretCard


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """One slot of the dialog; ``chosen`` is the id of the secret that is selected.

    ``making`` leads to the form of a new secret that fits.
    """

    name: str
    type: str
    needs: str
    fitting: tuple[SecretCard, ...]
    chosen: str
    making: str = ""


@dataclass(frozen=True, slots=True)
class InputField:
    """One input of the dialog; ``default`` is None where a value must be given.

    ``entry`` is the type of the field in HTML; where there are ``choices`` it is a list of them.
    """

    name: str
    type: str
    description: str
    default: Any
    given: str
    entry: str = "text"
    choices: tuple[tuple[str, str], ...] = ()


def slots_of(
    shape: TaskShape, cards: Iterable[SecretCard], chosen: Mapping[str, str], task_id: str
) -> list[SlotChoice]:
    """Offer for each slot the secrets whose type, fields, key and sites are what it needs.

    The only one that fits is chosen already; so is the one of the last run, where it still fits.
    """
    cards = list(cards)
    return [
        replace(_choice(slot, cards, chosen), making=making(task_id, slot))
        for slot in shape.slots
        if not slot.given
    ]


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
            _entry(wanted),
            tuple(_choices(wanted)),
        )
        for name, wanted in shape.inputs["properties"].items()
    ]


def _entry(wanted: Mapping[str, Any]) -> str:
    if wanted.get("format") == "date":
        return "date"
    return "number" if wanted.get("type") in ("integer", "number") else "text"


def _choices(wanted: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if wanted.get("type") == "boolean":
        yield from (("true", "yes"), ("false", "no"))
    for value in wanted.get("enum", ()):
        yield str(value), str(value)


def making(task_id: str, slot: SlotShape) -> str:
    """Give the address of the form for a secret that this slot of a task needs."""
    sites = [origin for origin in slot.origins if "${" not in origin]
    wanted = {"type": slot.type, "next": f"/tasks/{task_id}", "slot": slot.name}
    return f"/secrets/new?{urlencode({**wanted, 'origins': chr(10).join(sites)})}"


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
