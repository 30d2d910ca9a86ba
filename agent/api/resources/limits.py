"""Limits of sites: how many runs at a time act there, and how many begin in a minute."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from agent.api.asking import Asked, door
from agent.api.shapes import Given, Listed, Taken
from agent.runner.limits import MOST
from agent.runs.limit_store import Limit
from agent.vault.policy import Action

router = APIRouter(prefix="/limits", tags=["limits"])

Site = Annotated[str, Path(min_length=1, max_length=300)]


class LimitWish(Taken):
    """A limit of a site (an origin): runs at a time, and runs that begin in a minute.

    ``burst`` of these may begin at once.
    """

    site: str = Field(min_length=1, max_length=300)
    concurrency: int | None = Field(default=None, ge=1, le=MOST)
    per_minute: float | None = Field(default=None, gt=0, le=MOST)
    burst: int = Field(default=1, ge=1, le=MOST)


class LimitGiven(Given):
    """A limit, and how many runs act there just now."""

    site: str
    concurrency: int | None
    per_minute: float | None
    burst: int
    running: int


@router.get("", **door(Action.SEE_RUNS))
def limits(asked: Asked) -> Listed[LimitGiven]:
    """List the limits by site."""
    return Listed(items=[_given(one) for one in asked.runner.limits.list()])


@router.put("", **door(Action.LIMITS))
def put(asked: Asked, wish: LimitWish) -> LimitGiven:
    """Set the limit of a site, or another one in its place."""
    limit = Limit(wish.site, wish.concurrency, wish.per_minute, wish.burst)
    return _given(asked.runner.limits.put(limit))


@router.delete("/{site:path}", status_code=204, **door(Action.LIMITS))
def remove(asked: Asked, site: Site) -> None:
    """Take the limit of a site away; the address ends in it, like ``…/https://portal.example``."""
    asked.runner.limits.remove(site)


def _given(one: Limit) -> LimitGiven:
    return LimitGiven(
        site=one.site,
        concurrency=one.concurrency,
        per_minute=one.per_minute,
        burst=one.burst,
        running=one.running,
    )
