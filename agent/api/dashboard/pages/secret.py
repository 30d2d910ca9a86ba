"""One secret's page: what it is, what it was used for, and what can be done with it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, Asking, door, give_cookie
from agent.api.dashboard.answers import page, see
from agent.api.dashboard.form import Sent
from agent.api.dashboard.pages.secrets import Wished, read_fields, read_source, sources
from agent.api.dashboard.rendering import Said
from agent.api.dashboard.rights import may
from agent.api.dashboard.stepping import stepped_up
from agent.errors import RunnerError
from agent.runner.house import Proof
from agent.vault.policy import TEST, Action
from agent.vault.secret_types import SECRET_TYPES

router = APIRouter(prefix="/secrets/{secret_id}")

_NEWEST = 50


@dataclass(frozen=True, slots=True)
class May:
    """What the page offers."""

    rotate: bool
    move: bool
    freeze: bool
    unfreeze: bool
    delete: bool
    reveal: bool
    code: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A value that was asked for; the page hides it again by itself."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CodeNow:
    """A one-time code and the whole seconds it is still good."""

    digits: str = field(repr=False)
    seconds: int


@router.get("", **door(Action.SEE))
def secret(request: Request, asked: Asked, secret_id: str) -> Response:
    """Show a secret."""
    return _page(request, asked, secret_id)


@router.post("/reveal", **door(Action.REVEAL))
def reveal(request: Request, asked: Asked, secret_id: str, form: Sent) -> Response:
    """Show one field of a masked secret, after the password was entered again."""
    try:
        stepped, cookie = stepped_up(request, asked, form)
    except RunnerError as error:
        said = Said(form.without_values(error.message), error.hint, "bad")
        return _page(request, asked, secret_id, said=said)
    name = form.one("field")
    try:
        value = asked.premises.runner_for(stepped).keeping.show(secret_id, name, Proof())
        answer = _page(request, asked, secret_id, shown=Shown(name, value))
    except RunnerError as error:
        answer = _page(request, asked, secret_id, said=Said.of(error))
    give_cookie(answer, cookie)
    return answer


@router.post("/code", **door(Action.TOTP))
def code(request: Request, asked: Asked, secret_id: str) -> Response:
    """Show the current one-time code."""
    now = time.time()
    try:
        made = asked.runner.totp_code(secret_id, now=now)
    except RunnerError as error:
        return _page(request, asked, secret_id, said=Said.of(error))
    shown = CodeNow(made.text, max(0, int(made.closes_at - now)))
    return _page(request, asked, secret_id, code=shown)


@router.post("/compromised", **door(Action.FREEZE))
def compromised(asked: Asked, secret_id: str) -> Response:
    """Freeze a secret that others may know, and its copies; stop their runs."""
    card = asked.runner.secret(secret_id)
    asked.runner.safety.compromised(card.id)
    return see(f"/secrets/{card.id}", "frozen")


@router.post("/unfreeze", **door(Action.UNFREEZE))
def unfreeze(asked: Asked, secret_id: str) -> Response:
    """Lift every freeze of a secret."""
    card, _ = asked.runner.safety.unfreeze(secret_id)
    return see(f"/secrets/{card.id}", "unfrozen")


@router.get("/version", **door(Action.ROTATE))
def version_page(request: Request, asked: Asked, secret_id: str) -> Response:
    """Ask for the values of a new version."""
    return _version(request, asked, secret_id)


@router.post("/version", **door(Action.ROTATE))
def version(request: Request, asked: Asked, secret_id: str, form: Sent) -> Response:
    """Seal a new version under the same id."""
    card = asked.runner.secret(secret_id)
    try:
        kept = read_source(form)
        if kept is None:
            asked.runner.rotate_secret(card.id, read_fields(form, card.type))
        else:
            asked.runner.sourcing.move(card.id, kept, {})
    except RunnerError as error:
        said = Said(form.without_values(error.message), form.without_values(error.hint), "bad")
        return _version(request, asked, secret_id, said)
    return see(f"/secrets/{card.id}", "version")


@router.get("/delete", **door(Action.DELETE))
def delete_page(request: Request, asked: Asked, secret_id: str) -> Response:
    """Say what would miss a secret, and ask for its name."""
    return _delete(request, asked, secret_id)


@router.post("/delete", **door(Action.DELETE))
def delete(request: Request, asked: Asked, secret_id: str, form: Sent) -> Response:
    """Shred a test secret, or retire a live one."""
    card, keeping = asked.runner.secret(secret_id), asked.runner.keeping
    take = keeping.delete if card.mode == TEST else keeping.retire
    try:
        take(card.id, form.one("typed"))
    except RunnerError as error:
        return _delete(request, asked, secret_id, Said.of(error))
    return see("/secrets", "deleted" if card.mode == TEST else "retired")


def _page(request: Request, asked: Asking, secret_id: str, **given: Any) -> Response:
    card = asked.runner.secret(secret_id)
    made_of = SECRET_TYPES[card.type]
    keys = {part.name for part in made_of.parts if part.entry == "totp"}
    uses = asked.runner.safety.usage(card.id).lines if may(asked, Action.USAGE, card) else ()
    offered = May(
        rotate=may(asked, Action.ROTATE, card),
        move=may(asked, Action.NARROW, card),
        freeze=may(asked, Action.FREEZE, card),
        unfreeze=may(asked, Action.UNFREEZE, card),
        delete=may(asked, Action.DELETE if card.mode == TEST else Action.RETIRE, card),
        reveal=may(asked, Action.REVEAL, card),
        code=bool(keys & set(card.fields)) and may(asked, Action.TOTP, card),
    )
    freezes = [_said_of(freeze) for freeze in asked.runner.safety.freezes(card)]
    given = {"shown": None, "code": None, **given}
    return page(
        request,
        "secret.html",
        asked,
        card=card,
        may=offered,
        freezes=freezes,
        uses=tuple(reversed(uses))[:_NEWEST],
        **given,
    )


def _said_of(freeze: Any) -> str:
    where = f" at {freeze.origin}" if getattr(freeze, "origin", "") else ""
    return f"{str(freeze.reason).replace('_', ' ')}{where}"


def _version(request: Request, asked: Asking, secret_id: str, said: Said | None = None) -> Response:
    card = asked.runner.secret(secret_id)
    given: dict[str, Any] = {"said": said, "status": 422} if said else {}
    return page(
        request,
        "secret_version.html",
        asked,
        card=card,
        kind=SECRET_TYPES[card.type],
        source=card.source,
        sources=sources(),
        given=Wished(reference=card.reference),
        **given,
    )


def _delete(request: Request, asked: Asking, secret_id: str, said: Said | None = None) -> Response:
    card = asked.runner.secret(secret_id)
    dependants = asked.runner.keeping.dependants(card)
    given: dict[str, Any] = {"said": said, "status": 422} if said else {}
    return page(request, "secret_delete.html", asked, card=card, dependants=dependants, **given)
