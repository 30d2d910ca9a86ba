"""The list of runs, which keeps itself up to date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from agent.api.asking import Asked, door
from agent.api.dashboard.answers import page
from agent.runs.states import State
from agent.vault.policy import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.runs.run import Run

router = APIRouter(prefix="/runs")

_PAGE = 50


@dataclass(frozen=True, slots=True)
class Figures:
    """The runs of a page in numbers."""

    active: int
    succeeded: int
    ended: int

    @classmethod
    def of(cls, runs: Sequence[Run]) -> Figures:
        """Count."""
        ended = sum(run.state.ended for run in runs)
        good = sum(run.state is State.SUCCEEDED for run in runs)
        return cls(len(runs) - ended, good, ended)

    @property
    def rate(self) -> str:
        """The share of those that ended well."""
        return f"{self.succeeded / self.ended:.0%}" if self.ended else "–"


@router.get("", **door(Action.SEE_RUNS))
def runs(
    request: Request,
    asked: Asked,
    state: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show the newest runs; ``after`` is where the page before ended."""
    known = state if state in list(State) else ""
    found = asked.runner.orders.page(_PAGE, after or None, state=known or None)
    return page(
        request,
        "runs.html",
        asked,
        runs=found.items,
        next=found.next,
        state=known,
        after=after,
        states=[one.value for one in State],
        figures=Figures.of(found.items),
    )
