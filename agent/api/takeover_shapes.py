"""A run that waits for a person, as the API gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.api.shapes import Given, moment

if TYPE_CHECKING:
    from agent.runs.takeover import Takeover


class TakeoverGiven(Given):
    """A run that waits for a person; ``why`` is a word, ``message`` says what to do.

    ``held_by`` has the page, ``yours`` tells whether that is you; ``seconds_left`` until the run
    goes on without help. ``frame`` is the newest picture's number, 0 for none yet; ``unseen`` says
    why there is none. ``waiting`` counts acts that are still to be done.
    """

    why: str
    message: str
    since: str | None
    until: str | None
    seconds_left: float
    held_by: str | None
    yours: bool
    given_back: bool
    acts: int
    waiting: int
    frame: int
    unseen: str


def takeover_given(stands: Takeover, *, mine: bool) -> TakeoverGiven:
    """Show how a run stands that waits for a person."""
    return TakeoverGiven(
        why=stands.why,
        message=stands.message,
        since=moment(stands.since),
        until=moment(stands.until),
        seconds_left=round(max(0.0, stands.until - stands.now), 1),
        held_by=stands.holder_name if stands.held else None,
        yours=mine,
        given_back=stands.given_back,
        acts=stands.acts,
        waiting=stands.waiting,
        frame=stands.frame,
        unseen=stands.unseen,
    )
