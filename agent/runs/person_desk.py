"""Where a run asks for a person: the one at this terminal's browser, or one at the server's pages.

The second one may sit anywhere: the database is all that the two have in common. The run says that
it needs a person and waits, its lease renewed and its time standing still, until the page is given
back, goes on by itself, or the time is up. Meanwhile nothing is recorded, pictures of the page are
passed on only while somebody looks, and the guard goes on.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from agent.artifacts.live import LiveView
from agent.browser.person import PersonsHand
from agent.browser.person_acts import PersonAct
from agent.errors import RunnerError
from agent.runs.patience import written
from agent.runs.takeover import ACTS, FRAMES, SealedFrame, Wanted, given_back
from agent.runs.watcher import AtDoors, TakesOver
from agent.steps.context import Help, Plea
from agent.vault.passed import Envelope

if TYPE_CHECKING:
    from agent.artifacts.live import Seen
    from agent.browser.session import Session
    from agent.runs.claim import Claim
    from agent.runs.lease import Lease
    from agent.runs.run_time import RunTime
    from agent.runs.takeovers import Takeovers
    from agent.runs.watcher import Watcher
    from agent.vault.audit import Trail
    from agent.vault.store import Vault

PATIENCE: Final = 900.0
"""Seconds a person is waited for where nothing says how many."""
# The database is all that the two have in common; a person should not have to wait for it.
_LOOK: Final = 0.2
_BETWEEN_PICTURES: Final = 0.4
# A look at a page takes part of a processor: others are to have most of it.
_REST_FOR_WORK: Final = 1.5
_ASK_PAGE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Where:
    """Who may be asked: behind ``watcher``, where the browser is ``headed``; else at the doors.

    That is where the watcher is there, or the run's options say how many ``seconds`` to wait.
    """

    watcher: Watcher
    headed: bool
    seconds: float | None

    @property
    def elsewhere(self) -> bool:
        """Tell whether a person at the server's pages may be asked."""
        watcher = self.watcher
        return self.seconds is not None or (isinstance(watcher, AtDoors) and watcher.at_doors())


@dataclass(frozen=True, slots=True)
class PersonDesk:
    """The desk of one run."""

    lease: Lease
    vault: Vault = field(repr=False)
    takeovers: Takeovers
    clock: RunTime
    where: Where

    async def ask(self, session: Session, plea: Plea) -> Help:
        """Ask a person to take the page over, and wait for them.

        Raises ``RunInterrupted`` for a run that must stop, and what the guard raises.
        """
        watcher = self.where.watcher
        with self.clock.standing_still():
            if isinstance(watcher, TakesOver) and self.where.headed:
                async with session.unrecorded():
                    helped = await watcher.hand_over(plea.message)
                self.lease.check()
                return Help.GIVEN_BACK if helped else Help.NOBODY
            if not self.where.elsewhere:
                return Help.NOBODY
            seconds = plea.seconds or self.where.seconds or PATIENCE
            try:
                trail = self.vault.trail()
            except RunnerError:
                return Help.NOBODY  # without a vault nothing can be sealed
            async with session.unrecorded():
                return await self._handed_over(session, replace(plea, seconds=seconds), trail)

    async def _handed_over(self, session: Session, plea: Plea, trail: Trail) -> Help:
        claim = self.lease.claim
        message = session.secrets.redactor.redact_text(plea.message)
        wanted = Wanted(plea.why, message, plea.seconds or PATIENCE)
        if not await written(self.takeovers.open, claim, wanted):
            return Help.NOBODY
        self.where.watcher.notice(
            f"a person is needed, at the page of run {claim.run_id}: {message}"
        )
        trail = replace(trail, run_id=claim.run_id)
        waiting = Waiting(session, plea, self.lease, self.takeovers, trail)
        how = Help.NOBODY
        try:
            how = await waiting.until_helped()
        finally:
            waiting.hand.finish()
            await self._closed(claim, how, trail)
        return how

    async def _closed(self, claim: Claim, how: Help, trail: Trail) -> None:
        """Forget what was passed; what a person who still had the page did is audited."""
        close = self.takeovers.close
        with suppress(SQLAlchemyError, RunnerError):
            stood = await written(close, claim, how.value, patience=self.lease.patience)
            if stood is not None and stood.holder and not stood.given_back:
                await asyncio.to_thread(trail.record, given_back(stood))


@dataclass(slots=True)
class Waiting:
    """One wait for a person, in one page."""

    session: Session
    plea: Plea
    lease: Lease
    takeovers: Takeovers
    trail: Trail = field(repr=False)
    hand: PersonsHand = field(init=False)
    _view: LiveView = field(init=False)
    _last_act: int = 0
    _frame: int = 0
    _shown: str = ""
    _next_picture: float = 0.0
    _next_question: float = 0.0

    def __post_init__(self) -> None:
        """Make hand and view of the page."""
        self.hand = PersonsHand(self.session)
        pictures = self.plea.pictures or not self.session.secrets.slots()
        self._view = LiveView(self.session, pictures=pictures)

    async def until_helped(self) -> Help:
        """Do what a person does, and show them what comes of it, until they are done."""
        while True:
            self.lease.check()
            self.session.guard.check()
            with suppress(SQLAlchemyError):  # the fence knows how long a database may be away
                ended = await self._turn()
                if ended is not None:
                    return ended
            await asyncio.sleep(_LOOK)

    async def _turn(self) -> Help | None:
        stands = await asyncio.to_thread(self.takeovers.look, self.lease.claim.run_id)
        if stands is None or stands.attempt != self.lease.claim.attempt:
            return Help.LATE
        if stands.waiting:
            await self._carry_out()
        if stands.given_back:
            return Help.GIVEN_BACK
        if stands.over:
            return Help.LATE
        if stands.watched:
            await self._show(at_once=bool(stands.waiting))
        if not stands.held and await self._went_on():
            return Help.WENT_ON
        return None

    async def _carry_out(self) -> None:
        envelope = Envelope(self.trail, self.lease.claim.run_id, ACTS)
        for one in await asyncio.to_thread(self.takeovers.acts, self.lease.claim):
            written = envelope.open(one.number, one.sealed)
            if written is None or one.number <= self._last_act:
                continue  # nobody who may has sent this
            self._last_act = one.number
            with suppress(ValidationError):
                act = PersonAct.of(written)
                self.lease.check()
                self.session.guard.check()
                await self.hand.do(act)

    async def _show(self, *, at_once: bool) -> None:
        began = time.monotonic()
        if began < self._next_picture and not at_once:
            return
        seen = await self._view.look()
        took = time.monotonic() - began
        self._next_picture = time.monotonic() + max(_BETWEEN_PICTURES, took * _REST_FOR_WORK)
        told = seen.digest or seen.unseen
        if told != self._shown:
            await asyncio.to_thread(self._pass_on, seen)
            self._shown = told

    def _pass_on(self, seen: Seen) -> None:
        claim = self.lease.claim
        if seen.unseen:
            self.takeovers.show(claim, None, seen.unseen)
            return
        self._frame += 1
        sealed = Envelope(self.trail, claim.run_id, FRAMES).seal(self._frame, seen.content)
        self.takeovers.show(claim, SealedFrame(self._frame, seen.width, seen.height, sealed))

    async def _went_on(self) -> bool:
        now = time.monotonic()
        if now < self._next_question:
            return False
        self._next_question = now + _ASK_PAGE
        return await self.plea.went_on()
