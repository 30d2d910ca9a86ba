"""Puts slots in the place of what was typed into fields that look like credentials.

A recording holds every typed text, passwords too. What leaves here holds none that was typed into
such a field, in no step and in no address: what cannot be cleaned is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from agent.errors import UsageError
from agent.tasks.importing.kinds import kind_by_words
from agent.tasks.importing.prints import SHORTEST, repeats
from agent.tasks.importing.recording import Typed
from agent.tasks.importing.signing_in import with_sign_in
from agent.tasks.placeholders import texts
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agent.tasks.importing.recording import Print, Recording
    from agent.tasks.importing.signing_in import Numbered

LOGIN = "LOGIN"
NEW = "new-password"


@dataclass(frozen=True, slots=True)
class Filled:
    """One field and the slot that fills it now; ``step`` counts from 1."""

    step: int
    element: str
    slot: str
    field: str


@dataclass(slots=True)
class Cleaned:
    """A task document without what was typed into credential fields, and what became of it."""

    document: dict[str, Any]
    filled: list[Filled]
    left_out: list[str]


@dataclass(slots=True)
class _Cleaning:
    steps: list[dict[str, Any]]
    slots: dict[str, dict[str, Any]] = field(default_factory=dict)
    filled: list[Filled] = field(default_factory=list)
    values: set[str] = field(default_factory=set, repr=False)
    prints: list[Print] = field(default_factory=list, repr=False)
    site: str = ""

    def repeats(self, text: str) -> bool:
        """Tell whether a text holds what was typed into a credential field."""
        return _holds(text, self.values) or any(repeats(text, one) for one in self.prints)


def cleaned(recording: Recording) -> Cleaned:
    """Make a task of a recording. Raises ``UsageError`` for one without a step."""
    work = _Cleaning([dict(step) for step in recording.steps])
    kinds = [_kind(step) for step in work.steps]
    chooses = NEW in kinds
    for place, (step, kind) in enumerate(zip(work.steps, kinds, strict=True), start=1):
        if step["type"] == "goto":
            work.site = _site(step["url"]) or work.site
        if kind and (kind != "username" or _withheld(step) or {"password", NEW} & set(kinds)):
            _fill(work, step, kind, place)
        elif isinstance(typed := step.get("value"), Typed):
            step["value"] = typed.text
    left_out = list(recording.left_out)
    kept = list(_without(work, left_out))
    if not kept:
        raise UsageError("the recording has no step that a task could have")
    if not chooses:
        kept = with_sign_in(kept, LOGIN, _beside(recording, work))
    name = recording.title if not work.repeats(recording.title) else "Imported task"
    document: dict[str, Any] = {"name": name[:100].strip() or "Imported task"}
    if work.slots:
        document["slots"] = work.slots
    steps = [step for _, step in kept]
    return Cleaned(document | {"steps": steps}, _numbered(work.filled, kept), left_out)


def _beside(recording: Recording, work: _Cleaning) -> Callable[[dict[str, Any]], bool] | None:
    told = recording.beside_login
    if told is None:
        return None
    pairs = zip(recording.steps, work.steps, strict=True)
    mine = {id(new) for old, new in pairs if id(old) in told}
    return lambda step: id(step) in mine


def _numbered(filled: Sequence[Filled], kept: Sequence[Numbered]) -> list[Filled]:
    """Count the steps as the task has them now; one that is left out is not told of."""
    places = {old: new for new, (held, _) in enumerate(kept, start=1) for old in held}
    return [replace(one, step=places[one.step]) for one in filled if one.step in places]


def _withheld(step: dict[str, Any]) -> bool:
    value = step.get("value")
    return isinstance(value, Typed) and value.text is None


def _kind(step: dict[str, Any]) -> str | None:
    """Say what was typed: what our own recorder found, or by the words of its target."""
    value = step.get("value")
    if isinstance(value, Typed) and _withheld(step):
        return value.kind
    if step["type"] not in ("fill", "select_option") or not isinstance(value, (str, Typed)):
        return None
    return kind_by_words(" ".join(text for _, text in texts(step.get("target"))))


def _fill(work: _Cleaning, step: dict[str, Any], kind: str, place: int) -> None:
    typed = step["value"] if isinstance(step["value"], Typed) else Typed(step["value"])
    if typed.text is not None:
        work.values.add(typed.text)
    if typed.print is not None and typed.print.length >= SHORTEST:
        work.prints.append(typed.print)
    slot, slot_field = _slot(work, kind)
    sites = {site for one in typed.origins if (site := _site(one))} or {work.site} - {""}
    if sites:
        work.slots[slot]["origins"] = sorted({*work.slots[slot].get("origins", ()), *sites})
    element = next((text for _, text in texts(step["target"])), "")
    step["type"], step["value"] = "fill", {"secret": slot, "field": slot_field}
    for key in ("label", "index"):
        step.pop(key, None)
    shown = "a field" if work.repeats(element) else element
    work.filled.append(Filled(place, shown, slot, slot_field))


def _slot(work: _Cleaning, kind: str) -> tuple[str, str]:
    """Give the slot for a kind of credential, and its field; makes the slot where there is none."""
    if kind == "value":
        name = f"SECRET_{sum(one['type'] == 'value' for one in work.slots.values()) + 1}"
        work.slots[name] = {"type": "value"}
        return name, "value"
    login = work.slots.setdefault(LOGIN, {"type": "login"})
    if kind == "totp":
        login["totp"] = "required"
    return LOGIN, "password" if kind == NEW else kind


def _without(work: _Cleaning, left_out: list[str]) -> Iterator[Numbered]:
    """Give the steps that repeat no credential; of addresses, without their query."""
    for number, step in enumerate(work.steps, start=1):
        kept = step
        if isinstance(step.get("url"), str) and work.repeats(step["url"]):
            # In place, since the step is known by its identity.
            kept["url"] = re.split(r"[?#]", step["url"])[0]
        if any(work.repeats(text) for _, text in texts(kept)):
            told = (
                f"a step of type {step['type']} that repeats what was typed into a credential field"
            )
            if told not in left_out:
                left_out.append(told)
            continue
        yield (number,), kept


def _holds(text: str, values: set[str]) -> bool:
    forms = {form for value in values for form in (value, quote(value, safe=""), quote_plus(value))}
    return any(form in text for form in forms if len(form) >= SHORTEST)


def _site(address: str) -> str:
    try:
        return str(Origin.parse(address))
    except UsageError:
        return ""
