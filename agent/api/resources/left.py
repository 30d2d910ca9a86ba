"""What runs left: links for people without access, and old runs taken away."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field, StringConstraints

from agent.api.asking import Asked, door
from agent.api.shapes import Given, Taken, moment
from agent.runs.retention import AGE, Rule, seconds_of
from agent.vault.policy import Action

router = APIRouter(prefix="/runs", tags=["runs"])

RunId = Annotated[str, Path(min_length=8, max_length=36, pattern=r"^[0-9A-Fa-f-]+$")]
_MOST_MINUTES = 7 * 24 * 60


class LinkWish(Taken):
    """Which artifact, by its name, and how long the link is good for."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=300)] = "report.html"
    minutes: int = Field(default=60, ge=1, le=_MOST_MINUTES)


class LinkGiven(Given):
    """An address that is good until then for whoever has it."""

    url: str
    expires_at: str | None


class PruneWish(Taken):
    """What stays; see ``runner runs prune``. By default it is only said what would go."""

    keep: int | None = Field(default=None, ge=1, le=1_000_000)
    older: Annotated[str, StringConstraints(pattern=AGE)] | None = None
    dry_run: bool = True


class GoneGiven(Given):
    """A run that went, or would go."""

    id: str
    task: str
    mode: str
    state: str
    finished_at: str | None


class PrunedGiven(Given):
    """Runs that went, and those of which the store could not let go yet; ``why`` not."""

    dry_run: bool
    gone: list[GoneGiven]
    rests: list[str]
    why: str


@router.post("/{run_id}/link", **door(Action.SEE_RUNS))
def link(asked: Asked, run_id: RunId, wish: LinkWish) -> LinkGiven:
    """Sign an address of one artifact in the bucket, for someone who has no other access.

    Only of what passed the gate, and only where artifacts are kept in a bucket: the addresses of
    ``/artifacts`` are good for an hour wherever they are.
    """
    found = asked.runner.orders.get(run_id)
    seconds = wish.minutes * 60
    until = moment(time.time() + seconds)
    return LinkGiven(url=asked.runner.left.signed(found.id, wish.name, seconds), expires_at=until)


@router.post("/prune", **door(Action.PRUNE))
def prune(asked: Asked, wish: PruneWish) -> PrunedGiven:
    """Take old runs of the project away, record and artifacts, or say which would go."""
    rule = Rule(wish.keep, None if wish.older is None else seconds_of(wish.older))
    pruned = asked.runner.left.prune(rule, time.time(), only_say=wish.dry_run)
    gone = [
        GoneGiven(
            id=run.id,
            task=run.task,
            mode=run.mode,
            state=run.state,
            finished_at=moment(run.finished_at),
        )
        for run in pruned.gone
    ]
    return PrunedGiven(dry_run=wish.dry_run, gone=gone, rests=list(pruned.rests), why=pruned.why)
