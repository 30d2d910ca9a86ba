"""Figures of the runs in pictures: success and duration, sign-ins by site, codes to come."""

from __future__ import annotations

import time

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, door
from agent.api.dashboard.answers import page
from agent.api.dashboard.drawn import next_contention, of_codes, of_sites, of_task
from agent.runner.figures import MOST, days_of, logins_of
from agent.vault.policy import Action

router = APIRouter(prefix="/figures")


@router.get("", **door(Action.SEE_RUNS))
def figures(request: Request, asked: Asked) -> Response:
    """Show what the newest runs and the schedules come to."""
    now = time.time()
    runs, lines = asked.runner.figures.newest(), asked.runner.figures.codes(now)
    return page(
        request,
        "figures.html",
        asked,
        most=MOST,
        tasks=[of_task(one) for one in days_of(runs)],
        sites=of_sites(logins_of(runs)),
        codes=of_codes(lines, now),
        contentions=[next_contention(one) for one in lines if one.contended],
    )
