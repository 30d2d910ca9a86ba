"""Taking a run over: seeing its page, doing in it what only a person can do, and giving it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agent.errors import Conflict, NotFound
from agent.runs.takeover import ACTS, FRAMES, given_back
from agent.runs.takeovers import MOST_WAITING
from agent.vault.access.refusals import TooManyTries
from agent.vault.audit import Act, Entry
from agent.vault.passed import Envelope
from agent.vault.policy import Action, Thing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.browser.person_acts import PersonAct
    from agent.runner.house import House
    from agent.runs.run import Run
    from agent.runs.takeover import Takeover
    from agent.runs.takeovers import Takeovers
    from agent.vault.passed import Sealed

_SOON: Final = 1.0


@dataclass(frozen=True, slots=True)
class Frame:
    """A masked picture of a run's page, as JPEG; the size is the page's, in CSS pixels."""

    number: int
    width: int
    height: int
    content: bytes


@dataclass(frozen=True, slots=True)
class TakingOver:
    """Use cases of one who may take runs over; one at a time has a page, others may watch.

    It is for those who may use the run's secrets themselves: in live mode, Admins and Owners.
    """

    house: House

    def look(self, run_id: str) -> Takeover | None:
        """Tell whether a run waits for a person, and who has its page; None where it does not."""
        self.house.permit(Action.SEE_RUNS)
        run = self.house.store.get(run_id)
        self.house.let(Action.SEE_RUNS, Thing(run.project, run.mode))
        return self._meeting.look(run.id)

    def watch(self, run_id: str) -> Takeover:
        """Tell the same to one who looks at the page: pictures are taken for a few seconds more."""
        run = self._may(run_id)
        stands = self._waiting(run)
        if stands.is_forgetting(self._me):
            self._meeting.watch(run.id, self._me)
        return stands

    def frame(self, run_id: str) -> Frame | None:
        """Give the newest picture of the page; None where there is none to be had."""
        run = self._may(run_id)
        found = self._meeting.frame(run.id)
        if found is None:
            return None
        content = self._envelope(run, FRAMES).open(found.number, found.sealed)
        if content is None:
            return None
        return Frame(found.number, found.width, found.height, content)

    def take(self, run_id: str) -> Takeover:
        """Take a run's page over; audited before. Raises ``Conflict`` where another has it."""
        run = self._may(run_id)
        before = self._waiting(run)
        mine = before.is_with(self._me)
        if before.given_back or (before.held and not mine):
            raise self._with_another(run)
        trail = replace(self.house.vault.trail(), run_id=run.id)
        entry = Entry(Act.TAKEN_OVER, run.id, person=self._me)
        if not mine:
            trail.record(entry)
        if not self._meeting.take(run.id, self._me, self.house.actor.name):
            if not mine:
                trail.record(entry.refused("another_was_quicker"))
            raise self._with_another(run)
        self._meeting.watch(run.id, self._me)
        return self._waiting(run)

    def act(self, run_id: str, acts: Sequence[PersonAct]) -> None:
        """Have the worker do something in the page, in this order; sealed until it does.

        Raises ``Conflict`` where the page is not with the one who asks, and ``TooManyTries`` where
        more waits than can be done.
        """
        run = self._may(run_id)
        envelope, left = self._envelope(run, ACTS), iter(acts)

        def sealed(number: int) -> Sealed:
            return envelope.seal(number, next(left).to_bytes())

        waiting = self._meeting.send(run.id, self._me, len(acts), sealed)
        if waiting is None:
            raise self._with_another(run)
        if waiting > MOST_WAITING:
            raise TooManyTries(_SOON)

    def give_back(self, run_id: str) -> None:
        """Let the run go on; audited. Raises ``Conflict`` where the page is with another."""
        run = self._may(run_id)
        stood = self._meeting.give_back(run.id, self._me)
        if stood is None:
            raise self._with_another(run)
        replace(self.house.vault.trail(), run_id=run.id).record(given_back(stood))

    def is_mine(self, stands: Takeover) -> bool:
        """Tell whether the one who asks has the page."""
        return stands.is_with(self._me)

    @property
    def _me(self) -> str:
        return self.house.actor.id or self.house.actor.name

    @property
    def _meeting(self) -> Takeovers:
        return self.house.store.takeovers

    def _may(self, run_id: str) -> Run:
        self.house.permit(Action.SEE_RUNS)
        run = self.house.store.get(run_id)
        self.house.let(Action.TAKE_OVER, Thing(run.project, run.mode))
        return run

    def _waiting(self, run: Run) -> Takeover:
        stands = self._meeting.look(run.id)
        if stands is None:
            raise NotFound(f"run {run.id} waits for no person", hint="runner runs show tells more")
        return stands

    def _with_another(self, run: Run) -> Conflict:
        stands = self._waiting(run)
        if stands.given_back:
            return Conflict("the page was given back: the run is about to go on")
        if stands.held and not self.is_mine(stands):
            return Conflict(
                f"{stands.holder_name} has the page", hint="you can watch until it is given back"
            )
        return Conflict("the page is not with you", hint="take it over first")

    def _envelope(self, run: Run, kind: str) -> Envelope:
        return Envelope(self.house.vault.trail(), run.id, kind)
