"""One sign-in, from the first look to its end: the only poll of the project."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from agent.browser.field_script import PASSING, REFUSALS
from agent.browser.translate import is_interrupted
from agent.errors import FillRefused
from agent.login.act import Gone, Hands
from agent.login.actions import (
    Authenticate,
    FillCode,
    FillPassword,
    FillUsername,
    Finish,
    Revisit,
    Wait,
)
from agent.login.decide import decide
from agent.login.lookout import BREATH, Eyes, Lookout
from agent.login.observation import Observation, challenged
from agent.login.observe import Vanished
from agent.login.outcome import Outcome
from agent.login.places import allows, origin_of
from agent.login.story import seen_in_words
from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from agent.browser.session import Session
    from agent.login.account import Account
    from agent.login.actions import Action, Move
    from agent.login.progress import Progress

_MOST_REFUSALS = 2
_COVER_PATIENCE = 2.5  # seconds for what covers or disables a field to go by itself
_PASSING = frozenset(REFUSALS[reason] for reason in PASSING)
_TURN = 0.05  # seconds until a page that is being replaced is looked at again


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told: of each move, what a person should know, what was seen and done on it."""

    after_move: Callable[[str], Awaitable[None]]
    notice: Callable[[str], None]
    story: Callable[[str, str], None]


@dataclass(slots=True)
class Attempt:
    """One sign-in; ``deadline`` is ``time.monotonic``'s.

    ``moves`` are the moves made in words, ``seen`` what the last of them or the end was decided on.
    """

    session: Session
    account: Account
    lookout: Lookout
    told: Told
    deadline: float
    progress: Progress
    moves: list[str] = field(default_factory=list)
    seen: str = ""
    _untold: asyncio.Task[str] | None = None
    _refused: int = 0
    _refused_at: float = 0.0
    _refusal: Finish | None = None
    _moved_at: float = field(default_factory=time.monotonic)
    _noting: asyncio.Task[None] | None = None
    _limit: asyncio.Timeout | None = None

    async def run(self, url: str | None) -> Finish:
        """Sign in, after going to ``url`` when it is given, and say how it ended."""
        if url is not None:
            self.lookout.marks.watch(url)
        try:
            async with asyncio.timeout_at(self.deadline) as self._limit:
                if url is not None and (finish := await self._arrive(url)) is not None:
                    return finish
                return await self._go_on(url or self.session.page.url)
        except TimeoutError:
            await self._tell()
            return Finish(Outcome.TIMEOUT)
        finally:
            if self._noting is not None:
                self._noting.cancel()

    async def _go_on(self, url: str) -> Finish:
        self.progress = replace(self.progress, home=self.progress.home or origin_of(url))
        self._moved_at = self.lookout.changed_at = time.monotonic()
        while True:
            self.session.guard.check()
            finish = await self._turn()
            if finish is not None:
                return finish

    async def _arrive(self, url: str) -> Finish | None:
        """Go to the address; answer the browser's own login on the way, where one is asked for."""
        # The words are read while the site answers.
        going = asyncio.gather(self._go_to(url), asyncio.to_thread(vocabulary))
        try:
            while not going.done():
                came = asyncio.ensure_future(self.session.challenges.came.wait())
                await asyncio.wait((going, came), return_when=asyncio.FIRST_COMPLETED)
                came.cancel()
                held = self.session.challenges.held
                if held is not None and not going.done():
                    action = decide(challenged(held.url), self.progress)
                    if isinstance(action, Finish):
                        await self.session.challenges.refuse()
                        return action
                    await self._answer(action)
            await going
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)
        return None

    async def _go_to(self, url: str) -> None:
        await self.session.settled()
        try:
            await self.session.page.goto(url, wait_until="commit", timeout=0)
        except PlaywrightError as error:
            self.session.guard.check()
            if not is_interrupted(error):
                raise

    async def _answer(self, action: Action) -> None:
        if isinstance(action, Authenticate):
            await self._make(action, Observation(), await self.lookout.eyes())
            await self._tell()

    async def _turn(self) -> Finish | None:
        """Look once, decide, and do it; give the end when there is one."""
        try:
            eyes = await self.lookout.eyes()
            eyes.watch.stirred.clear()
            seen = await self._look(eyes)
        except Vanished:
            await asyncio.sleep(_TURN)
            return None
        self.progress = self.aged()
        action = decide(seen, self.progress)
        if isinstance(action, Wait):
            await eyes.stir()
            return None
        await self._tell()
        if isinstance(action, Finish):
            self.seen = seen_in_words(seen)
            if self.session.challenges.held is not None:
                await self.session.challenges.refuse()
            return action
        if isinstance(action, Revisit):
            asks = await self.lookout.asks_again(self.progress.door)
            self.progress = replace(self.progress, asks_again=asks)
            return None
        return await self._do(action, seen, eyes)

    async def _look(self, eyes: Eyes) -> Observation:
        """Look; a page on its way to a challenge does not answer, the challenge is what is seen."""
        looking = asyncio.ensure_future(self.lookout.look(eyes, self.aged()))
        came = asyncio.ensure_future(self.session.challenges.came.wait())
        try:
            await asyncio.wait((looking, came), return_when=asyncio.FIRST_COMPLETED)
            held = self.session.challenges.held
            return looking.result() if held is None else challenged(held.url)
        finally:
            looking.cancel()
            came.cancel()
            await asyncio.gather(looking, came, return_exceptions=True)

    def aged(self) -> Progress:
        """Give how far it has come, with the time that has passed since."""
        now = time.monotonic()
        return self.progress.aged(now - self._moved_at, now - self.lookout.changed_at)

    async def _do(self, action: Move, seen: Observation, eyes: Eyes) -> Finish | None:
        if not self.progress.password_sent and self._noting is None:
            # Taken while the first field is typed into.
            self._noting = asyncio.create_task(self.lookout.remember(seen))
        if isinstance(action, (FillUsername, FillPassword, FillCode)):
            # No need to wait for anything before the next look.
            return await self._fill(action, seen, eyes)
        if self._noting is not None:
            await self._noting
            self._noting = None
        if await self._make(action, seen, eyes):
            await eyes.stir()
        return self._refusal

    async def _fill(self, action: Action, seen: Observation, eyes: Eyes) -> Finish | None:
        """Fill what this look allows to be filled: one look serves all fields of a form.

        Before a button is pressed there is another look, which sees what came of it.
        """
        if seen.form and seen.form.submit:
            eyes.observer.expect(seen.form.submit.spot)
        while isinstance(action, (FillUsername, FillPassword, FillCode)):
            if not await self._make(action, seen, eyes):
                await asyncio.sleep(_TURN if self._refused else BREATH)
                return self._refusal
            form = seen.form.with_filled(action.field.key) if seen.form else None
            seen = replace(seen, form=form)
            action = decide(seen, self.progress)
        return None

    async def _make(self, move: Move, seen: Observation, eyes: Eyes) -> bool:
        """Make one move; False when the page has changed meanwhile and must be looked at again."""
        hands = Hands(self.session, self.account, eyes, self._on_wait)
        try:
            async with self._unhurried(move):
                words = await hands.do(move)
        except Gone:
            return False
        except FillRefused as refused:
            if self._is_final(refused):
                self._refusal = _refused_by(move, refused, self._strangers(eyes))
            return False
        except PlaywrightError:
            if self.session.page is eyes.observer.page:
                raise
            return False
        self._refused = 0
        self.seen = seen_in_words(seen)
        self.progress = self.progress.after(move, seen)
        self._moved_at = self.lookout.changed_at = time.monotonic()
        if isinstance(move, (FillUsername, FillPassword, FillCode)):
            await self._say(words)
        else:
            # A button may greet by name. Looking for values goes on while the page does.
            redact = self.session.secrets.redactor.redact_text
            self._untold = asyncio.create_task(asyncio.to_thread(redact, words))
        return True

    def _is_final(self, refused: FillRefused) -> bool:
        """Tell whether a page has refused for good: twice, and for a while if it may pass."""
        now = time.monotonic()
        self._refused += 1
        if self._refused == 1:
            self._refused_at = now
        patience = _COVER_PATIENCE if refused.message in _PASSING else 0.0
        return self._refused >= _MOST_REFUSALS and now - self._refused_at >= patience

    def _strangers(self, eyes: Eyes) -> str:
        """Name the origins the page shows that the secret may not go to: one may lie over it."""
        policy = self.account.secret.card.origins
        found = {
            origin_of(look.url) for look in eyes.observer.looks if not allows(policy, look.url)
        }
        return ", ".join(sorted(found - {""}))

    @asynccontextmanager
    async def _unhurried(self, move: Move) -> AsyncIterator[None]:
        """Stop the clock while a code is waited for."""
        if self._limit is None or not isinstance(move, FillCode):
            yield
            return
        began, deadline = time.monotonic(), self._limit.when()
        self._limit.reschedule(None)
        try:
            yield
        finally:
            if deadline is not None:
                self._limit.reschedule(deadline + time.monotonic() - began)

    def _on_wait(self, seconds: float) -> None:
        if seconds >= 1:
            self.told.notice(f"waiting for a one-time code, up to {seconds:.0f} s")

    async def _tell(self) -> None:
        """Tell of a press only when its answer is there, so that a picture shows it."""
        untold, self._untold = self._untold, None
        if untold is not None:
            await self._say(await untold)

    async def _say(self, words: str) -> None:
        self.moves.append(words)
        self.told.story(self.seen, words)
        await self.told.after_move(words)


def _refused_by(move: Move, refused: FillRefused, strangers: str) -> Finish:
    """Say how a sign-in ends whose field must not be typed into."""
    detail = f"{refused.message[:1].upper()}{refused.message[1:].rstrip('.')}; nothing was typed."
    if isinstance(move, FillCode):
        outcome = Outcome.MFA_REQUIRED_BUT_NO_METHOD
        return Finish(outcome, detail=detail, hint=refused.hint)
    if strangers:
        detail += f" The page shows a frame of {strangers}, where the secret may not go."
        return Finish(Outcome.ORIGIN_REFUSED, detail=detail)
    return Finish(Outcome.NO_LOGIN_FORM, detail=detail, hint=refused.hint)
