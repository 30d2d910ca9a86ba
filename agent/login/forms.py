"""What a group of fields is: a login, an identifier alone, a code, or none of ours.

The form is decided before the field: a password in a sign-up form is a new one, and a lone e-mail
field is a login only where the words around it say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.login.buttons import button_words, choose_submit
from agent.login.fields import IS_CODE, NAMING, TYPED, Clues, PageAsks, clues_of, code_boxes
from agent.login.observation import Button, Field, Form, FormKind, Spot
from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.login.facts import RawButton, RawField, RawGroup, RawLook

_LOGIN = -1.0
_IDENTIFIER = 3.5
_MANY_FIELDS = 3


@dataclass(frozen=True, slots=True)
class Page:
    """What the whole document says, and which frame of the look it is."""

    look: RawLook
    frame: int
    title: frozenset[str]
    asks: PageAsks

    def key(self, number: int) -> str:
        """Name an element so that the name holds as long as the document does."""
        return f"{self.look.document}#{number}"


@dataclass(frozen=True, slots=True)
class Group:
    """The fields of one form with what stands in and above it."""

    raw: RawGroup
    fields: tuple[Clues, ...]
    ticks: tuple[Clues, ...]
    headings: frozenset[str]
    links: frozenset[str]
    words: frozenset[str]
    submit: RawButton | None
    submit_score: float

    @property
    def submit_words(self) -> frozenset[str]:
        """Name the kinds of words on the submit button."""
        return button_words(self.submit) if self.submit else frozenset()

    @property
    def passwords(self) -> tuple[Clues, ...]:
        """List the visible password fields."""
        return tuple(clue for clue in self.fields if clue.is_password)


def read_forms(look: RawLook, frame: int) -> list[Form]:
    """List the forms of a document that could sign in, best first."""
    words = vocabulary()
    spoken = [words.kinds(line.text) for line in look.lines]
    page = Page(
        look=look,
        frame=frame,
        title=words.kinds(look.title) | words.name_kinds(look.url.partition("?")[0]),
        asks=_asks(spoken),
    )
    groups = [_group(page, raw) for raw in look.groups]
    forms = [form for group in groups if group.fields for form in _forms_of(page, group)]
    return sorted(forms, key=lambda form: -form.score)


def _asks(spoken: Sequence[frozenset[str]]) -> PageAsks:
    if any("second_factor" in kinds for kinds in spoken):
        return PageAsks.SECOND_FACTOR
    some = any("code" in kinds and "not_code" not in kinds for kinds in spoken)
    return PageAsks.SOME_CODE if some else PageAsks.NOTHING


def new_password_keys(look: RawLook) -> bool:
    """Tell whether the document shows a field for a new password."""
    clues = [clues_of(raw) for raw in look.fields if raw.type == "password"]
    return any(c.fillable and not c.trap and c.is_new_password for c in clues)


def _group(page: Page, raw: RawGroup) -> Group:
    words, look = vocabulary(), page.look
    mine = [clues_of(f) for f in look.fields if f.group == raw.key]
    shown = tuple(
        c
        for c in mine
        if c.raw.type in TYPED | {"select", "textarea"} and c.fillable and not c.trap
    )
    orders = [clue.raw.order for clue in shown] or [0]
    submit, score = choose_submit(look.buttons, raw.key, orders[-1])
    own_headings = [ln for ln in look.lines if ln.heading and ln.group == raw.key]
    above = [ln for ln in look.lines if ln.heading and ln.order < orders[0]][-2:]
    return Group(
        raw=raw,
        fields=shown,
        ticks=tuple(c for c in mine if c.raw.type == "checkbox" and c.raw.visible),
        headings=words.kinds(*(ln.text for ln in own_headings or above)),
        links=words.kinds(*(ln.text for ln in look.links if ln.group == raw.key)),
        words=words.name_kinds(raw.words),
        submit=submit,
        submit_score=score,
    )


def _forms_of(page: Page, group: Group) -> list[Form]:
    found = []
    passwords = group.passwords
    if passwords:
        score = login_score(page, group)
        current = next((p for p in passwords if not p.is_new_password), passwords[0])
        if score > _LOGIN:
            found.append(_login(page, group, current, score))
    else:
        code, score = _code(page, group)
        if code and score >= IS_CODE:
            found.append(_form(page, group, FormKind.CODE, score, code=code))
        else:
            score, name = identifier_score(page, group)
            if name and score >= _IDENTIFIER:
                field = _field(page, (name,), score)
                found.append(_form(page, group, FormKind.IDENTIFIER, score, username=field))
    return found


def login_score(page: Page, group: Group) -> float:
    """Score a form with a password between signing in (above 0) and choosing a password."""
    passwords = group.passwords
    score = 1.0
    score += 4.0 * any("current-password" in p.tokens for p in passwords)
    score -= 3.0 * any(p.is_new_password for p in passwords)
    score -= 4.0 * (len(passwords) > 1)
    score -= 4.0 * any("old" in p.own for p in passwords)
    for kinds, weight in (
        (group.submit_words, 3.0),
        (group.headings, 1.5),
        (page.title, 1.0),
        (group.words, 1.0),
    ):
        score += weight * ("sign_in" in kinds) - weight * ("sign_up" in kinds)
        score -= weight * ("recovery" in kinds and kinds is not group.submit_words) / 2
    score += 2.0 * ("forgot" in group.links) + 0.5 * ("sign_up" in group.links)
    score -= 1.5 * ("sign_in" in group.links and "sign_up" not in group.links)
    score += 2.0 * any("remember" in tick.own for tick in group.ticks)
    names = [clue for clue in group.fields if clue not in passwords]
    score -= 2.0 * (len(names) > _MANY_FIELDS)
    score -= 1.5 * (sum("not_username" in clue.own for clue in names) > 1)
    return score


def identifier_score(page: Page, group: Group) -> tuple[float, Clues | None]:
    """Score a form without a password as the first step of a sign-in, with its one field."""
    names = [c for c in group.fields if c.raw.type in NAMING and c.username_score() > 0]
    if len(names) != 1:
        return 0.0, None
    name, others = names[0], len(group.fields) - 1
    score = min(name.username_score(), 4.0) - 2.0 * others
    score += 3.0 * bool(name.tokens & {"username", "webauthn"})
    for kinds, weight in ((group.submit_words, 2.0), (group.headings, 1.5), (page.title, 1.5)):
        score += weight * ("sign_in" in kinds)
        score -= weight * ("sign_up" in kinds and "sign_in" not in kinds)
        score -= 2 * weight * bool(kinds & {"newsletter", "search"})
        score -= 2 * weight * ("recovery" in kinds)
    score += 1.0 * ("go_on" in group.submit_words) + 1.0 * ("sign_in" in group.words)
    score -= 3.0 * bool(group.words & {"newsletter", "search", "recovery"})
    score += 1.0 * ("forgot" in group.links) + 0.5 * any("remember" in t.own for t in group.ticks)
    return score if _speaks_of_signing_in(page, group, name) else 0.0, name


def _speaks_of_signing_in(page: Page, group: Group, name: Clues) -> bool:
    """Tell whether anything but an e-mail field says so: newsletters have that much."""
    said = group.submit_words | group.headings | page.title | group.words
    marked = any("remember" in tick.own for tick in group.ticks) or "forgot" in group.links
    named = bool(name.tokens & {"username", "webauthn"}) or "username" in name.own
    return "sign_in" in said or marked or named


def _login(page: Page, group: Group, password: Clues, score: float) -> Form:
    username = _username(group, password)
    code, code_score = _code(page, group)
    return _form(
        page,
        group,
        FormKind.LOGIN,
        score + 5.0,
        username=_field(page, (username,), username.username_score()) if username else None,
        password=_field(page, (password,), score),
        code=code if code_score >= IS_CODE else None,
    )


def _username(group: Group, password: Clues) -> Clues | None:
    """Take the best-named text field, and among equals the nearest before the password."""
    names = [
        clue
        for clue in group.fields
        if clue.raw.type in NAMING and not clue.is_password and clue.username_score() > -2
    ]
    before = [clue for clue in names if clue.raw.order < password.raw.order]
    if not before:
        strong = [clue for clue in names if clue.username_score() >= 3]
        return strong[0] if strong else None
    return max(before, key=lambda c: (min(c.username_score(), 3.0), c.raw.order))


def _code(page: Page, group: Group) -> tuple[Field | None, float]:
    boxes = code_boxes(group.fields)
    if boxes and not any(box.own & {"not_code"} for box in boxes):
        single = any(box.raw.maxlength == 1 or "one-time-code" in box.tokens for box in boxes)
        score = 3.0 * single + 1.0 + (1.5 if page.asks is not PageAsks.NOTHING else 0.0)
        return _field(page, boxes, score), score
    # Beside a password, words on the page may be about anything: the field must say it itself.
    asks = PageAsks.NOTHING if group.passwords else page.asks
    scored = [
        (clue.code_score(asks), clue)
        for clue in group.fields
        if clue.raw.type in TYPED and not clue.is_password
    ]
    if not scored:
        return None, 0.0
    score, best = max(scored, key=lambda entry: entry[0])
    return _field(page, (best,), score), score


def _form(page: Page, group: Group, kind: FormKind, score: float, **found: Field | None) -> Form:
    submit = group.submit
    return Form(
        key=page.key(group.raw.key),
        kind=kind,
        score=score,
        username=found.get("username"),
        password=found.get("password"),
        code=found.get("code"),
        submit=_button(page, submit) if submit else None,
    )


def _button(page: Page, raw: RawButton) -> Button:
    spot = Spot(page.frame, raw.path, page.key(raw.key))
    return Button(page.key(raw.key), spot, raw.text or raw.hint, raw.enabled)


def _field(page: Page, clues: Sequence[Clues], score: float) -> Field:
    raws: list[RawField] = [clue.raw for clue in clues]
    return Field(
        key=page.key(raws[0].key),
        spots=tuple(
            Spot(page.frame, raw.path, page.key(raw.key), raw.tag, raw.type) for raw in raws
        ),
        score=score,
        filled=all(raw.length > 0 for raw in raws),
        required=any(raw.required for raw in raws),
        invalid=any(raw.invalid for raw in raws),
    )
