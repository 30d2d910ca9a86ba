"""Who carries runs out."""

from __future__ import annotations

from fastapi import APIRouter

from agent.api.asking import Asked, door
from agent.api.shapes import Given, Listed, moment
from agent.vault.policy import Action

router = APIRouter(prefix="/workers", tags=["workers"])


class WorkerGiven(Given):
    """A worker: where it is, how many runs it takes at a time, and how many it has.

    It takes runs of its ``queues`` that ask for no label but its own.
    """

    id: str
    host: str
    pid: int
    state: str
    concurrency: int
    running: int
    queues: list[str]
    labels: list[str]
    started_at: str | None
    seen_at: str | None


@router.get("", **door(Action.SEE_RUNS))
def workers(asked: Asked) -> Listed[WorkerGiven]:
    """List the workers, the newest first."""
    return Listed(
        items=[
            WorkerGiven(
                id=one.id,
                host=one.host,
                pid=one.pid,
                state=one.state,
                concurrency=one.concurrency,
                running=one.running,
                queues=one.queues.split(),
                labels=one.labels.split(),
                started_at=moment(one.started_at),
                seen_at=moment(one.seen_at),
            )
            for one in asked.runner.orders.workers()
        ]
    )
