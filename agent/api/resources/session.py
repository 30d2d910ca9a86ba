"""Signing in and out, and what a person keeps to sign in with."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import (
    Asked,
    Asking,
    give_cookie,
    open_door,
    own_door,
    premises_of,
    take_cookie,
)
from agent.api.shapes import Given, Name, Taken, Word, moment
from agent.runner.entering import SignIn
from agent.vault.access.sessions import LONGEST, STEPPED_UP_FOR

router = APIRouter(tags=["session"])

Password = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,8}$")]


class Credentials(Taken):
    """What a person signs in with; ``code`` where they chose to be asked for one."""

    name: Name
    password: Password
    code: Code | None = None


class Again(Taken):
    """The password entered again."""

    password: Password
    code: Code | None = None


class Chosen(Taken):
    """A password chosen with a one-time link; ``name`` is for the first Owner."""

    link: Word
    password: Password
    name: Name | None = None


class NewPassword(Taken):
    """Another password."""

    password: Password


class NewCode(Taken):
    """A TOTP key, as an app is set up with, and the code the app shows for it."""

    key: Word
    code: Code


class Project(Taken):
    """A project to go on in."""

    project: Name


class Me(Given):
    """Who asks. A token has scopes and no end of a session."""

    name: str
    person: str
    role: str | None
    project: str
    projects: list[str]
    token: bool
    mode: str | None = None
    asks_for_code: bool = False
    stepped_up_until: str | None = None
    session_ends_at: str | None = None


@router.post("/session", status_code=204, **open_door())
def sign_in(request: Request, asked: Credentials) -> Response:
    """Sign in; the answer sets the session's cookie."""
    entering = premises_of(request).entering
    text = entering.sign_in(
        SignIn(asked.name, asked.password, asked.code or "", address_of(request))
    )
    return _entered(text)


@router.post("/session/link", status_code=204, **open_door())
def choose_password(request: Request, chosen: Chosen) -> Response:
    """Choose a password with a one-time link, and be signed in."""
    entering = premises_of(request).entering
    text = entering.redeem(chosen.link, SignIn(chosen.name or "", chosen.password))
    return _entered(text)


@router.get("/session", **own_door())
def me(asked: Asked) -> Me:
    """Tell who asks."""
    return describe(asked)


@router.delete("/session", status_code=204, **own_door())
def sign_out(asked: Asked) -> Response:
    """End the session."""
    asked.entering.sign_out(asked.caller)
    answer = Response(status_code=204)
    take_cookie(answer)
    return answer


@router.post("/session/step-up", status_code=204, **own_door())
def step_up(request: Request, asked: Asked, again: Again) -> Response:
    """Enter the password again, for what asks for it within the next five minutes."""
    given = SignIn("", again.password, again.code or "", address_of(request))
    return _entered(asked.entering.step_up(asked.caller, given))


@router.post("/session/password", status_code=204, **own_door())
def change_password(asked: Asked, new: NewPassword) -> Response:
    """Change the password (stepped up); every other session and token of the person ends."""
    return _entered(asked.entering.change_password(asked.caller, new.password))


@router.put("/session/totp", status_code=204, **own_door())
def ask_for_code(asked: Asked, new: NewCode) -> None:
    """Ask for a one-time code as well from now on (stepped up)."""
    asked.entering.enrol(asked.caller, new.key, new.code)


@router.delete("/session/totp", status_code=204, **own_door())
def ask_for_no_code(asked: Asked) -> None:
    """Ask for no one-time code any more (stepped up)."""
    asked.entering.no_code(asked.caller)


@router.post("/session/project", status_code=204, **own_door())
def go_to(asked: Asked, to: Project) -> Response:
    """Go on in another project."""
    return _entered(asked.entering.go_to(asked.caller, to.project))


def describe(asked: Asking) -> Me:
    """Say who asks."""
    caller, session = asked.caller, asked.caller.session
    stepped = session.stepped_up_at + STEPPED_UP_FOR if session and session.stepped_up_at else None
    people = asked.premises.people
    return Me(
        name=caller.actor.name,
        person=caller.member.name,
        role=caller.actor.role,
        project=caller.actor.project,
        projects=people.projects_of(caller.member.name) if session else [caller.actor.project],
        token=session is None,
        mode=caller.actor.only.mode if caller.actor.only else None,
        asks_for_code=asked.entering.has_code(caller) if session else False,
        stepped_up_until=moment(stepped),
        session_ends_at=moment(session.created_at + LONGEST) if session else None,
    )


def address_of(request: Request) -> str:
    """Say where a request came from."""
    return request.client.host if request.client else ""


def _entered(text: str) -> Response:
    answer = Response(status_code=204)
    give_cookie(answer, text)
    return answer
