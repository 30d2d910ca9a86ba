"""What a group of fields is: a login, an identifier alone, a code, or none of ours.

The form is decided before the field: a password in a sign-up form is a new one, and a lone e-mail
field is a login only where the words around it say so. The weights are learned (``weights.json``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.login.codes import find_code, method_of
from agent.login.features import (
    candidates,
    form_features,
    naming_fields,
    submit_features,
    username_features,
)
from agent.login.fields import IS_CODE, Clues
from agent.login.groups import Group, Page, read_groups, read_page
from agent.login.observation import Button, Field, Form, FormKind, Spot
from agent.login.weighing import weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.login.facts import RawButton, RawField, RawLook
    from agent.login.weighing import Weights

KINDS_WITH_PASSWORD = ("login", "signup", "change")
KINDS_WITHOUT = ("login", "signup", "recovery", "other")
_LOGIN, _IDENTIFIER = 6.0, 3.0  # a code's score lies between them
_FINE = 0.1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a group is for, how clearly (0 to 1), and its fields by role.

    ``current`` is the password that exists already, ``chosen`` are new ones.
    """

    group: Group
    kind: str
    share: float
    username: Clues | None = None
    current: Clues | None = None
    chosen: tuple[Clues, ...] = ()
    code: tuple[Clues, ...] = ()
    code_score: float = 0.0
    submit: RawButton | None = None

    @property
    def rank(self) -> float:
        """Rank the group among those that could sign in."""
        return self.share + _FINE * (self.current is not None)


def read_forms(look: RawLook, frame: int) -> list[Form]:
    """List the forms of a document that could sign in, best first."""
    page = read_page(look, frame)
    forms = [form for verdict in judge_groups(page) if (form := _form_of(page, verdict))]
    return sorted(forms, key=lambda form: -form.score)


def judge_groups(page: Page, weigh: Weights | None = None) -> list[Verdict]:
    """Say of each group of a page what it is for, by the weights of the package or by others."""
    used = weigh or weights()
    return [_judge(page, group, used) for group in read_groups(page)]


def new_password_keys(look: RawLook) -> bool:
    """Tell whether the document shows a field for a new password."""
    return any(verdict.chosen for verdict in judge_groups(read_page(look, 0)))


def _judge(page: Page, group: Group, weigh: Weights) -> Verdict:
    kinds = KINDS_WITH_PASSWORD if group.passwords else KINDS_WITHOUT
    shares = weigh.shares("form", form_features(page, group), kinds)
    kind = max(shares, key=lambda name: shares[name])
    current = _current(group, kind)
    code, score = find_code(group)
    is_code = score >= IS_CODE
    chosen = tuple(p for p in group.passwords if p is not current)
    if kind == "login":
        chosen = tuple(p for p in chosen if p.is_new_password)
    return Verdict(
        group=group,
        kind="code" if is_code and not group.passwords else kind,
        share=shares[kind],
        username=_username(group, weigh),
        current=current,
        chosen=chosen,
        code=code if is_code else (),
        code_score=score,
        submit=_submit(group, weigh),
    )


def _current(group: Group, kind: str) -> Clues | None:
    """Choose the password that exists already."""
    passwords = group.passwords
    if kind == "signup" or not passwords:
        return None
    if kind == "change":
        old = [p for p in passwords if "old" in p.own or "current-password" in p.tokens]
        first = [p for p in passwords[:1] if not p.is_new_password]
        return next(iter(old or first), None)
    return next((p for p in passwords if not p.is_new_password), passwords[0])


def _username(group: Group, weigh: Weights) -> Clues | None:
    scored = [
        (weigh.score("username", "yes", username_features(group, clue)), -clue.raw.order, clue)
        for clue in naming_fields(group)
    ]
    if not scored:
        return None
    score, _, best = max(scored, key=lambda entry: entry[:2])
    return best if score > weigh.score("username", "none", ()) else None


def _submit(group: Group, weigh: Weights) -> RawButton | None:
    scored = [
        (weigh.score("submit", "yes", submit_features(group, button)), -button.order, button)
        for button in candidates(group)
    ]
    if not scored:
        return None
    score, _, best = max(scored, key=lambda entry: entry[:2])
    return best if score > weigh.score("submit", "none", ()) else None


def _form_of(page: Page, verdict: Verdict) -> Form | None:
    """Write down a group that could sign in, with what can be filled now."""
    group, current = verdict.group, verdict.current
    code = _open(verdict.code)
    if verdict.kind == "code" and code:
        return _form(page, verdict, FormKind.CODE, verdict.code_score)
    if verdict.kind != "login":
        return None
    score = verdict.share
    if group.passwords:
        open_ = current is not None and current.fillable
        return _form(page, verdict, FormKind.LOGIN, _LOGIN + score) if open_ else None
    open_ = verdict.username is not None and verdict.username.fillable
    return _form(page, verdict, FormKind.IDENTIFIER, _IDENTIFIER + score) if open_ else None


def _open(clues: Sequence[Clues]) -> tuple[Clues, ...]:
    return tuple(clue for clue in clues if clue.fillable)


def _form(page: Page, verdict: Verdict, kind: FormKind, score: float) -> Form:
    def field(clues: Sequence[Clues | None]) -> Field | None:
        open_ = _open([clue for clue in clues if clue is not None])
        return _field(page, open_, score) if open_ else None

    is_code = kind is FormKind.CODE
    return Form(
        key=page.key(verdict.group.raw.key),
        kind=kind,
        score=score,
        username=None if is_code else field([verdict.username]),
        password=field([verdict.current]),
        code=field(verdict.code),
        submit=_button(page, verdict.submit) if verdict.submit else None,
        method=method_of(verdict.group, verdict.code) if verdict.code else "",
        trust=_trust(page, verdict.group),
    )


def _trust(page: Page, group: Group) -> Field | None:
    """Find the box, not ticked, that would spare this browser a code next time."""
    boxes = [tick for tick in group.ticks if tick.own & {"trust", "remember"}]
    open_ = [tick for tick in boxes if tick.raw.usable and not tick.raw.length]
    return _field(page, open_[:1], 0.0) if open_ else None


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
