"""What the weights are given: named properties of a form, of a field in it, of a button of it.

Every property either holds or does not, so a score is the sum of the weights of those that hold.
Properties are about kinds of words, never about words or sites.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.login.fields import NAMING
from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agent.login.facts import RawButton
    from agent.login.fields import Clues
    from agent.login.groups import Group, Page

_TOLD = frozenset({"sign_in", "sign_up", "recovery", "newsletter", "search", "new"})
_FORM_WORDS = {
    "button": _TOLD | {"go_on", "with", "forgot", "resend", "company"},
    "heading": _TOLD,
    "title": _TOLD,
    "line": frozenset({"sign_in", "sign_up", "recovery", "forgot", "terms", "newsletter"}),
    "link": frozenset({"sign_in", "sign_up", "recovery", "forgot", "terms"}),
    "words": _TOLD,
    "tick": frozenset({"remember", "terms", "newsletter", "trust", "show"}),
    "field": frozenset({"username", "email", "phone", "sign_in", "sign_up", "forgot"})
    | {"search", "newsletter", "captcha", "code"},
}
_FIELD_WORDS = frozenset(
    {
        "username", "email", "phone", "not_username", "search", "newsletter", "captcha", "code",
        "second_factor", "recovery_code", "forgot", "recovery", "not_code", "password", "new",
        "sign_in", "sign_up", "company",
    }
)  # fmt: skip
_BUTTON_WORDS = frozenset(
    {
        "sign_in", "go_on", "sign_up", "cancel", "show", "resend", "forgot", "recovery",
        "newsletter", "search", "provider", "with", "company", "passkey", "another",
        "use_password", "not_submit", "consent", "dismiss", "accept", "sign_out", "code", "email",
        "phone", "password", "username", "reject", "cookie", "trust", "remember", "new",
    }
)  # fmt: skip
_TINY, _LARGE = 400, 40_000
_NEAR = 12


def form_features(page: Page, group: Group) -> frozenset[str]:
    """Name what holds of a form as a whole."""
    found = set(_form_words(page, group))
    found.update(_form_counts(page, group))
    found.update(_form_tokens(group))
    for place, clues in (("field", group.fields), ("tick", group.ticks)):
        found.update(f"{place}:{kind}" for c in clues for kind in c.own & _FORM_WORDS[place])
    if group.raw.place:
        found.add(f"place:{group.raw.place}")
    if not group.raw.form:
        found.add("formless")
    return frozenset(found)


def _form_words(page: Page, group: Group) -> Iterator[str]:
    for place, kinds in (
        ("button", group.pressed),
        ("heading", group.headings or group.above),
        ("title", page.title),
        ("line", group.lines),
        ("link", group.links),
        ("words", group.words),
    ):
        yield from (f"{place}:{kind}" for kind in kinds & _FORM_WORDS[place])


def _form_counts(page: Page, group: Group) -> Iterator[str]:
    passwords = group.passwords
    others = [clue for clue in group.fields if clue not in passwords]
    named = [clue for clue in others if clue.raw.type in NAMING]
    yield from _at_least(_different(passwords), "passwords", (2, 3))
    yield from _at_least(len(named), "typed", (1, 2, 3, 4, 6))
    yield from _at_least(len(group.ticks), "ticks", (1, 2))
    yield from _at_least(sum("not_username" in c.own for c in others), "strangers", (1, 2))
    emails = [c for c in others if "email" in c.own or c.raw.type == "email"]
    yield from _at_least(len(emails), "emails", (1, 2))
    yield from {c.raw.type for c in others} & {"select", "textarea"}
    if not passwords:
        yield "no password"
        yield from _alone(page, group, len(named))
    if passwords and others and others[0].raw.order < passwords[0].raw.order:
        yield "name first"
    elsewhere = (f for f in page.look.fields if f.group != group.raw.key and f.visible)
    if any(field.type == "password" for field in elsewhere):
        yield "password elsewhere"


def _different(passwords: Sequence[Clues]) -> int:
    """Count the passwords; a field and its twin that shows what is typed are one."""
    called = [c.raw.label or c.raw.placeholder or c.raw.aria for c in passwords]
    return len({name or str(place) for place, name in enumerate(called)})


def _alone(page: Page, group: Group, names: int) -> Iterator[str]:
    """Name what the first step of a login has: one field, and a word of signing in."""
    near = {kind for clue in group.fields for kind in clue.spoken | clue.near}
    told = page.title | group.headings | group.above | group.words | group.pressed | near
    if names == 1 and len(group.fields) == 1:
        yield "one field"
        clue = group.fields[0]
        if "username" in clue.spoken | clue.near and not clue.own & {"search", "newsletter"}:
            yield "one field for a user name"
            if "go_on" in group.pressed:
                yield "one field for a user name, going on"
        if "sign_in" in told and not told & {"newsletter", "search", "recovery"}:
            yield "one field to sign in"
            if "go_on" in group.pressed:
                yield "one field to sign in, going on"


def _form_tokens(group: Group) -> Iterator[str]:
    for clue in group.fields:
        known = {"new-password", "current-password", "username", "webauthn", "email"}
        yield from (f"token:{token}" for token in clue.tokens & known)
    for clue in group.passwords:
        kinds = clue.own | clue.near
        yield from (f"password:{kind}" for kind in kinds & {"new", "old"})
    old = any("old" in c.own or "current-password" in c.tokens for c in group.passwords)
    if old and any(c.is_new_password for c in group.passwords):
        yield "old and new password"


def _at_least(number: int, what: str, steps: Iterable[int]) -> Iterator[str]:
    yield from (f"{step}+ {what}" for step in steps if number >= step)


def username_features(group: Group, clue: Clues) -> frozenset[str]:
    """Name what holds of a field as the name of an account."""
    raw = clue.raw
    found = {f"type:{raw.type}"}
    found.update(f"own:{kind}" for kind in clue.own & _FIELD_WORDS)
    found.update(f"spoken:{kind}" for kind in clue.spoken & {"username", "email", "not_username"})
    found.update(f"near:{kind}" for kind in (clue.near - clue.own) & _FIELD_WORDS)
    found.update(f"token:{token}" for token in _tokens(clue))
    found.add(_before(group, clue))
    names = [other for other in group.fields if other.raw.type in NAMING]
    found.add("only one" if len(names) == 1 else "one of many")
    if not group.passwords and names and names[0] is clue:
        found.add("first of a form without a password")
    if raw.skipped:
        found.add("skipped")
    if 0 < raw.maxlength <= 8:
        found.add("short")
    if raw.required:
        found.add("required")
    return frozenset(found)


def _tokens(clue: Clues) -> Iterator[str]:
    for token in clue.tokens:
        if token in ("username", "webauthn", "email", "tel"):
            yield token
        elif token not in ("on", "off", "false", "true", "section", "home", "work"):
            yield "other"


def _before(group: Group, clue: Clues) -> str:
    if not group.passwords:
        return "no password"
    password = group.passwords[0].raw.order
    if clue.raw.order > password:
        return "after"
    between = [
        other
        for other in group.fields
        if clue.raw.order < other.raw.order < password and other.raw.type in NAMING
    ]
    return f"before:{min(len(between), 2)}"


def submit_features(group: Group, button: RawButton) -> frozenset[str]:
    """Name what holds of a button as the one that sends a form."""
    words = vocabulary()
    said = words.kinds(button.text or button.hint) & _BUTTON_WORDS
    found = {f"text:{kind}" for kind in said}
    found.update(f"name:{kind}" for kind in words.name_kinds(button.name) & _BUTTON_WORDS)
    found.add(f"type:{button.type}")
    found.add("inside" if button.group == group.raw.key else "outside")
    if not (button.text or button.hint):
        found.add("silent")
    if not said:
        found.add("says nothing known")
    found.update(_button_place(group, button))
    area = button.box[2] * button.box[3]
    if area < _TINY:
        found.add("tiny")
    if area > _LARGE:
        found.add("large")
    return frozenset(found)


def _button_place(group: Group, button: RawButton) -> Iterator[str]:
    inside = [b for b in group.buttons if b.group == group.raw.key]
    sending = [b for b in inside if b.type in ("submit", "image")]
    if button in sending:
        yield "only sender" if len(sending) == 1 else "one of many senders"
        if sending[0] is button:
            yield "first sender"
    if inside == [button]:
        yield "only button"
    if button.order < group.last:
        yield "before the end"
        return
    after = [b for b in group.buttons if b.order > group.last]
    if after and after[0] is button:
        yield "first after"
    yield "near the end" if button.order - group.last <= _NEAR else "far from the end"
    if button.order - group.last > 4 * _NEAR:
        yield "very far from the end"


def naming_fields(group: Group) -> Sequence[Clues]:
    """List the fields that could take the name of an account."""
    return [c for c in group.fields if c.raw.type in NAMING and not c.is_password]


def candidates(group: Group) -> Iterable[RawButton]:
    """List the buttons that could send a form: its own, and those of no form at all."""
    return group.buttons
