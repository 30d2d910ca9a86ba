"""Webhooks: addresses that are told how runs end, signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import Field

from agent.api.asking import Asked, door
from agent.api.shapes import Given, Listed, Name, Taken, moment
from agent.runner.webhooks import NewWebhook
from agent.vault.policy import Action

if TYPE_CHECKING:
    from agent.runs.webhook_store import Webhook

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

WebhookId = Annotated[str, Path(min_length=1, max_length=120)]


class WebhookWish(Taken):
    """Which ends of runs (``states``; all where none is named) are told to which address.

    ``local`` allows an address of this machine or of a private network.
    """

    name: Name
    url: str = Field(min_length=1, max_length=2000)
    states: list[Literal["succeeded", "failed", "cancelled", "interrupted"]] = Field(
        default_factory=list, max_length=4
    )
    local: bool = False
    paused: bool = False

    def read(self) -> NewWebhook:
        """Give it as it is kept."""
        return NewWebhook(self.name, self.url, tuple(self.states), self.local, self.paused)


class WebhookGiven(Given):
    """A webhook, without the key its messages are signed with."""

    id: str
    name: str
    url: str
    states: list[str]
    local: bool
    paused: bool
    created_by: str
    created_at: str | None


class WebhookMade(WebhookGiven):
    """A webhook that was just made: ``signing_key`` is shown here and nowhere else."""

    signing_key: str


class DeliveryGiven(Given):
    """One message: where it stands, how often it was tried, and the last answer."""

    message: str
    state: str
    tries: int
    status: int | None
    why: str
    created_at: str | None
    next_at: str | None


class Sent(Given):
    """The id of a message that was put on its way."""

    message: str


@router.get("", **door(Action.WEBHOOKS))
def webhooks(asked: Asked) -> Listed[WebhookGiven]:
    """List the webhooks by name."""
    return Listed(items=[WebhookGiven(**_told(one)) for one in asked.runner.webhooks.list()])


@router.post("", status_code=201, **door(Action.WEBHOOKS))
def add(asked: Asked, wish: WebhookWish) -> WebhookMade:
    """Keep a webhook; the key its messages are signed with is in this answer only."""
    made, key = asked.runner.webhooks.add(wish.read())
    return WebhookMade(signing_key=key, **_told(made))


@router.get("/{webhook_id}", **door(Action.WEBHOOKS))
def webhook(asked: Asked, webhook_id: WebhookId) -> WebhookGiven:
    """Describe a webhook."""
    return WebhookGiven(**_told(asked.runner.webhooks.get(webhook_id)))


@router.put("/{webhook_id}", **door(Action.WEBHOOKS))
def change(asked: Asked, webhook_id: WebhookId, wish: WebhookWish) -> WebhookGiven:
    """Put another address, or other ends, in its place; the key stays."""
    return WebhookGiven(**_told(asked.runner.webhooks.change(webhook_id, wish.read())))


@router.delete("/{webhook_id}", status_code=204, **door(Action.WEBHOOKS))
def delete(asked: Asked, webhook_id: WebhookId) -> None:
    """Take a webhook away, its key, and what was on its way to it."""
    asked.runner.webhooks.delete(webhook_id)


@router.post("/{webhook_id}/test", status_code=202, **door(Action.WEBHOOKS))
def test(asked: Asked, webhook_id: WebhookId) -> Sent:
    """Put a test message on its way; ``deliveries`` tells how it went."""
    return Sent(message=asked.runner.webhooks.test(webhook_id))


@router.get("/{webhook_id}/deliveries", **door(Action.WEBHOOKS))
def deliveries(asked: Asked, webhook_id: WebhookId) -> Listed[DeliveryGiven]:
    """List the newest messages, and how each went."""
    return Listed(
        items=[
            DeliveryGiven(
                message=one.message_id,
                state=one.state,
                tries=one.tries,
                status=one.status,
                why=one.why,
                created_at=moment(one.created_at),
                next_at=moment(one.next_at) if one.state == "pending" else None,
            )
            for one in asked.runner.webhooks.deliveries(webhook_id)
        ]
    )


def _told(one: Webhook) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "url": one.url,
        "states": list(one.states),
        "local": one.local,
        "paused": one.paused,
        "created_by": one.created_by,
        "created_at": moment(one.created_at),
    }
