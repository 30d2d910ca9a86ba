"""Taking a run over from its page, and giving it back; what happens in between goes by the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.responses import Response

from agent.api.asking import Asked, door
from agent.api.dashboard.answers import see
from agent.api.dashboard.rights import may
from agent.vault.policy import Action

if TYPE_CHECKING:
    from agent.api.asking import Asking
    from agent.runs.run import Run

router = APIRouter(prefix="/runs/{run_id}")


@router.post("/take-over", **door(Action.TAKE_OVER))
def take_over(asked: Asked, run_id: str) -> Response:
    """Take the page over, where nobody else has it."""
    return see(f"/runs/{asked.runner.taking_over.take(run_id).run_id}")


@router.post("/give-back", **door(Action.TAKE_OVER))
def give_back(asked: Asked, run_id: str) -> Response:
    """Let the run go on."""
    asked.runner.taking_over.give_back(run_id)
    return see(f"/runs/{run_id}", "given-back")


def person_of(asked: Asking, run: Run) -> dict[str, Any]:
    """Gather what the page says of the person a run needs; ``needs`` is None for one without."""
    over = asked.runner.taking_over
    stands = None if run.state.ended else over.look(run.id)
    if stands is None or stands.given_back:
        return {"needs": None}
    return {
        "needs": stands,
        "needs_left": max(0.0, stands.until - stands.now),
        "mine": over.is_mine(stands),
        "held_by": stands.holder_name if stands.held else "",
        "may_take_over": may(asked, Action.TAKE_OVER, mode=run.mode),
    }
