"""The routes that the client ``indices`` (PyPI, 0.13) calls, so that it works with this server.

What it calls a connector is a stored task, a string secret is one of type ``value``. Its secrets
come without a word on where they may go: such a secret goes nowhere until it is first bound by
someone who may keep secrets, and from then on where that task's slot says
(``agent.runner.first_use``).
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Path, Query

from agent.api.asking import Asked, Asking, door
from agent.api.indices_shapes import (
    SHOWN,
    TYPES,
    CodeOut,
    ConnectorOut,
    ConnectorPage,
    Deleted,
    Logs,
    RunIn,
    RunOut,
    RunPage,
    SecretIn,
    SecretOut,
    connector_out,
    run_out,
    secret_out,
)
from agent.api.problems import SaidNo
from agent.api.streams import ended
from agent.runner.first_use import NOWHERE, settle
from agent.runner.orders import Order
from agent.runs.options import RunOptions
from agent.vault.new_secret import NewSecret
from agent.vault.policy import TEST, Action

if TYPE_CHECKING:
    from agent.runs.events import RunEvent
    from agent.runs.run import Run
    from agent.runs.task_store import StoredTask

USUAL_TIMEOUT: Final = 300
_PICKED_UP_WITHIN: Final = 60
"""Seconds a run may wait for a worker while its client waits for it."""

Id = Annotated[str, Path(min_length=1, max_length=120)]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=100)]


def by_token(asked: Asked) -> None:
    """Let programs in only: a page has no business here."""
    if asked.caller.session is not None:
        raise SaidNo(401, "not_signed_in", "this takes a token")


router = APIRouter(tags=["indices"], dependencies=[Depends(by_token)])


@router.post("/secrets", **door(Action.CREATE))
def create_secret(asked: Asked, given: SecretIn) -> SecretOut:
    """Keep a secret."""
    kind = TYPES[given.secret_type]
    mode = asked.caller.actor.mode
    return secret_out(asked.runner.keep(NewSecret(given.name, kind, given.fields(), NOWHERE, mode)))


@router.get("/secrets", **door(Action.SEE))
def list_secrets(asked: Asked) -> list[SecretOut]:
    """List the secrets of the types that the client knows."""
    return [secret_out(card) for card in asked.runner.secrets() if card.type in SHOWN]


@router.delete("/secrets/{secret_id}", **door(Action.DELETE))
def deletesecret_out(asked: Asked, secret_id: Id) -> Deleted:
    """Shred a test secret, or retire a live one."""
    card = asked.runner.secret(secret_id)
    keeping = asked.runner.keeping
    take = keeping.delete if card.mode == TEST else keeping.retire
    return Deleted(id=take(card.id, card.name).id, deleted=True)


@router.post("/secrets/{secret_id}/totp", **door(Action.TOTP))
def totp(asked: Asked, secret_id: Id) -> CodeOut:
    """Make the current one-time code."""
    card = asked.runner.secret(secret_id)
    return CodeOut(id=card.id, code=asked.runner.totp_code(card.id, now=time.time()).text)


@router.get("/connectors", **door(Action.SEE_TASKS))
def connectors(
    asked: Asked,
    cursor: Cursor = None,
    limit: Limit = 50,
    domain: Annotated[str | None, Query(max_length=253)] = None,
) -> ConnectorPage:
    """List the stored tasks."""
    every = [_connector(asked, one) for one in asked.runner.tasks.list()]
    if domain:
        every = [one for one in every if _is_on(one.website, domain)]
    start = int(cursor) if cursor and cursor.isascii() and cursor.isdigit() else 0
    part = every[start : start + limit]
    more = start + limit < len(every)
    return ConnectorPage(data=part, next_cursor=str(start + limit) if more else None)


@router.get("/connectors/{connector_id}", **door(Action.SEE_TASKS))
def connector(asked: Asked, connector_id: Id) -> ConnectorOut:
    """Describe a stored task."""
    return _connector(asked, asked.runner.tasks.get(connector_id))


@router.get("/connectors/{connector_id}/revisions", **door(Action.SEE_TASKS))
def revisions(asked: Asked, connector_id: Id) -> ConnectorPage:
    """List the versions of a stored task, the newest first."""
    found = asked.runner.tasks.versions(connector_id)
    return ConnectorPage(data=[_connector(asked, one) for one in found])


@router.post("/runs", **door(Action.RUN))
async def create_run(asked: Asked, wish: RunIn) -> RunOut:
    """Run a stored task with secrets in its slots."""
    run = await asyncio.to_thread(_placed, asked, wish)
    if not wish.async_:
        seconds = (wish.max_timeout_s or USUAL_TIMEOUT) + _PICKED_UP_WITHIN
        run = await ended(asked, run, seconds)
    return await asyncio.to_thread(_run, asked, run)


@router.get("/runs", **door(Action.SEE_RUNS))
def list_runs(
    asked: Asked,
    connector_id: Annotated[str, Query(min_length=1, max_length=120)],
    cursor: Cursor = None,
    limit: Limit = 50,
    version: Annotated[int | None, Query(ge=1)] = None,
) -> RunPage:
    """List the runs of a stored task's newest version, or of another one."""
    stored = asked.runner.tasks.get(connector_id, version)
    page = asked.runner.orders.page(limit, cursor, task=stored.id)
    wanted = [run for run in page.items if run.task_version == stored.version]
    return RunPage(data=[_run(asked, run) for run in wanted], next_cursor=page.next)


@router.get("/runs/{run_id}", **door(Action.SEE_RUNS))
def run(asked: Asked, run_id: Id) -> RunOut:
    """Describe a run."""
    return _run(asked, asked.runner.orders.get(run_id))


@router.get("/runs/{run_id}/logs", **door(Action.SEE_RUNS))
def logs(asked: Asked, run_id: Id) -> Logs:
    """Give what happened in a run, one line each."""
    found = asked.runner.events.since(asked.runner.orders.get(run_id).id, 0)
    return Logs(logs="\n".join(_line(event) for event in found))


def _placed(asked: Asking, wish: RunIn) -> Run:
    stored = asked.runner.tasks.get(wish.connector_id)
    settle(asked.runner.house, stored, wish.secret_bindings, wish.arguments)
    order = Order(
        task=stored.id,
        bindings=wish.secret_bindings,
        inputs=wish.arguments,
        mode=asked.caller.actor.mode,
        options=RunOptions(timeout=wish.max_timeout_s),
    )
    return asked.premises.place(asked.runner.house, order, wish.values())


def _connector(asked: Asking, stored: StoredTask) -> ConnectorOut:
    return connector_out(stored, asked.runner.tasks.shape(stored))


def _run(asked: Asking, run: Run) -> RunOut:
    return run_out(run, asked.runner.report(run.id))


def _is_on(website: str | None, domain: str) -> bool:
    host = urlsplit(website or "").hostname or ""
    return host == domain.lower() or host.endswith(f".{domain.lower()}")


def _line(event: RunEvent) -> str:
    told = " ".join(f"{name}={value}" for name, value in event.data.items())
    return f"{event.at:.3f} {event.kind} {told}".rstrip()
