"""The account of the one who is signed in: password and one-time code."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, Asking, give_cookie, own_door
from agent.api.dashboard.answers import page, see
from agent.api.dashboard.form import Form, Sent
from agent.api.dashboard.rendering import Said
from agent.api.dashboard.stepping import stepped_up
from agent.errors import RunnerError
from agent.runner.entering import Caller

router = APIRouter(prefix="/account")

_KEY_BYTES = 20  # RFC 4226, section 4, R6: 160 bits


@dataclass(frozen=True, slots=True)
class Offered:
    """A new key for an authenticator, until its first code is typed."""

    key: str = field(repr=False)


@router.get("", **own_door())
def account(request: Request, asked: Asked) -> Response:
    """Show the account."""
    return _page(request, asked)


@router.post("/password", **own_door())
def password(request: Request, asked: Asked, form: Sent) -> Response:
    """Change the password; every other session ends."""

    def change(caller: Caller) -> str:
        return asked.entering.change_password(caller, form.exact("new"))

    return _changed(request, asked, form, Change(change, "password"))


@router.post("/totp/offer", **own_door())
def offer(request: Request, asked: Asked) -> Response:
    """Make a key for an authenticator; nothing is asked for before its code was typed."""
    key = base64.b32encode(secrets.token_bytes(_KEY_BYTES)).decode()
    return _page(request, asked, offered=Offered(key))


@router.post("/totp", **own_door())
def enrol(request: Request, asked: Asked, form: Sent) -> Response:
    """Ask for a one-time code from now on."""
    key = form.one("key")

    def turn_on(caller: Caller) -> None:
        asked.entering.enrol(caller, key, form.one("new-code"))

    return _changed(request, asked, form, Change(turn_on, "totp", Offered(key)))


@router.post("/totp/off", **own_door())
def no_code(request: Request, asked: Asked, form: Sent) -> Response:
    """Ask for no one-time code any more."""
    return _changed(request, asked, form, Change(asked.entering.no_code, "no-totp"))


@dataclass(frozen=True, slots=True)
class Change:
    """What is done after the password was entered again; it may give another cookie.

    ``done`` is the word for the page that follows, ``offered`` what a refusal shows once more.
    """

    act: Callable[[Caller], str | None]
    done: str
    offered: Offered | None = None


def _changed(request: Request, asked: Asking, form: Form, change: Change) -> Response:
    try:
        caller, cookie = stepped_up(request, asked, form)
    except RunnerError as error:
        return _page(request, asked, said=_said(form, error), offered=change.offered)
    try:
        cookie = change.act(caller) or cookie
        answer = see("/account", change.done)
    except RunnerError as error:
        answer = _page(request, asked, said=_said(form, error), offered=change.offered)
    give_cookie(answer, cookie)
    return answer


def _said(form: Form, error: RunnerError) -> Said:
    return Said(form.without_values(error.message), form.without_values(error.hint), "bad")


def _page(request: Request, asked: Asking, **given: Any) -> Response:
    given = {"offered": None, "status": 422 if "said" in given else 200, **given}
    has_totp = asked.entering.has_code(asked.caller)
    return page(request, "account.html", asked, has_totp=has_totp, **given)
