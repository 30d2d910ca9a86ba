"""Where a secret may go, changed on a page: as good as its value, and asked for like that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, Asking, door, give_cookie
from agent.api.dashboard.answers import page, see
from agent.api.dashboard.form import Form, Sent
from agent.api.dashboard.pages.secrets import Wished, read_fields
from agent.api.dashboard.rendering import Said
from agent.api.dashboard.stepping import stepped_up
from agent.errors import RunnerError
from agent.runner.house import Proof
from agent.vault.origin import OriginPolicy
from agent.vault.policy import MASKED, Action
from agent.vault.providers import LOCAL
from agent.vault.secret_types import SECRET_TYPES

if TYPE_CHECKING:
    from agent.vault.secret import SecretCard

router = APIRouter(prefix="/secrets/{secret_id}/origins")


@router.get("", **door(Action.NARROW))
def origins_page(request: Request, asked: Asked, secret_id: str) -> Response:
    """Ask where a secret may go."""
    card = asked.runner.secret(secret_id)
    return _page(request, asked, card, "\n".join(card.origins.texts()))


@router.post("", **door(Action.NARROW))
def origins(request: Request, asked: Asked, secret_id: str, form: Sent) -> Response:
    """Let a secret go to other sites; more than before asks for the password, or the values."""
    card, cookie = asked.runner.secret(secret_id), ""
    try:
        policy = OriginPolicy.parse(form.lines("origins"))
        keeping = asked.runner.keeping
        if card.visibility == MASKED and not card.origins.covers(policy):
            stepped, cookie = stepped_up(request, asked, form)
            keeping = asked.premises.runner_for(stepped).keeping
        keeping.change_origins(card.id, policy, Proof(fields=_values(form, card)))
    except RunnerError as error:
        said = Said(form.without_values(error.message), form.without_values(error.hint), "bad")
        answer = _page(request, asked, card, form.one("origins"), said)
    else:
        answer = see(f"/secrets/{card.id}", "moved")
    if cookie:
        give_cookie(answer, cookie)
    return answer


def _values(form: Form, card: SecretCard) -> dict[str, str] | None:
    return (read_fields(form, card.type) or None) if card.visibility != MASKED else None


def _page(
    request: Request, asked: Asking, card: SecretCard, written: str, said: Said | None = None
) -> Response:
    given: dict[str, Any] = {"said": said, "status": 422} if said else {}
    return page(
        request,
        "secret_origins.html",
        asked,
        card=card,
        origins=written,
        kind=SECRET_TYPES[card.type],
        source=LOCAL,
        given=Wished(),
        **given,
    )
