"""Webhooks and what is on its way to them, in the database of the runs.

A delivery is written in the transaction that ends the run, so none is forgotten; who delivers it
takes it for a while, so two do not at once, and one that dies leaves it to the next.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from agent.errors import NotFound, UsageError
from agent.runs.tables import database_now, delivery, webhook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from agent.runs.run import Run

TAKEN_FOR: Final = 120.0
"""Seconds a delivery belongs to who took it."""

Webhooks = list["Webhook"]
Deliveries = list["Delivery"]
Due = list[tuple["Webhook", "Delivery"]]


class Sent(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of ends of runs; ``states`` are the ends it wants, all when empty.

    ``local`` allows an address of this machine or of a private network. ``secret_id`` is the secret
    in the vault that messages are signed with.
    """

    id: str
    project: str
    name: str
    url: str
    states: Sequence[str]
    local: bool
    paused: bool
    secret_id: str
    created_by: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one webhook; ``status`` is the last answer's, ``why`` what went wrong."""

    webhook_id: str
    message_id: str
    body: str
    state: str
    tries: int
    next_at: float
    status: int | None
    why: str
    created_at: float


def queue_deliveries(connection: Connection, run: Run) -> None:
    """Write what each webhook of a run's project is to be told of its end; no value is in it."""
    mine = webhook.c.project == run.project, webhook.c.paused.is_(False)
    wanted = or_(webhook.c.states == "", webhook.c.states.contains(run.state.value))
    hooks = connection.execute(select(webhook.c.id).where(*mine, wanted)).scalars().all()
    for one in hooks:
        connection.execute(insert(delivery).values(**_message(one, run.id, told_of(run))))


def told_of(run: Run) -> dict[str, Any]:
    """Give what a webhook is told of a run: how it ended, and nothing it read or used."""
    data = {
        "run_id": run.id,
        "task": run.task,
        "task_id": run.task_id,
        "task_version": run.task_version,
        "mode": run.mode,
        "state": run.state.value,
        "outcome": run.outcome,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }
    return {"type": f"run.{run.state.value}", "data": data}


@dataclass(frozen=True, slots=True)
class WebhookStore:
    """The webhooks of one project; ``due`` and what follows it are for those of every project."""

    engine: Engine
    project: str

    def add(self, fields: Mapping[str, Any]) -> Webhook:
        """Keep a new webhook. Raises ``UsageError`` where there is one of its name."""
        row = {"id": str(uuid.uuid4()), "project": self.project, "created_at": database_now()}
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(webhook).values(**row, **fields))
        except IntegrityError:
            raise UsageError(f"there is a webhook named {fields['name']!r:.120} already") from None
        return self.get(str(row["id"]))

    def change(self, webhook_id: str, fields: Mapping[str, Any]) -> Webhook:
        """Change a webhook."""
        mine = update(webhook).where(webhook.c.id == webhook_id, self._ours)
        with self.engine.begin() as connection:
            connection.execute(mine.values(**fields))
        return self.get(webhook_id)

    def delete(self, webhook_id: str) -> None:
        """Take a webhook away, and what was on its way to it."""
        with self.engine.begin() as connection:
            connection.execute(delete(webhook).where(webhook.c.id == webhook_id, self._ours))
            connection.execute(delete(delivery).where(delivery.c.webhook_id == webhook_id))

    def get(self, id_or_name: str) -> Webhook:
        """Find a webhook by its id or name. Raises ``NotFound``."""
        known = (webhook.c.id == id_or_name) | (webhook.c.name == id_or_name)
        found = self._read(and_(known, self._ours))
        if not found:
            raise NotFound(f"there is no webhook {id_or_name!r:.120}", hint="runner webhooks list")
        return next((one for one in found if one.id == id_or_name), found[0])

    def list(self) -> Webhooks:
        """Give the webhooks by name."""
        return self._read(self._ours)

    def deliveries(self, webhook_id: str, limit: int) -> Deliveries:
        """Give the newest messages to a webhook."""
        mine = select(delivery).where(delivery.c.webhook_id == webhook_id)
        newest = mine.order_by(delivery.c.created_at.desc(), delivery.c.message_id).limit(limit)
        with self.engine.connect() as connection:
            return [Delivery(**row) for row in connection.execute(newest).mappings()]

    def put(self, one: Webhook, message_id: str, told: Mapping[str, Any]) -> None:
        """Write a message that no run is the cause of."""
        with self.engine.begin() as connection:
            connection.execute(insert(delivery).values(**_message(one.id, message_id, told)))

    def due(self, limit: int = 10) -> Due:
        """Take messages that are to be delivered now, each with its webhook."""
        pending = delivery.c.state == Sent.PENDING.value, delivery.c.next_at <= database_now()
        first = select(delivery).where(*pending).order_by(delivery.c.next_at).limit(limit)
        with self.engine.connect() as connection:
            found = [Delivery(**row) for row in connection.execute(first).mappings()]
        taken = [one for one in found if self._take(one)]
        hooks = {one.id: one for one in self._read(webhook.c.id.in_([t.webhook_id for t in taken]))}
        return [(hooks[one.webhook_id], one) for one in taken if one.webhook_id in hooks]

    def tried(self, one: Delivery, status: int | None, why: str) -> None:
        """Write how one try went, while others may follow."""
        told = {"tries": delivery.c.tries + 1, "status": status, "why": why}
        self._update(one, told | {"next_at": database_now() + TAKEN_FOR})

    def ended(self, one: Delivery, state: Sent, again_in: float | None = None) -> None:
        """Write where a message stands; ``again_in`` seconds it is tried once more."""
        told: dict[str, Any] = {"state": state.value}
        if again_in is not None:
            told["next_at"] = database_now() + again_in
        self._update(one, told)

    @property
    def _ours(self) -> Any:
        return webhook.c.project == self.project

    def _take(self, one: Delivery) -> bool:
        mine = self._one(one).where(delivery.c.next_at == one.next_at)
        with self.engine.begin() as connection:
            taken = mine.values(next_at=database_now() + TAKEN_FOR)
            return connection.execute(taken).rowcount == 1

    def _update(self, one: Delivery, values: Mapping[str, Any]) -> None:
        with self.engine.begin() as connection:
            connection.execute(self._one(one).values(**values))

    def _one(self, one: Delivery) -> Any:
        same = delivery.c.webhook_id == one.webhook_id, delivery.c.message_id == one.message_id
        return update(delivery).where(*same)

    def _read(self, condition: Any) -> Webhooks:
        chosen = select(webhook).where(condition).order_by(webhook.c.name)
        with self.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(chosen).mappings()]
        return [Webhook(**row | {"states": tuple(row["states"].split())}) for row in rows]


def _message(webhook_id: str, message_id: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "webhook_id": webhook_id,
        "message_id": message_id,
        "body": json.dumps(told, ensure_ascii=False, separators=(",", ":")),
        "state": Sent.PENDING.value,
        "tries": 0,
        "next_at": database_now(),
        "why": "",
        "created_at": database_now(),
    }
