"""Taking a run over: its page in masked pictures, and what a person does in it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from agent.api.asking import Asked, door
from agent.api.problems import SaidNo
from agent.api.resources.runs import RunId
from agent.api.shapes import Taken
from agent.api.takeover_shapes import TakeoverGiven, takeover_given
from agent.browser.person_acts import PersonAct
from agent.vault.policy import Action

if TYPE_CHECKING:
    from agent.api.asking import Asking
    from agent.runs.takeover import Takeover

router = APIRouter(prefix="/runs/{run_id}/takeover", tags=["runs"])

LONGEST_WAIT: Final = 20.0
_EVERY: Final = 0.25
"""Seconds between two looks; what is shown comes two or three times a second at most."""
_PICTURE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string"}}}}
}


class Acts(Taken):
    """What is to be done in the page, in this order."""

    acts: list[PersonAct] = Field(min_length=1, max_length=50)


@router.get("", **door(Action.TAKE_OVER))
async def look(
    asked: Asked,
    run_id: RunId,
    after: Annotated[int, Query(ge=-1, le=10**9)] = -1,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 0,
) -> TakeoverGiven:
    """Tell how a run stands that waits for a person; pictures are taken while somebody asks.

    With ``wait`` the answer comes when there is another picture than number ``after`` or something
    else has changed, or after so many seconds. 404 where the run waits for nobody.
    """
    until, first = time.monotonic() + wait, await _watched(asked, run_id)
    stands = first
    while _is_old(stands, first, after) and time.monotonic() < until:
        await asyncio.sleep(_EVERY)
        stands = await _watched(asked, run_id)
    return takeover_given(stands, mine=asked.runner.taking_over.is_mine(stands))


@router.post("", **door(Action.TAKE_OVER))
def take(asked: Asked, run_id: RunId) -> TakeoverGiven:
    """Take the page over. 409 while another person has it."""
    stands = asked.runner.taking_over.take(run_id)
    return takeover_given(stands, mine=asked.runner.taking_over.is_mine(stands))


@router.get("/frame", response_class=Response, responses=_PICTURE, **door(Action.TAKE_OVER))
def frame(asked: Asked, run_id: RunId) -> Response:
    """Give the newest picture of the page, masked, as JPEG. 404 where there is none."""
    found = asked.runner.taking_over.frame(run_id)
    if found is None:
        raise SaidNo(404, "not_found", "there is no picture of that run's page")
    return Response(found.content, media_type="image/jpeg", headers={"X-Frame": str(found.number)})


@router.post("/acts", status_code=204, **door(Action.TAKE_OVER))
def act(asked: Asked, run_id: RunId, wanted: Acts) -> None:
    """Click, scroll or type in the page; the worker does it soon.

    What is typed is sealed until then, and masked in everything the run leaves. 409 where the page
    is not yours, 429 where too much waits.
    """
    asked.runner.taking_over.act(run_id, wanted.acts)


@router.post("/give-back", status_code=204, **door(Action.TAKE_OVER))
def give_back(asked: Asked, run_id: RunId) -> None:
    """Give the page back: the run goes on."""
    asked.runner.taking_over.give_back(run_id)


async def _watched(asked: Asking, run_id: str) -> Takeover:
    return await asyncio.to_thread(asked.runner.taking_over.watch, run_id)


def _is_old(stands: Takeover, first: Takeover, after: int) -> bool:
    """Tell whether there is nothing to tell that was not known."""
    if stands.frame != after:
        return False
    told = [(one.unseen, one.holder, one.held, one.given_back) for one in (first, stands)]
    return told[0] == told[1]
