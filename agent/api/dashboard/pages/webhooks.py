"""Webhooks: which programs are told that a run has ended, and how each message went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, Asking, door
from agent.api.dashboard.answers import page, see
from agent.api.dashboard.form import Sent
from agent.api.dashboard.rendering import Said
from agent.errors import RunnerError
from agent.runner.webhooks import NewWebhook
from agent.runs.states import State
from agent.vault.policy import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.runs.webhook_store import Delivery, Webhook

router = APIRouter(prefix="/webhooks")

_SHOWN = 10
_ENDS = tuple(state.value for state in State if state.ended)


@dataclass(frozen=True, slots=True)
class Line:
    """One webhook with its newest messages."""

    webhook: Webhook
    deliveries: Sequence[Delivery]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was asked for when it was refused, and why."""

    said: Said
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key of a new webhook, shown once."""

    text: str = field(repr=False)


@router.get("", **door(Action.WEBHOOKS))
def webhooks(request: Request, asked: Asked) -> Response:
    """Show the webhooks."""
    return _page(request, asked)


@router.post("", **door(Action.WEBHOOKS))
def add(request: Request, asked: Asked, form: Sent) -> Response:
    """Keep a webhook; shows the key its messages are signed with, this once."""
    name, url = form.one("name"), form.one("url")
    try:
        new = NewWebhook(name, url, form.several("states"), local=bool(form.one("local")))
        _, key = asked.runner.webhooks.add(new)
    except RunnerError as error:
        return _page(request, asked, refusal=Refusal(Said.of(error), name, url))
    return _page(request, asked, signing=SigningKey(key))


@router.post("/{webhook_id}/test", **door(Action.WEBHOOKS))
def test(asked: Asked, webhook_id: str) -> Response:
    """Put a test message on its way."""
    asked.runner.webhooks.test(webhook_id)
    return see("/webhooks", "sent")


@router.post("/{webhook_id}/delete", **door(Action.WEBHOOKS))
def delete(asked: Asked, webhook_id: str) -> Response:
    """Take a webhook away, with its key."""
    asked.runner.webhooks.delete(webhook_id)
    return see("/webhooks", "deleted")


def _page(request: Request, asked: Asking, **given: Any) -> Response:
    keeping = asked.runner.webhooks
    lines = [Line(one, keeping.deliveries(one.id, _SHOWN)) for one in keeping.list()]
    status = 422 if "refusal" in given else 200
    given |= {"opened": "new-webhook"} if "refusal" in given else {}
    given = {"refusal": None, "signing": None, "status": status, **given}
    return page(request, "webhooks.html", asked, lines=lines, ends=_ENDS, **given)
