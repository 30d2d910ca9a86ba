"""What has been done so far in a sign-in, and how each move changes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from agent.login.actions import (
    Authenticate,
    Dismiss,
    FillCode,
    FillPassword,
    FillUsername,
    Submit,
    Take,
    Tick,
)
from agent.login.observation import Form, FormKind, WayKind

if TYPE_CHECKING:
    from agent.login.actions import Move
    from agent.login.observation import Observation
    from agent.vault.origin import OriginPolicy


class Part(IntEnum):
    """What a page can ask for, in the order sites ask for it."""

    USERNAME = 1
    PASSWORD = 2
    CODE = 3


@dataclass(frozen=True, slots=True)
class Method:
    """A second factor the account can answer, by its name in ``agent.login.mfa``.

    ``kinds`` are the factors a page may ask for that it answers (totp, email, sms, recovery), with
    ``""`` among them when it may answer a page that does not say. ``repeats``: after a rejection a
    second answer makes sense.
    """

    name: str
    kinds: frozenset[str]
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """What stood on the page before something was pressed; only what is new afterwards answers."""

    document: str = ""
    url: str = ""
    form: str = ""
    texts: frozenset[str] = frozenset()
    ways: frozenset[str] = frozenset()
    sent: int = 0
    requests: int = 0
    captcha: bool = False
    invalid: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """The story of one sign-in.

    ``methods`` are the second factors the account can answer, ``origins`` where its secret may be
    typed (None: anywhere), ``via`` the name of the provider to sign in with, ``home`` the origin
    the sign-in set out from, ``trusting`` that the box which spares a code next time is ticked,
    ``accepting`` that new terms are accepted, ``only_looks`` that nothing may be typed or sent.
    ``moves`` counts what was pressed, ``fills`` what was typed. ``submitted`` is the furthest part
    the last submission held; ``tentative`` that a code was typed which the page may send by itself;
    ``repressed`` that a button was pressed again because nothing was sent; ``leaving`` that the
    last press was of a way. ``before`` is the page as it was submitted, ``left`` as it was when a
    way was pressed; ``taken`` are the ways pressed. ``helped``: a person has seen to what stood in
    the way. ``door`` is the address that showed a form by
    itself, ``asks_again`` whether it still does, None before that was looked at. ``waited`` and
    ``still`` are seconds since the last move and since the page last changed.
    """

    methods: tuple[Method, ...] = ()
    origins: OriginPolicy | None = None
    via: str = ""
    home: str = ""
    trusting: bool = False
    accepting: bool = False
    only_looks: bool = False
    helped: bool = False
    moves: int = 0
    fills: int = 0
    filled: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    dismissed: int = 0
    username_sent: bool = False
    password_sent: bool = False
    authenticated: bool = False
    codes: int = 0
    method: str = ""
    submitted: Part | None = None
    repressed: bool = False
    tentative: bool = False
    leaving: bool = False
    with_code: bool = False
    code_left_empty: bool = False
    before: Before = Before()
    left: Before = Before()
    door: str = ""
    asks_again: bool | None = None
    waited: float = 0.0
    still: float = 0.0

    def after(self, move: Move, seen: Observation) -> Progress:
        """Tell the story on with a move that was made on what was seen."""
        told = replace(self, waited=0.0, still=0.0)
        if isinstance(move, (FillUsername, FillPassword, FillCode)):
            if not (told.moves or told.fills):
                told = replace(told, door=seen.url)
            told = _unsent(told, seen, move)
            told = replace(told, fills=told.fills + 1, filled=told.filled | {move.field.key})
            return _code_typed(told, seen, move) if isinstance(move, FillCode) else told
        if isinstance(move, Tick):
            return replace(told, filled=told.filled | {move.field.key})
        told = replace(told, moves=told.moves + 1)
        if isinstance(move, Authenticate):
            return replace(told, authenticated=True, username_sent=True, password_sent=True)
        if isinstance(move, Submit):
            return _submitted(told, seen)
        return _pressed(told, seen, move)

    def aged(self, waited: float, still: float) -> Progress:
        """Let time pass: seconds since the last move, and since the page last changed."""
        return replace(self, waited=waited, still=still)

    def answering(self, kind: str) -> Method | None:
        """Give the first method that answers this kind of second factor."""
        return next((method for method in self.methods if kind in method.kinds), None)


def _unsent(told: Progress, seen: Observation, move: Move) -> Progress:
    """Take back a submission of which nothing was sent: its page wants to be filled again."""
    form = seen.form
    if form is None or isinstance(move, FillCode) or told.before.document != seen.document:
        return told
    part = Part.PASSWORD if form.password else Part.USERNAME
    if told.submitted is not part:
        return told
    sent = told.password_sent and part is not Part.PASSWORD
    return replace(told, submitted=None, password_sent=sent, repressed=True)


def _code_typed(told: Progress, seen: Observation, move: FillCode) -> Progress:
    alone = seen.form is None or seen.form.password is None
    return replace(
        told,
        codes=told.codes + 1,
        method=move.method,
        submitted=Part.CODE if alone else Part.PASSWORD,
        tentative=True,
        leaving=False,
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
    again = told.submitted is part and told.before.document == seen.document
    again = (again and not told.tentative) or (told.repressed and told.submitted is None)
    return replace(
        told,
        filled=frozenset(),
        username_sent=told.username_sent or form.username is not None,
        password_sent=told.password_sent or form.password is not None,
        submitted=part,
        repressed=again,
        tentative=False,
        leaving=False,
        with_code=beside and told.tentative,
        code_left_empty=beside and not told.tentative,
        before=_before(seen),
    )


def _pressed(told: Progress, seen: Observation, move: Take | Dismiss) -> Progress:
    # A provider's button is the same one wherever it stands; others belong to their page.
    widely = move.way.kind in (WayKind.PROVIDER, WayKind.SIGN_IN)
    name = move.way.name if widely else move.way.button.key
    return replace(
        told,
        taken=told.taken | {name},
        dismissed=told.dismissed + isinstance(move, Dismiss),
        leaving=True,
        left=_before(seen),
    )


def _before(seen: Observation) -> Before:
    form = seen.form
    fields = (form.username, form.password, form.code) if form else ()
    return Before(
        document=seen.document,
        url=seen.url,
        form=form.key if form else "",
        texts=frozenset(notice.text for notice in seen.notices),
        ways=frozenset(way.button.key for way in seen.ways),
        sent=seen.sent,
        requests=seen.signs.requests,
        captcha=seen.captcha,
        invalid=any(field.invalid for field in fields if field),
    )
