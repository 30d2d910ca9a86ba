"""Who asks: what every route is given of the caller, and what it must allow first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

from fastapi import Depends
from starlette.requests import Request

from agent.api.problems import SaidNo
from agent.api.walls import SAFE
from agent.vault.policy import Action, may_ever

if TYPE_CHECKING:
    from starlette.responses import Response

    from agent.api.options import ServerOptions
    from agent.runner import Runner
    from agent.runner.entering import Caller, Entering
    from agent.wiring.premises import Premises

COOKIE: Final = "__Host-rnr"
_BEARER: Final = "bearer "


@dataclass(frozen=True, slots=True)
class Asking:
    """One who may come in, and the runner that is theirs for this request."""

    caller: Caller
    runner: Runner
    premises: Premises

    @property
    def entering(self) -> Entering:
        """The use cases of the door."""
        return self.premises.entering


def premises_of(request: Request) -> Premises:
    """Give what the app stands on."""
    return cast("Premises", request.app.state.premises)


def options_of(request: Request) -> ServerOptions:
    """Give where the app is served."""
    return cast("ServerOptions", request.app.state.options)


def who_asks(request: Request) -> Asking | None:
    """Say who asks, by token or by cookie; None for nobody.

    With an unsafe request a cookie counts only where it is certain that a page of ours sent it.
    """
    premises = premises_of(request)
    written = request.headers.get("authorization")
    if written is not None:
        is_bearer = written[: len(_BEARER)].lower() == _BEARER
        found = premises.entering.by_token(written[len(_BEARER) :].strip()) if is_bearer else None
    else:
        text = request.cookies.get(COOKIE)
        counts = request.method in SAFE or getattr(request.state, "cookie_counts", False)
        found = premises.entering.by_cookie(text) if text and counts else None
    return None if found is None else Asking(found, premises.runner_for(found), premises)


def asking(who: Annotated[Asking | None, Depends(who_asks)]) -> Asking:
    """Give who asks, or answer 401."""
    if who is None:
        raise SaidNo(401, "not_signed_in", "sign in, or send a token that is good")
    return who


Asked = Annotated[Asking, Depends(asking)]
"""The parameter of a route that is for people and programs who came in."""


@dataclass(frozen=True, slots=True)
class Door:
    """Lets a route be asked for only by roles and tokens that may ever do what it does.

    What exactly they may do with which thing is decided by the use case.
    """

    action: Action

    def __call__(self, asked: Asked) -> None:
        """Refuse at once (``NotAllowed``) who may never do that."""
        may_ever(asked.caller.actor, self.action)


def door(action: Action) -> dict[str, Any]:
    """Give what a route is declared with: ``@router.get("/secrets", **door(Action.SEE))``."""
    return {"dependencies": [Depends(Door(action))], "openapi_extra": {"x-action": action.value}}


def own_door() -> dict[str, Any]:
    """Declare a route that is about the caller alone: whoever came in may ask it."""
    return {"dependencies": [Depends(asking)], "openapi_extra": {"x-action": "own"}}


def open_door() -> dict[str, Any]:
    """Declare a route that anyone may ask, before signing in."""
    return {"openapi_extra": {"x-action": "open", "security": []}}


def give_cookie(response: Response, text: str) -> None:
    """Set the session's cookie: only over https (or to this machine), and never to a script."""
    response.set_cookie(COOKIE, text, secure=True, httponly=True, samesite="strict", path="/")


def take_cookie(response: Response) -> None:
    """Have the browser forget the cookie."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="strict", path="/")
