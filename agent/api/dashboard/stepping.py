"""The password entered again on a page, for what asks for more than being signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.runner.entering import SignIn
from agent.vault.access.refusals import SignInRefused

if TYPE_CHECKING:
    from starlette.requests import Request

    from agent.api.asking import Asking
    from agent.api.dashboard.form import Form
    from agent.runner.entering import Caller


def stepped_up(request: Request, asked: Asking, form: Form) -> tuple[Caller, str]:
    """Give who has just entered the password again, and the cookie the session goes on with.

    The cookie before is worth nothing from then on: whatever comes of it, the answer must set the
    new one. Raises what refuses a wrong password or code.
    """
    address = request.client.host if request.client else ""
    again = SignIn("", form.exact("password"), form.one("code"), address)
    cookie = asked.entering.step_up(asked.caller, again)
    caller = asked.premises.entering.by_cookie(cookie)
    if caller is None:
        raise SignInRefused("your session has ended meanwhile")
    return caller, cookie
