"""Puts slots in the place of what was typed into fields that look like credentials.

A recording holds every typed text, passwords too. What leaves here holds none that was typed into
such a field, in no step and in no address: what cannot be cleaned is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from agent.errors import UsageError
from agent.tasks.placeholders import texts
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.tasks.importing.recording import Recording

SHORTEST = 3
_WORDS = {
    "password": r"pass ?w(?:or)?d|\bpass(?!eng|port|age|ion|iv)|(?<!com)(?<!by)pass\b|\bpwd?\b"
    r"|kennwort|passwort|contrase|mot de passe|\bsenha\b|wachtwoord|parola|heslo|haslo|hasło"
    r"|пароль|密码|パスワード|비밀번호",
    "totp": r"\botp\b|\btotp\b|\bmfa\b|\b2fa\b|one.?time|authenticat|verification|two.?factor"
    r"|security code|einmal|\bcode\b|\btan\b",
    "value": r"secret|token|api.?key|\bpin\b|\bcvv\b|\bcvc\b|card.?number|\biban\b|\bssn\b"
    r"|private.?key|credential|security answer",
    "username": r"user|e.?mail|login|account|benutzer|usuario|identif|phone|anmelde",
}
_NO_CODE = re.compile(r"post|zip|promo|coupon|voucher|country|area|language|booking", re.IGNORECASE)
_PATTERNS = {kind: re.compile(words, re.IGNORECASE) for kind, words in _WORDS.items()}


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
    site: str = ""


def cleaned(recording: Recording) -> Cleaned:
    """Make a task of a recording. Raises ``UsageError`` for one without a step."""
    work = _Cleaning([dict(step) for step in recording.steps])
    passwords = {_of(step) for step in work.steps} & {"password"}
    for place, step in enumerate(work.steps, start=1):
        if step["type"] == "goto":
            work.site = _site(step["url"]) or work.site
        kind = _of(step)
        if kind is not None and not (kind == "username" and not passwords):
            _fill(work, step, kind, place)
    left_out = list(recording.left_out)
    steps = list(_without(work, left_out))
    if not steps:
        raise UsageError("the recording has no step that a task could have")
    name = recording.title if not _holds(recording.title, work.values) else "Imported task"
    document: dict[str, Any] = {"name": name[:100].strip() or "Imported task"}
    if work.slots:
        document["slots"] = work.slots
    return Cleaned(document | {"steps": steps}, work.filled, left_out)


def _of(step: dict[str, Any]) -> str | None:
    """Say what a field is for, by the words of its target; a password before all else."""
    if step["type"] not in ("fill", "select_option") or not isinstance(step.get("value"), str):
        return None
    target = " ".join(text for _, text in texts(step.get("target")))
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-]", " ", target)
    found = next((kind for kind, words in _PATTERNS.items() if words.search(spaced)), None)
    return None if found == "totp" and _NO_CODE.search(spaced) else found


def _fill(work: _Cleaning, step: dict[str, Any], kind: str, place: int) -> None:
    work.values.add(step["value"])
    if kind == "value":
        slot = f"SECRET_{sum(one['type'] == 'value' for one in work.slots.values()) + 1}"
        work.slots[slot] = {"type": "value"}
    else:
        slot = "LOGIN"
        login = work.slots.setdefault(slot, {"type": "login"})
        if kind == "totp":
            login["totp"] = "required"
    if work.site:
        work.slots[slot]["origins"] = sorted({*work.slots[slot].get("origins", ()), work.site})
    element = next((text for _, text in texts(step["target"])), "")
    step["type"], step["value"] = "fill", {"secret": slot, "field": kind}
    for key in ("label", "index"):
        step.pop(key, None)
    if not _holds(element, work.values - {""}):
        work.filled.append(Filled(place, element, slot, kind))
    else:
        work.filled.append(Filled(place, "a field", slot, kind))


def _without(work: _Cleaning, left_out: list[str]) -> Iterator[dict[str, Any]]:
    """Give the steps that repeat no credential; of addresses, without their query."""
    values = {value for value in work.values if len(value) >= SHORTEST}
    for step in work.steps:
        kept = step
        if isinstance(step.get("url"), str) and _holds(step["url"], values):
            kept = step | {"url": re.split(r"[?#]", step["url"])[0]}
        if any(_holds(text, values) for _, text in texts(kept)):
            told = (
                f"a step of type {step['type']} that repeats what was typed into a credential field"
            )
            if told not in left_out:
                left_out.append(told)
            continue
        yield kept


def _holds(text: str, values: set[str]) -> bool:
    forms = {form for value in values for form in (value, quote(value, safe=""), quote_plus(value))}
    return any(form in text for form in forms if len(form) >= SHORTEST)


def _site(address: str) -> str:
    try:
        return str(Origin.parse(address))
    except UsageError:
        return ""
