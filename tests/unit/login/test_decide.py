"""The decisions of a sign-in as a table: what is seen and what was done, and what follows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.login.actions import (
    FillCode,
    FillPassword,
    FillUsername,
    Finish,
    Submit,
    Wait,
)
from agent.login.decide import MOST_FILLS, MOST_MOVES, decide
from agent.login.observation import (
    Button,
    Field,
    Form,
    FormKind,
    Notice,
    Observation,
    Signs,
    Spot,
)
from agent.login.outcome import Outcome
from agent.login.progress import Before, Method, Part, Progress

if TYPE_CHECKING:
    from agent.login.actions import Action

NAME, NAME_SET = Field("d#name"), Field("d#name", filled=True)
WORD, WORD_SET = Field("d#word"), Field("d#word", filled=True)
CODE, CODE_SET = Field("d#code"), Field("d#code", filled=True)
BOXES = Field("d#code", spots=(Spot(0, "1"),) * 6)
BOXES_SET = replace(BOXES, filled=True)
GO = Button("d#go", text="Sign in")


def _login(name: Field | None = NAME, word: Field = WORD, code: Field | None = None) -> Form:
    return Form("d#form", FormKind.LOGIN, 5.0, name, word, code, GO)


def _identifier(name: Field = NAME) -> Form:
    return Form("d#form", FormKind.IDENTIFIER, 5.0, username=name, submit=GO)


def _code(code: Field = CODE, submit: Button | None = GO) -> Form:
    return Form("d#form", FormKind.CODE, 5.0, code=code, submit=submit)


def _says(text: str, *kinds: str, alarm: bool = True) -> Notice:
    return Notice(text, frozenset(kinds), alarm)


WRONG_PASSWORD = _says("Wrong username or password", "wrong", "password", "username")
WRONG_CODE = _says("That code is not right", "wrong", "code")
SLOWER = _says("Wait five minutes", "rate_limited")
EXPIRED = _says("Your password has expired", "expired")
LOCKED = _says("Your account is locked", "locked")
PLAIN_ALERT = _says("Hmm.")

HERE = Observation(document="d", url="https://a.example/login")
TOLD = replace(HERE, sent=1, signs=Signs(requests=1))
IN = Signs(session=True)
NO_PROOF = "The form is gone (HTTP 200), a session did not come about, no way to sign out is seen."
NEXT = Observation(document="e", url="https://a.example/next")

TOTP = Method("totp", frozenset({"totp", ""}), repeats=True)
MAIL = Method("imap", frozenset({"email", ""}))
START = Progress(methods=(TOTP,))
NO_FACTOR = Progress()
BEFORE = Before(document="d", url=HERE.url, form="d#form")


def _sent(part: Part, **more: object) -> Progress:
    """Tell of a submission made ten milliseconds ago."""
    given: dict[str, object] = {
        "moves": 3,
        "submitted": part,
        "before": BEFORE,
        "username_sent": True,
        "password_sent": part >= Part.PASSWORD,
        "codes": 1 if part is Part.CODE else 0,
        "method": "totp" if part is Part.CODE else "",
        "waited": 0.01,
        "still": 0.01,
    }
    return replace(START, **(given | more))  # type: ignore[arg-type]  # a table of changes


SENT_NAME, SENT_WORD, SENT_CODE = _sent(Part.USERNAME), _sent(Part.PASSWORD), _sent(Part.CODE)
TYPED_CODE = _sent(Part.CODE, tentative=True, filled=frozenset({"d#code"}), waited=0.06)
LONG = {"waited": 30.0, "still": 30.0}
SETTLED = {"waited": 2.0, "still": 2.0}

ROWS: dict[str, tuple[Observation, Progress, Action]] = {
    # The first page.
    "a page still loading is waited for": (replace(HERE, ready=False), START, Wait()),
    "one page: the username first": (replace(HERE, form=_login()), START, FillUsername(NAME)),
    "a prefilled username is typed over": (
        replace(HERE, form=_login(NAME_SET)),
        START,
        FillUsername(NAME_SET),
    ),
    "then the password": (
        replace(HERE, form=_login(NAME_SET)),
        replace(START, filled=frozenset({"d#name"})),
        FillPassword(WORD),
    ),
    "a field a script has emptied is filled again": (
        replace(HERE, form=_login(NAME)),
        replace(START, filled=frozenset({"d#name"})),
        FillUsername(NAME),
    ),
    "then the button": (
        replace(HERE, form=_login(NAME_SET, WORD_SET)),
        replace(START, filled=frozenset({"d#name", "d#word"})),
        Submit(GO, WORD_SET),
    ),
    "a disabled button is waited for": (
        replace(HERE, form=replace(_login(NAME_SET, WORD_SET), submit=replace(GO, enabled=False))),
        replace(START, filled=frozenset({"d#name", "d#word"}), waited=0.1),
        Wait(),
    ),
    "and gone round with Enter when it stays disabled": (
        replace(HERE, form=replace(_login(NAME_SET, WORD_SET), submit=replace(GO, enabled=False))),
        replace(START, filled=frozenset({"d#name", "d#word"}), waited=3.0),
        Submit(None, WORD_SET),
    ),
    "without a button Enter in the last field": (
        replace(HERE, form=replace(_login(None, WORD_SET), submit=None)),
        replace(START, filled=frozenset({"d#word"})),
        Submit(None, WORD_SET),
    ),
    "identifier first: the username": (
        replace(HERE, form=_identifier()),
        START,
        FillUsername(NAME),
    ),
    "identifier first: its button": (
        replace(HERE, form=_identifier(NAME_SET)),
        replace(START, filled=frozenset({"d#name"})),
        Submit(GO, NAME_SET),
    ),
    "a captcha in the way ends it before anything is typed": (
        replace(HERE, form=_login(), captcha=True),
        START,
        Finish(Outcome.CAPTCHA),
    ),
    "a page with a way out and no form is signed in already": (
        replace(HERE, signed_in=True),
        START,
        Finish(Outcome.ALREADY_SIGNED_IN),
    ),
    "a page without a form may still bring one": (HERE, START, Wait()),
    "and has none when it stands still": (
        HERE,
        replace(START, **LONG),
        Finish(Outcome.NO_LOGIN_FORM),
    ),
    "a blank page is given longer": (
        replace(HERE, blank=True),
        replace(START, waited=6.0, still=6.0),
        Wait(),
    ),
    "a site's own error before the form": (
        replace(HERE, status=503),
        START,
        Finish(Outcome.SITE_ERROR, detail="Its status was 503."),
    ),
    "an error that stood before any try is not a rejection": (
        replace(HERE, form=_login(), notices=(WRONG_PASSWORD,)),
        START,
        FillUsername(NAME),
    ),
    "too many presses end it": (
        replace(HERE, form=_login(NAME_SET, WORD_SET)),
        replace(START, filled=frozenset({"d#name", "d#word"}), moves=MOST_MOVES),
        Finish(Outcome.UNCERTAIN, detail="8 moves led nowhere."),
    ),
    "too many fields typed in vain end it": (
        replace(HERE, form=_login()),
        replace(START, fills=MOST_FILLS),
        Finish(Outcome.UNCERTAIN, detail="8 fields were filled in vain."),
    ),
    # After the username alone.
    "the password page follows": (
        replace(NEXT, form=_login(None)),
        SENT_NAME,
        FillPassword(WORD),
    ),
    "a username repeated on the password page is left alone": (
        replace(NEXT, form=_login(NAME_SET)),
        SENT_NAME,
        FillPassword(WORD),
    ),
    "an empty one there is filled": (replace(NEXT, form=_login()), SENT_NAME, FillUsername(NAME)),
    "an unknown username is bad credentials": (
        replace(NEXT, form=_identifier(), notices=(_says("No such user", "wrong", "username"),)),
        SENT_NAME,
        Finish(Outcome.BAD_CREDENTIALS, "No such user"),
    ),
    "a page between the two is waited out": (NEXT, replace(SENT_NAME, still=2.0), Wait()),
    # After the password.
    "the form still standing is no answer": (
        replace(HERE, form=_login(NAME_SET, WORD_SET)),
        SENT_WORD,
        Wait(),
    ),
    "a wrong password told in words": (
        replace(NEXT, form=_login(), notices=(WRONG_PASSWORD,)),
        SENT_WORD,
        Finish(Outcome.BAD_CREDENTIALS, "Wrong username or password"),
    ),
    "a wrong password told in place": (
        replace(HERE, form=_login(NAME_SET, WORD_SET), notices=(WRONG_PASSWORD,)),
        SENT_WORD,
        Finish(Outcome.BAD_CREDENTIALS, "Wrong username or password"),
    ),
    "a wrong password told by an alert in an unknown language": (
        replace(TOLD, form=_login(NAME_SET, WORD_SET), notices=(PLAIN_ALERT,)),
        _sent(Part.PASSWORD, **SETTLED),
        Finish(Outcome.BAD_CREDENTIALS, "Hmm."),
    ),
    "an alert that has just appeared may only ask for patience": (
        replace(TOLD, form=_login(NAME_SET, WORD_SET), notices=(PLAIN_ALERT,)),
        SENT_WORD,
        Wait(),
    ),
    "a wrong password told by the same form in a new document": (
        replace(NEXT, form=_login()),
        _sent(Part.PASSWORD, **SETTLED),
        Finish(Outcome.BAD_CREDENTIALS),
    ),
    "the same form in a new document may yet say why": (
        replace(NEXT, form=_login()),
        SENT_WORD,
        Wait(),
    ),
    "a wrong password told by a field that is marked": (
        replace(TOLD, form=_login(NAME_SET, replace(WORD_SET, invalid=True))),
        _sent(Part.PASSWORD, **SETTLED),
        Finish(Outcome.BAD_CREDENTIALS),
    ),
    "a field that was marked before is no answer": (
        replace(TOLD, form=_login(NAME_SET, replace(WORD_SET, invalid=True))),
        _sent(Part.PASSWORD, before=replace(BEFORE, invalid=True), **SETTLED),
        Wait(),
    ),
    "a wrong password told by nothing but the site's status": (
        replace(TOLD, form=_login(NAME_SET, WORD_SET), signs=Signs(answer=401, requests=1)),
        _sent(Part.PASSWORD, **SETTLED),
        Finish(Outcome.BAD_CREDENTIALS),
    ),
    "a wrong password told by nothing at all": (
        replace(TOLD, form=_login(NAME_SET, WORD_SET)),
        _sent(Part.PASSWORD, waited=3.2, still=3.1),
        Finish(Outcome.BAD_CREDENTIALS),
    ),
    "a message may take two seconds": (
        replace(TOLD, form=_login(NAME_SET, WORD_SET)),
        _sent(Part.PASSWORD, waited=2.2, still=2.1),
        Wait(),
    ),
    "a wrong password told by an emptied field": (
        replace(TOLD, form=_login(NAME_SET, WORD)),
        _sent(Part.PASSWORD, **SETTLED),
        Finish(Outcome.BAD_CREDENTIALS),
    ),
    "a field emptied before anything was sent is filled again": (
        replace(HERE, form=_login(NAME_SET, WORD)),
        _sent(Part.PASSWORD, **SETTLED),
        FillPassword(WORD),
    ),
    "but only once": (
        replace(HERE, form=_login(NAME_SET, WORD)),
        _sent(Part.PASSWORD, repressed=True, **SETTLED),
        Finish(Outcome.BAD_CREDENTIALS),
    ),
    "and not while it may only be slow": (
        replace(HERE, form=_login(NAME_SET, WORD)),
        _sent(Part.PASSWORD, waited=1.0, still=1.0),
        Wait(),
    ),
    "an emptied field just now may become the next page": (
        replace(HERE, form=_login(NAME_SET, WORD)),
        SENT_WORD,
        Wait(),
    ),
    "an emptied field while the site still answers is waited for": (
        replace(TOLD, form=_login(NAME_SET, WORD), busy=True),
        _sent(Part.PASSWORD, **SETTLED),
        Wait(),
    ),
    "the text that stood before is not the answer": (
        replace(HERE, form=_login(NAME_SET, WORD_SET), notices=(WRONG_PASSWORD,)),
        _sent(
            Part.PASSWORD, before=replace(BEFORE, texts=frozenset({"Wrong username or password"}))
        ),
        Wait(),
    ),
    "thrown back to the username is bad credentials": (
        replace(NEXT, form=_identifier()),
        _sent(Part.PASSWORD, **SETTLED),
        Finish(Outcome.BAD_CREDENTIALS),
    ),
    "a form of another site is no answer yet": (
        replace(NEXT, url="https://b.example/", form=_login()),
        _sent(Part.PASSWORD, **SETTLED),
        Wait(),
    ),
    "and is never given the password": (
        replace(NEXT, url="https://b.example/", form=_login()),
        _sent(Part.PASSWORD, **LONG),
        Finish(Outcome.UNCERTAIN, detail="It asks for the password a second time."),
    ),
    "a username asked for by another site is given": (
        replace(NEXT, url="https://b.example/", form=_identifier()),
        SENT_NAME,
        FillUsername(NAME),
    ),
    "locked, with the form still there": (
        replace(NEXT, form=_login(), notices=(LOCKED,)),
        SENT_WORD,
        Finish(Outcome.LOCKED, "Your account is locked"),
    ),
    "locked, without a form": (
        replace(NEXT, notices=(LOCKED,)),
        SENT_WORD,
        Finish(Outcome.LOCKED, "Your account is locked"),
    ),
    "locked is told before wrong": (
        replace(NEXT, form=_login(), notices=(WRONG_PASSWORD, LOCKED)),
        SENT_WORD,
        Finish(Outcome.LOCKED, "Your account is locked"),
    ),
    "too many requests": (
        replace(NEXT, status=429),
        SENT_WORD,
        Finish(Outcome.RATE_LIMITED, detail="It answered: too many requests."),
    ),
    "too many tries, in words": (
        replace(NEXT, form=_login(), notices=(SLOWER,)),
        SENT_WORD,
        Finish(Outcome.RATE_LIMITED, "Wait five minutes"),
    ),
    "a password that must be changed, in words": (
        replace(NEXT, form=_login(), notices=(EXPIRED,)),
        SENT_WORD,
        Finish(Outcome.PASSWORD_EXPIRED, "Your password has expired"),
    ),
    "a captcha after a try": (
        replace(NEXT, form=_login(), captcha=True),
        SENT_WORD,
        Finish(Outcome.CAPTCHA),
    ),
    "a page behind the form with a way out is success": (
        replace(NEXT, signed_in=True),
        SENT_WORD,
        Finish(Outcome.SIGNED_IN),
    ),
    "a page behind the form without one is looked at twice": (NEXT, SENT_WORD, Wait()),
    "and is success when it stands still and a session came": (
        replace(NEXT, signs=IN),
        _sent(Part.PASSWORD, waited=0.5, still=0.2),
        Finish(Outcome.SIGNED_IN),
    ),
    "without a session it is not": (
        NEXT,
        _sent(Part.PASSWORD, **LONG),
        Finish(Outcome.UNCERTAIN, detail=NO_PROOF),
    ),
    "a page of another site is usually passed through": (
        replace(NEXT, url="https://b.example/", signs=IN),
        _sent(Part.PASSWORD, home="https://a.example", waited=0.5, still=0.5),
        Wait(),
    ),
    "even one with a way out": (
        replace(NEXT, url="https://b.example/", signs=IN, signed_in=True),
        _sent(Part.PASSWORD, home="https://a.example", waited=0.5, still=0.5),
        Wait(),
    ),
    "unless it stays": (
        replace(NEXT, url="https://b.example/", signs=IN),
        _sent(Part.PASSWORD, home="https://a.example", **SETTLED),
        Finish(Outcome.SIGNED_IN),
    ),
    "what the task expects is proof enough": (
        replace(NEXT, signs=Signs(proved=True)),
        SENT_WORD,
        Finish(Outcome.SIGNED_IN),
    ),
    "and is proof beside whatever the page looks like": (
        replace(NEXT, form=_login(), signs=Signs(proved=True)),
        SENT_WORD,
        Finish(Outcome.SIGNED_IN),
    ),
    "a way out does not do where something else is expected": (
        replace(NEXT, signed_in=True, signs=Signs(session=True, proved=False)),
        _sent(Part.PASSWORD, **SETTLED),
        Wait(),
    ),
    "which is uncertain in the end": (
        replace(NEXT, signed_in=True, signs=Signs(session=True, proved=False)),
        _sent(Part.PASSWORD, **LONG),
        Finish(Outcome.UNCERTAIN, detail="It looks signed in, but what is expected is not seen."),
    ),
    "a blank page is not success": (
        replace(NEXT, blank=True),
        _sent(Part.PASSWORD, **SETTLED),
        Wait(),
    ),
    "a page that asks for a new password is not success": (
        replace(NEXT, new_passwords=True, signs=IN),
        _sent(Part.PASSWORD, **SETTLED),
        Finish(Outcome.PASSWORD_EXPIRED),
    ),
    "nor is one with a way out that says it must be changed": (
        replace(NEXT, new_passwords=True, signed_in=True, notices=(EXPIRED,)),
        SENT_WORD,
        Finish(Outcome.PASSWORD_EXPIRED, "Your password has expired"),
    ),
    "a page with a way out may have a field for a new password": (
        replace(NEXT, new_passwords=True, signed_in=True),
        SENT_WORD,
        Finish(Outcome.SIGNED_IN),
    ),
    "terms are left to a person": (
        replace(NEXT, terms=True, signs=IN),
        _sent(Part.PASSWORD, **SETTLED),
        Finish(
            Outcome.UNCERTAIN,
            detail="It asks to accept new terms, which is left to a person.",
            hint='accept them by hand, or let the step do it: "accept_terms": true',
        ),
    ),
    "an error page is the site's": (
        replace(NEXT, status=500),
        SENT_WORD,
        Finish(Outcome.SITE_ERROR, detail="Its status was 500."),
    ),
    "a forbidden page is never success": (
        replace(NEXT, status=403),
        _sent(Part.PASSWORD, **LONG),
        Finish(Outcome.UNCERTAIN, detail=NO_PROOF.replace("200", "403")),
    ),
    "a page that says no and has no form": (
        replace(NEXT, notices=(WRONG_PASSWORD,)),
        SENT_WORD,
        Finish(Outcome.BAD_CREDENTIALS, "Wrong username or password"),
    ),
    "a single page app whose form went is waited for": (
        replace(HERE, sent=1),
        _sent(Part.PASSWORD, waited=0.3, still=0.3),
        Wait(),
    ),
    "and is success when it stands still and has a session": (
        replace(TOLD, signs=IN),
        _sent(Part.PASSWORD, **SETTLED),
        Finish(Outcome.SIGNED_IN),
    ),
    "a form that went with nothing sent is not success": (
        replace(HERE, signs=IN),
        _sent(Part.PASSWORD, **LONG),
        Finish(Outcome.UNCERTAIN, detail=NO_PROOF.replace("did not come", "came")),
    ),
    "silence ends as uncertain": (
        replace(HERE, form=_login(NAME_SET, WORD_SET)),
        _sent(Part.PASSWORD, repressed=True, **LONG),
        Finish(Outcome.UNCERTAIN, detail="The page has sent nothing."),
    ),
    "a second login form is never given the password": (
        replace(NEXT, form=_login()),
        replace(SENT_WORD, submitted=Part.USERNAME),
        Finish(Outcome.UNCERTAIN, detail="It asks for the password a second time."),
    ),
    # The code.
    "a code page after the password": (
        replace(NEXT, form=_code()),
        SENT_WORD,
        FillCode(CODE, "totp"),
    ),
    "six boxes are one code": (
        replace(NEXT, form=_code(BOXES)),
        SENT_WORD,
        FillCode(BOXES, "totp"),
    ),
    "a code asked in the same document": (
        replace(HERE, form=replace(_code(), key="d#other")),
        SENT_WORD,
        FillCode(CODE, "totp"),
    ),
    "a code asked without a way to make one": (
        replace(NEXT, form=_code()),
        replace(SENT_WORD, methods=()),
        Finish(Outcome.MFA_REQUIRED_BUT_NO_METHOD),
    ),
    "all three on one page: the code last": (
        replace(HERE, form=_login(NAME_SET, WORD_SET, CODE)),
        replace(START, filled=frozenset({"d#name", "d#word"})),
        FillCode(CODE, "totp"),
    ),
    "a required code beside the password without a way to make one": (
        replace(HERE, form=_login(NAME_SET, WORD_SET, replace(CODE, required=True))),
        replace(NO_FACTOR, filled=frozenset({"d#name", "d#word"})),
        Finish(Outcome.MFA_REQUIRED_BUT_NO_METHOD),
    ),
    "an optional code beside the password is left empty": (
        replace(HERE, form=_login(NAME_SET, WORD_SET, CODE)),
        replace(NO_FACTOR, filled=frozenset({"d#name", "d#word"})),
        Submit(GO, WORD_SET),
    ),
    "a typed code: boxes are given time to submit themselves": (
        replace(HERE, form=_code(BOXES_SET)),
        TYPED_CODE,
        Wait(),
    ),
    "a typed code: then the button": (
        replace(HERE, form=_code(CODE_SET)),
        TYPED_CODE,
        Submit(GO, CODE_SET),
    ),
    "a page that sends the code by itself is not pressed again": (
        replace(HERE, form=_code(BOXES_SET), sent=1),
        replace(TYPED_CODE, waited=0.5),
        Wait(),
    ),
    "a page that sent the code by itself and let us in": (
        replace(NEXT, signed_in=True),
        TYPED_CODE,
        Finish(Outcome.SIGNED_IN),
    ),
    "a page that sent the code by itself and says no": (
        replace(NEXT, form=_code(), notices=(WRONG_CODE,)),
        replace(TYPED_CODE, codes=2),
        Finish(Outcome.MFA_REJECTED, "That code is not right"),
    ),
    "a wrong code in words is given a second one": (
        replace(NEXT, form=_code(), notices=(WRONG_CODE,)),
        SENT_CODE,
        FillCode(CODE, "totp"),
    ),
    "never a third": (
        replace(NEXT, form=_code(), notices=(WRONG_CODE,)),
        replace(SENT_CODE, codes=2),
        Finish(Outcome.MFA_REJECTED, "That code is not right"),
    ),
    "a wrong code without words is given a second one too": (
        replace(NEXT, form=_code()),
        _sent(Part.CODE, **SETTLED),
        FillCode(CODE, "totp"),
    ),
    "a code of a clock that is far off is not given a second": (
        replace(NEXT, form=_code(), notices=(WRONG_CODE,), signs=Signs(skew=95)),
        SENT_CODE,
        Finish(
            Outcome.MFA_REJECTED,
            "That code is not right",
            detail="This machine's clock is 95 s behind the site's.",
            hint="set this machine's clock",
        ),
    ),
    "a second rejection in the words of the first is quoted all the same": (
        replace(NEXT, form=_code(), notices=(PLAIN_ALERT, WRONG_CODE)),
        _sent(
            Part.CODE,
            codes=2,
            before=replace(BEFORE, texts=frozenset({WRONG_CODE.text})),
            **SETTLED,
        ),
        Finish(Outcome.MFA_REJECTED, "That code is not right"),
    ),
    "a code that came by mail is not given a second": (
        replace(NEXT, form=_code(), notices=(WRONG_CODE,)),
        _sent(Part.CODE, methods=(MAIL,), method="imap"),
        Finish(Outcome.MFA_REJECTED, "That code is not right"),
    ),
    "locked after a code": (
        replace(NEXT, form=_code(), notices=(LOCKED,)),
        SENT_CODE,
        Finish(Outcome.LOCKED, "Your account is locked"),
    ),
    "thrown back to the start by a wrong code": (
        replace(NEXT, form=_login(), notices=(WRONG_CODE,)),
        SENT_CODE,
        Finish(Outcome.MFA_REJECTED, "That code is not right"),
    ),
    "all three on one page: the words say it was the code": (
        replace(NEXT, form=_login(code=CODE), notices=(WRONG_CODE,)),
        _sent(Part.PASSWORD, with_code=True, codes=1),
        Finish(Outcome.MFA_REJECTED, "That code is not right"),
    ),
    "all three on one page: the words say it was the password": (
        replace(NEXT, form=_login(code=CODE), notices=(WRONG_PASSWORD,)),
        _sent(Part.PASSWORD, with_code=True, codes=1),
        Finish(Outcome.BAD_CREDENTIALS, "Wrong username or password"),
    ),
    "a code left empty that was needed after all": (
        replace(NEXT, form=_login(code=CODE), notices=(WRONG_CODE,)),
        _sent(Part.PASSWORD, code_left_empty=True, methods=()),
        Finish(Outcome.MFA_REQUIRED_BUT_NO_METHOD, "That code is not right"),
    ),
    "a code left empty and a wrong password": (
        replace(NEXT, form=_login(code=CODE), notices=(WRONG_PASSWORD,)),
        _sent(Part.PASSWORD, code_left_empty=True, methods=()),
        Finish(Outcome.BAD_CREDENTIALS, "Wrong username or password"),
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_is_seen_and_done_decides_what_follows(
    row: tuple[Observation, Progress, Action],
) -> None:
    seen, progress, expected = row
    assert decide(seen, progress) == expected


def test_a_password_once_sent_is_never_filled_again_whatever_is_seen() -> None:
    for form in (_login(), _login(None), _login(NAME_SET, WORD_SET, CODE)):
        for notices in ((), (WRONG_PASSWORD,), (WRONG_CODE,), (LOCKED,), (PLAIN_ALERT,)):
            for document in (HERE, NEXT):
                for sent in (SENT_WORD, SENT_CODE, TYPED_CODE):
                    progress = replace(sent, **SETTLED)
                    told = replace(document, sent=1, signs=Signs(requests=1))
                    action = decide(replace(told, form=form, notices=notices), progress)
                    assert not isinstance(action, (FillPassword, Submit)), (form, notices, sent)
