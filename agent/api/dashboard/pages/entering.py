"""Coming in and going out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, give_cookie, open_door, own_door, premises_of, take_cookie
from agent.api.dashboard.answers import own_path, page, see
from agent.api.dashboard.form import Sent
from agent.api.dashboard.rendering import Said
from agent.errors import RunnerError
from agent.runner.entering import SignIn
from agent.vault.access.refusals import CodeWanted

router = APIRouter()


@router.get("/", **own_door())
def home(asked: Asked) -> Response:  # noqa: ARG001 - whoever came in
    """Lead to the runs."""
    return see("/runs")


@router.get("/sign-in", **open_door())
def sign_in_page(request: Request, to: Annotated[str, Query(alias="next")] = "/") -> Response:
    """Ask who someone is."""
    return page(request, "sign_in.html", next=own_path(to, "/"), name="")


@router.post("/sign-in", **open_door())
def sign_in(request: Request, form: Sent) -> Response:
    """Let someone in, or say no without saying what was wrong."""
    to = own_path(form.one("next"), "/")
    address = request.client.host if request.client else ""
    given = SignIn(form.one("name"), form.exact("password"), form.one("code"), address)
    try:
        text = premises_of(request).entering.sign_in(given)
    except CodeWanted:
        said = Said("Now the code of your authenticator, and the password once more.", tone="warn")
    except RunnerError as error:
        said = Said(form.without_values(error.message), error.hint, "bad")
    else:
        return _entered(text, to)
    return page(request, "sign_in.html", said=said, next=to, name=form.one("name"), status=401)


@router.get("/welcome", **open_door())
def welcome_page(request: Request) -> Response:
    """Ask whoever has a link for the password they choose."""
    return page(request, "welcome.html", link="", name="")


@router.post("/welcome", **open_door())
def welcome(request: Request, form: Sent) -> Response:
    """Take the password chosen with a link."""
    password, link = form.exact("password"), form.one("link")
    said = None
    if password != form.exact("again"):
        said = Said("The two passwords differ.", tone="bad")
    else:
        try:
            chosen = SignIn(form.one("name"), password)
            return _entered(premises_of(request).entering.redeem(link, chosen), "/")
        except RunnerError as error:
            said = Said(form.without_values(error.message), error.hint, "bad")
    given = {"link": link, "name": form.one("name")}
    return page(request, "welcome.html", said=said, status=422, **given)


@router.post("/sign-out", **own_door())
def sign_out(asked: Asked) -> Response:
    """End the session."""
    asked.entering.sign_out(asked.caller)
    answer = see("/sign-in")
    take_cookie(answer)
    return answer


def _entered(text: str, to: str) -> Response:
    answer = see(to)
    give_cookie(answer, text)
    return answer
