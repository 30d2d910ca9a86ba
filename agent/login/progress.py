"""What has been done so far in a sign-in, and how each move changes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from agent.login.actions import FillCode, Submit
from agent.login.observation import Form, FormKind

if TYPE_CHECKING:
    from agent.login.actions import Move
    from agent.login.observation import Observation


class Part(IntEnum):
    """What a page can ask for, in the order sites ask for it."""

    USERNAME = 1
    PASSWORD = 2
    CODE = 3


@dataclass(frozen=True, slots=True)
class Before:
    """What stood on the page before something was sent; only what is new afterwards answers it."""

    document: str = ""
    url: str = ""
    form: str = ""
    texts: frozenset[str] = frozenset()
    sent: int = 0
    captcha: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """The story of one sign-in.

    ``methods`` are the second factors the account can answer. ``submitted`` is the furthest part
    the last submission held; ``tentative`` that a code was typed which the page may send by itself.
    ``waited`` and ``still`` are seconds since the last move and since the page last changed.
    """

    methods: tuple[str, ...] = ()
    moves: int = 0
    filled: frozenset[str] = frozenset()
    username_sent: bool = False
    password_sent: bool = False
    codes: int = 0
    submitted: Part | None = None
    tentative: bool = False
    with_code: bool = False
    code_left_empty: bool = False
    before: Before = Before()
    waited: float = 0.0
    still: float = 0.0

    def after(self, move: Move, seen: Observation) -> Progress:
        """Tell the story on with a move that was made on what was seen."""
        told = replace(self, moves=self.moves + 1, waited=0.0, still=0.0)
        if isinstance(move, Submit):
            return _submitted(told, seen)
        told = replace(told, filled=told.filled | {move.field.key})
        return _code_typed(told, seen) if isinstance(move, FillCode) else told

    def aged(self, waited: float, still: float) -> Progress:
        """Let time pass: seconds since the last move, and since the page last changed."""
        return replace(self, waited=waited, still=still)


def _code_typed(told: Progress, seen: Observation) -> Progress:
    alone = seen.form is None or seen.form.password is None
    return replace(
        told,
        codes=told.codes + 1,
        submitted=Part.CODE if alone else Part.PASSWORD,
        tentative=True,
        with_code=not alone,
        before=_before(seen),
    )


def _submitted(told: Progress, seen: Observation) -> Progress:
    form = seen.form or Form("", FormKind.IDENTIFIER)
    part = Part.USERNAME
    if form.password:
        part = Part.PASSWORD
    elif form.code:
        part = Part.CODE
    beside = part is Part.PASSWORD and form.code is not None
    return replace(
        told,
        filled=frozenset(),
        username_sent=told.username_sent or form.username is not None,
        password_sent=told.password_sent or form.password is not None,
        submitted=part,
        tentative=False,
        with_code=beside and told.tentative,
        code_left_empty=beside and not told.tentative,
        before=_before(seen),
    )


def _before(seen: Observation) -> Before:
    return Before(
        document=seen.document,
        url=seen.url,
        form=seen.form.key if seen.form else "",
        texts=frozenset(notice.text for notice in seen.notices),
        sent=seen.sent,
        captcha=seen.captcha,
    )
