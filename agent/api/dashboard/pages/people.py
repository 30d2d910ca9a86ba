"""People of the project and tokens for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, Asking, door, options_of
from agent.api.dashboard.answers import page, see
from agent.api.dashboard.form import Sent
from agent.api.dashboard.rendering import Said
from agent.api.dashboard.rights import may
from agent.errors import RunnerError, UsageError
from agent.runner.token_keeping import TokenKeeping
from agent.vault.access.scopes import SCOPES
from agent.vault.access.tokens import MOST_DAYS, NewToken
from agent.vault.policy import MODES, Action, Role

router = APIRouter()

ROLES: Final = ("owner", "admin", "editor")


@dataclass(frozen=True, slots=True)
class Line:
    """One person; ``mine_to_change`` is whether the page offers to."""

    person: str
    role: str
    mine_to_change: bool


@dataclass(frozen=True, slots=True)
class Once:
    """Something that is shown in one answer and nowhere else."""

    words: str
    value: str = field(repr=False)


@router.get("/people", **door(Action.SEE))
def people(request: Request, asked: Asked) -> Response:
    """Show who is in the project."""
    return _page(request, asked)


@router.post("/people", **door(Action.PEOPLE))
def add(request: Request, asked: Asked, form: Sent) -> Response:
    """Let a person in; shows the link by which they choose a password."""
    person = form.one("person")
    try:
        asked.runner.membership.add(person, _role(form.one("role")))
        link = asked.runner.membership.link(person)
    except RunnerError as error:
        return _page(request, asked, said=Said.of(error), opened="new-person")
    address = f"{options_of(request).url}/welcome#{link}"
    return _page(request, asked, once=Once(f"Give {person} this link, good for a day.", address))


@router.post("/people/{person}/role", **door(Action.PEOPLE))
def change(asked: Asked, person: str, form: Sent) -> Response:
    """Give a person another role."""
    asked.runner.membership.change(person, _role(form.one("role")))
    return see("/people", "role")


@router.post("/people/{person}/remove", **door(Action.PEOPLE))
def remove(asked: Asked, person: str) -> Response:
    """Take a person out of the project."""
    asked.runner.membership.remove(person)
    return see("/people", "removed")


@router.post("/tokens", **door(Action.TOKENS))
def new_token(request: Request, asked: Asked, form: Sent) -> Response:
    """Make a token; its text is in this answer alone."""
    days = form.one("days")
    try:
        if not days.isdigit() or not 1 <= int(days) <= MOST_DAYS:
            raise UsageError(f"a token ends after 1 to {MOST_DAYS} days")
        mode, scopes = form.one("mode"), form.several("scopes")
        new = NewToken(form.one("token-name"), scopes, mode, Role.RUNNER, int(days))
        made, text = TokenKeeping(asked.runner.house).add(new)
    except RunnerError as error:
        return _page(request, asked, said=Said.of(error), opened="new-token")
    return _page(request, asked, once=Once(f"The token {made.name} is made.", text))


@router.post("/tokens/{token_id}/revoke", **door(Action.TOKENS))
def revoke(asked: Asked, token_id: str) -> Response:
    """Take a token back."""
    TokenKeeping(asked.runner.house).revoke(token_id)
    return see("/people", "revoked")


def _page(request: Request, asked: Asking, **given: Any) -> Response:
    may_token = may(asked, Action.TOKENS)
    tokens = TokenKeeping(asked.runner.house).list() if may_token else []
    status = 422 if "said" in given else 200
    given = {"once": None, "status": status, **given}
    return page(
        request,
        "people.html",
        asked,
        members=_members(asked),
        roles=ROLES,
        tokens=tokens,
        scopes=list(SCOPES),
        modes=MODES,
        may_add=may(asked, Action.PEOPLE),
        may_token=may_token,
        **given,
    )


def _members(asked: Asking) -> list[Line]:
    mine = asked.caller.actor.role
    offered = may(asked, Action.PEOPLE)
    order = list(Role)
    return [
        Line(
            one.person,
            one.role,
            offered
            and one.person != asked.caller.member.name
            and mine is not None
            and (mine is Role.OWNER or order.index(one.role) > order.index(mine)),
        )
        for one in asked.runner.membership.members()
    ]


def _role(text: str) -> Role:
    if text not in ROLES:
        raise UsageError(f"a role is one of {', '.join(ROLES)}")
    return Role(text)
