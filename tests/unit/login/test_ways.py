"""Decisions about what leads on: providers, other factors, consent, notices, HTTP logins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.login.actions import (
    Action,
    Authenticate,
    Dismiss,
    FillCode,
    FillUsername,
    Finish,
    Revisit,
    Submit,
    Take,
    Tick,
    Wait,
)
from agent.login.decide import decide
from agent.login.factors import PASSKEY_HINT
from agent.login.observation import (
    Button,
    Field,
    Form,
    FormKind,
    Notice,
    Observation,
    Signs,
    Way,
    WayKind,
    challenged,
)
from agent.login.outcome import Outcome
from agent.login.progress import Before, Method, Part, Progress
from agent.vault.origin import OriginPolicy

HOME = "https://hotel.example"
KEYRING = "https://keyring.example"
NAME, WORD = Field("d#name"), Field("d#word")
CODE, CODE_SET = Field("d#code"), Field("d#code", filled=True)
BOX = Field("d#box")
GO = Button("d#go", text="Sign in")
LOGIN = Form("d#form", FormKind.LOGIN, 5.0, NAME, WORD, submit=GO)
MAIL_LINK = Form("d#form", FormKind.IDENTIFIER, 5.0, NAME, submit=GO)


def _code(method: str = "", code: Field = CODE) -> Form:
    return Form("d#form", FormKind.CODE, 5.0, code=code, submit=GO, method=method)


def _way(kind: WayKind, text: str = "x", **more: str) -> Way:
    return Way(kind, Button(f"d#{kind}-{text}", text=text), **more)


def _at(url: str, *ways: Way, form: Form | None = None, **more: object) -> Observation:
    signs = Signs(places=(url,), requests=1)
    return replace(
        Observation(document="e", url=url, form=form, ways=ways, signs=signs),
        **more,  # type: ignore[arg-type]  # a table of changes
    )


TOTP = Method("totp", frozenset({"totp", ""}), repeats=True)
MAIL = Method("imap", frozenset({"email", ""}))
POLICY = OriginPolicy.parse([HOME])
ABROAD = OriginPolicy.parse([KEYRING])
START = Progress(methods=(TOTP,), origins=POLICY, home=HOME)
AWAY = replace(START, origins=ABROAD)
BEFORE = Before(document="d", url=f"{HOME}/login", form="d#form", requests=1)
SENT = replace(
    START,
    moves=2,
    submitted=Part.PASSWORD,
    before=BEFORE,
    username_sent=True,
    password_sent=True,
    door=f"{HOME}/login",
    waited=0.5,
    still=0.5,
)
LATER = {"waited": 3.2, "still": 3.2}

OURS = _way(WayKind.PROVIDER, "Keyring", host="keyring.example")
OTHERS = _way(WayKind.PROVIDER, "Octopus", host="octopus.example")
SCRIPTED = _way(WayKind.PROVIDER, "Octopus")
SCRIPTED_OURS = _way(WayKind.PROVIDER, "Go on with Keyring")
ITSELF = _way(WayKind.PROVIDER, "Somebody", host="hotel.example")
DOOR = _way(WayKind.SIGN_IN, "Sign in", host="hotel.example")
CHOOSE_TOTP = _way(WayKind.METHOD, "App", method="totp")
CHOOSE_SMS = _way(WayKind.METHOD, "Text", method="sms")
ANOTHER = _way(WayKind.ANOTHER, "Try another way")
MANUAL = _way(WayKind.MANUAL, "Enter the code")
WORD_WAY = _way(WayKind.PASSWORD, "Use your password")
ALLOW = _way(WayKind.CONSENT, "Allow")
CLOSE = _way(WayKind.DISMISS, "Close")
ACCEPT = _way(WayKind.TERMS, "I accept")
REFUSED = Finish(
    Outcome.ORIGIN_REFUSED,
    detail=f"The form is on {HOME}; the secret is for {KEYRING}.",
)
NO_METHOD = Outcome.MFA_REQUIRED_BUT_NO_METHOD

ROWS: dict[str, tuple[Observation, Progress, Action]] = {
    # Where the secret may go decides.
    "a form of the list is filled, whatever stands beside it": (
        _at(HOME, OTHERS, form=LOGIN),
        START,
        FillUsername(NAME),
    ),
    "a form outside the list is left alone for the button that leads to the list": (
        _at(HOME, OTHERS, OURS, form=LOGIN),
        AWAY,
        Take(OURS),
    ),
    "a button whose address only a script knows is tried by its name": (
        _at(HOME, SCRIPTED, SCRIPTED_OURS, form=LOGIN),
        AWAY,
        Take(SCRIPTED_OURS),
    ),
    "or, nameless, once": (_at(HOME, SCRIPTED, form=LOGIN), AWAY, Take(SCRIPTED)),
    "and not twice": (
        _at(HOME, SCRIPTED, form=LOGIN),
        replace(AWAY, taken=frozenset({SCRIPTED.name}), moves=1, **LATER),
        REFUSED,
    ),
    "a link to the page's own site may be sent on from there": (
        _at(HOME, ITSELF, form=LOGIN),
        AWAY,
        Take(ITSELF),
    ),
    "a button that leads elsewhere is never taken": (
        _at(HOME, OTHERS, form=LOGIN),
        replace(AWAY, **LATER),
        REFUSED,
    ),
    "a page outside the list may be passed through": (
        _at(HOME, form=LOGIN),
        replace(AWAY, waited=0.2, still=0.2),
        Wait(),
    ),
    "a form in a frame outside the list is outside it": (
        _at(HOME, form=LOGIN, signs=Signs(places=(KEYRING, HOME))),
        replace(START, **LATER),
        Finish(
            Outcome.ORIGIN_REFUSED,
            detail=f"The form is on {HOME}, {KEYRING}; the secret is for {HOME}.",
        ),
    ),
    "a name the task gives settles it, though the form may be filled": (
        _at(HOME, OTHERS, OURS, form=LOGIN),
        replace(START, via="keyring"),
        Take(OURS),
    ),
    "a name the page does not have changes nothing": (
        _at(HOME, OTHERS, form=LOGIN),
        replace(START, via="keyring"),
        FillUsername(NAME),
    ),
    "after a press the page is given time to go": (
        _at(HOME, SCRIPTED, form=LOGIN),
        replace(
            AWAY,
            leaving=True,
            taken=frozenset({SCRIPTED.name}),
            left=Before(
                document="e", url=HOME, form="d#form", ways=frozenset({SCRIPTED.button.key})
            ),
            **LATER,
        ),
        Wait(),
    ),
    # Pages before the form.
    "a button that leads to the form is pressed": (
        _at(HOME, DOOR),
        replace(START, **LATER),
        Take(DOOR),
    ),
    "when the page stands still": (_at(HOME, DOOR), START, Wait()),
    "a password is chosen where a passkey is asked for": (
        _at(HOME, WORD_WAY, passkey=True),
        replace(START, **LATER),
        Take(WORD_WAY),
    ),
    "a password is chosen where a link would be mailed": (
        _at(HOME, WORD_WAY, form=MAIL_LINK),
        START,
        Take(WORD_WAY),
    ),
    "a password is chosen where a code would be mailed": (
        _at(HOME, WORD_WAY, form=_code("email")),
        START,
        Take(WORD_WAY),
    ),
    "a passkey and nothing else": (
        _at(HOME, passkey=True),
        replace(START, **LATER),
        Finish(NO_METHOD, detail="It asks for a passkey.", hint=PASSKEY_HINT),
    ),
    "consent at a provider that knew the account": (
        _at(KEYRING, ALLOW),
        replace(START, taken=frozenset({OURS.name}), moves=1),
        Take(ALLOW),
    ),
    "nothing is allowed before a sign-in began": (
        _at(HOME, ALLOW),
        START,
        Wait(),
    ),
    "back from a provider with a session": (
        _at(HOME, signs=Signs(session=True)),
        replace(START, taken=frozenset({OURS.name}), moves=1, **LATER),
        Finish(Outcome.SIGNED_IN),
    ),
    # What lies over the form.
    "what lies over the form is pressed away": (
        _at(HOME, CLOSE, form=LOGIN, covered=True),
        START,
        Dismiss(CLOSE),
    ),
    "but not where it does not": (_at(HOME, CLOSE, form=LOGIN), START, FillUsername(NAME)),
    "what cannot be pressed away may go by itself": (
        _at(HOME, form=LOGIN, covered=True),
        START,
        Wait(),
    ),
    "in the end the hand looks for itself": (
        _at(HOME, form=LOGIN, covered=True),
        replace(START, **LATER),
        FillUsername(NAME),
    ),
    # The second factor.
    "a code of the secret's own key is chosen from a list": (
        _at(HOME, CHOOSE_SMS, CHOOSE_TOTP),
        SENT,
        Take(CHOOSE_TOTP),
    ),
    "and where the page would take another": (
        _at(HOME, CHOOSE_TOTP, form=_code("sms")),
        SENT,
        Take(CHOOSE_TOTP),
    ),
    "or shows others when asked": (
        _at(HOME, ANOTHER, form=_code("sms")),
        SENT,
        Take(ANOTHER),
    ),
    "a code by mail is answered where a mailbox is named": (
        _at(HOME, ANOTHER, form=_code("email")),
        replace(SENT, methods=(MAIL,)),
        FillCode(CODE, "imap"),
    ),
    "a code by text cannot be": (
        _at(HOME, form=_code("sms")),
        SENT,
        Finish(NO_METHOD, detail="It sends a code by text message."),
    ),
    "a page that does not say gets the first method": (
        _at(HOME, form=_code()),
        replace(SENT, methods=(TOTP, MAIL)),
        FillCode(CODE, "totp"),
    ),
    "a telephone that is waited for: the code by hand first": (
        _at(HOME, ANOTHER, MANUAL, elsewhere=True),
        SENT,
        Take(MANUAL),
    ),
    "a telephone and nothing else": (
        _at(HOME, elsewhere=True),
        replace(SENT, **LATER),
        Finish(NO_METHOD, detail="It waits for an answer on another device."),
    ),
    "a list without anything the account has": (
        _at(HOME, CHOOSE_SMS),
        replace(SENT, **LATER),
        Finish(NO_METHOD),
    ),
    "a page that asks for what was not understood is asked for another way": (
        _at(HOME, ANOTHER, signs=Signs(asks=True)),
        SENT,
        Take(ANOTHER),
    ),
    "and is no success, whatever changed": (
        _at(HOME, signs=Signs(asks=True, session=True)),
        replace(SENT, **LATER),
        Wait(),
    ),
    "the box that trusts this browser is left alone": (
        _at(HOME, form=replace(_code(code=CODE_SET), trust=BOX)),
        replace(
            SENT,
            submitted=Part.CODE,
            tentative=True,
            filled=frozenset({"d#code"}),
            before=replace(BEFORE, document="e"),
        ),
        Submit(GO, CODE_SET),
    ),
    "unless the task asks for it": (
        _at(HOME, form=replace(_code(code=CODE_SET), trust=BOX)),
        replace(
            SENT,
            submitted=Part.CODE,
            tentative=True,
            trusting=True,
            filled=frozenset({"d#code"}),
            before=replace(BEFORE, document="e"),
        ),
        Tick(BOX),
    ),
    # Behind the form.
    "consent after the password": (_at(KEYRING, ALLOW), SENT, Take(ALLOW)),
    "news after the sign-in are pressed away": (
        _at(HOME, CLOSE, signed_in=True),
        SENT,
        Dismiss(CLOSE),
    ),
    "twice at most": (
        _at(HOME, CLOSE, signed_in=True),
        replace(SENT, dismissed=2),
        Finish(Outcome.SIGNED_IN),
    ),
    "terms are accepted where the task says so": (
        _at(HOME, ACCEPT, terms=True),
        replace(SENT, accepting=True, **LATER),
        Take(ACCEPT),
    ),
    "without a sign of a session the form's own address is asked": (
        _at(HOME),
        replace(SENT, **LATER),
        Revisit(),
    ),
    "which proves it when it asks no more": (
        _at(HOME),
        replace(SENT, asks_again=False, **LATER),
        Finish(Outcome.SIGNED_IN),
    ),
    "and does not when it does": (
        _at(HOME),
        replace(SENT, asks_again=True, **LATER),
        Wait(),
    ),
    "and where it is the page's own address it shows nothing": (
        _at(f"{HOME}/login?step=3"),
        replace(SENT, **LATER),
        Wait(),
    ),
    "a link called sign-in comes after the providers": (
        _at(HOME, DOOR, SCRIPTED, form=LOGIN),
        AWAY,
        Take(SCRIPTED),
    ),
    "a page behind may go on asking its server": (
        _at(f"{HOME}/day", busy=True, signs=Signs(session=True)),
        replace(SENT, waited=0.8, still=0.7),
        Finish(Outcome.SIGNED_IN),
    ),
    "one that never stands still is taken as it is in the end": (
        _at(f"{HOME}/day", busy=True, signs=Signs(session=True)),
        replace(SENT, waited=12.5, still=0.05),
        Finish(Outcome.SIGNED_IN),
    ),
    "but not before": (
        _at(f"{HOME}/day", busy=True, signs=Signs(session=True)),
        replace(SENT, waited=5.0, still=0.05),
        Wait(),
    ),
    "a page that says the site failed is the site's": (
        _at(HOME, status=401, notices=(Notice("An error occurred", frozenset({"site_error"})),)),
        SENT,
        Finish(Outcome.SITE_ERROR, detail="Its status was 401."),
    ),
    # The browser's own login.
    "an HTTP login is answered": (challenged(HOME), START, Authenticate(HOME)),
    "once": (
        challenged(HOME),
        replace(START, authenticated=True, password_sent=True),
        Finish(Outcome.BAD_CREDENTIALS),
    ),
    "and not after the password went elsewhere": (
        challenged(HOME),
        SENT,
        Finish(Outcome.UNCERTAIN, detail="It asks for the password a second time."),
    ),
    "what comes after it is success": (
        _at(HOME),
        replace(START, authenticated=True, moves=1, password_sent=True),
        Finish(Outcome.SIGNED_IN),
    ),
    "unless it is an error": (
        _at(HOME, status=401),
        replace(START, authenticated=True, moves=1, password_sent=True),
        Finish(Outcome.BAD_CREDENTIALS, detail="Its status was 401."),
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_leads_on_is_chosen(row: tuple[Observation, Progress, Action]) -> None:
    seen, progress, expected = row
    assert decide(seen, progress) == expected


def test_no_secret_is_typed_outside_the_list_whatever_else_is_seen() -> None:
    for form in (LOGIN, MAIL_LINK, _code(), _code("email")):
        for ways in ((), (OURS,), (OTHERS,), (ANOTHER, WORD_WAY), (ALLOW, CLOSE)):
            for progress in (AWAY, replace(AWAY, **LATER), replace(AWAY, via="octopus")):
                action = decide(_at(HOME, *ways, form=form), progress)
                assert isinstance(action, (Wait, Finish, Take)), (form, ways, progress)
