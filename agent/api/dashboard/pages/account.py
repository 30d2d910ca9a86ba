"""The account of the one who is signed in: password and one-time code."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, Asking, give_cookie, own_door
from agent.api.dashboard.answers import page, see
from agent.api.dashboard.form import Form, Sent
from agent.api.dashboard.rendering import Said
from agent.errors import RunnerError, UsageError
from agent.runner.entering import Caller, SignIn

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
    try:
        caller, _ = _stepped_up(request, asked, form)
        cookie = asked.entering.change_password(caller, form.exact("new"))
    except RunnerError as error:
        return _page(request, asked, said=_said(form, error))
    answer = see("/account", "password")
    give_cookie(answer, cookie)
    return answer


@router.post("/totp/offer", **own_door())
def offer(request: Request, asked: Asked) -> Response:
    """Make a key for an authenticator; nothing is asked for before its code was typed."""
    key = base64.b32encode(secrets.token_bytes(_KEY_BYTES)).decode()
    return _page(request, asked, offered=Offered(key))


@router.post("/totp", **own_door())
def enrol(request: Request, asked: Asked, form: Sent) -> Response:
    """Ask for a one-time code from now on."""
    try:
        caller, cookie = _stepped_up(request, asked, form)
        asked.entering.enrol(caller, form.one("key"), form.one("new-code"))
    except RunnerError as error:
        return _page(request, asked, said=_said(form, error), offered=Offered(form.one("key")))
    answer = see("/account", "totp")
    give_cookie(answer, cookie)
    return answer


@router.post("/totp/off", **own_door())
def no_code(request: Request, asked: Asked, form: Sent) -> Response:
    """Ask for no one-time code any more."""
    try:
        caller, cookie = _stepped_up(request, asked, form)
        asked.entering.no_code(caller)
    except RunnerError as error:
        return _page(request, asked, said=_said(form, error))
    answer = see("/account", "no-totp")
    give_cookie(answer, cookie)
    return answer


def _stepped_up(request: Request, asked: Asking, form: Form) -> tuple[Caller, str]:
    """Take the password again; gives the caller of the new session, and its cookie."""
    address = request.client.host if request.client else ""
    again = SignIn("", form.exact("password"), form.one("code"), address)
    cookie = asked.entering.step_up(asked.caller, again)
    caller = asked.entering.by_cookie(cookie)
    if caller is None:
        raise UsageError("the session has ended: sign in again")
    return caller, cookie


def _said(form: Form, error: RunnerError) -> Said:
    return Said(form.without_values(error.message), form.without_values(error.hint), "bad")


def _page(request: Request, asked: Asking, **given: Any) -> Response:
    given = {"offered": None, "status": 422 if "said" in given else 200, **given}
    has_totp = asked.entering.has_code(asked.caller)
    return page(request, "account.html", asked, has_totp=has_totp, **given)
