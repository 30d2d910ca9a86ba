"""Sign in: observe, decide, act, until there is an outcome. The only poll of the project."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from playwright.async_api import TimeoutError as PlaywrightTimeout

from agent.browser.translate import translated_errors
from agent.errors import FillRefused, OriginRefused, RunnerError, SiteUnreachable
from agent.login.act import Gone, Hands
from agent.login.actions import FillCode, Finish, Submit, Wait
from agent.login.decide import decide
from agent.login.observe import Observer, Vanished
from agent.login.outcome import Outcome, login_failed
from agent.login.progress import Progress
from agent.login.reading import read
from agent.login.traffic import TrafficWatch
from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page

    from agent.browser.session import Session
    from agent.login.account import Account
    from agent.login.actions import Action, Move
    from agent.login.observation import Observation

_BETWEEN_LOOKS = 0.05  # seconds, when nothing stirs
_TURN = 0.15  # seconds for a page that is too busy to answer, or being replaced
_BREATH = 0.008  # seconds between two looks at a page that never stands still
TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that succeeded: how, and the moves in words."""

    outcome: Outcome
    moves: tuple[str, ...]


async def sign_in(
    session: Session,
    account: Account,
    *,
    url: str | None,
    after_move: Callable[[str], Awaitable[None]],
    timeout: float = TIMEOUT,  # noqa: ASYNC109 - an outcome of its own, not a cancellation
) -> SignedIn:
    """Sign in on the session's page, after going to ``url`` when it is given.

    ``after_move`` is awaited after each move with its words, for pictures. ``timeout`` is in
    seconds; waiting for a one-time code's window does not count. Raises ``LoginFailed`` with the
    outcome, ``FillRefused`` for a field that must not be typed into, ``TotpBusy``.
    """
    attempt = _Attempt(session, account, after_move, time.monotonic() + timeout)
    with attempt.watches:
        try:
            with translated_errors(session.secrets.redactor):
                finish = await attempt.run(url)
        except SiteUnreachable as error:
            raise login_failed(Outcome.SITE_UNREACHABLE, detail=_sentence(error)) from None
        except OriginRefused as refused:
            raise login_failed(Outcome.ORIGIN_REFUSED, detail=_sentence(refused)) from None
    if finish.outcome.succeeded:
        return SignedIn(finish.outcome, tuple(attempt.moves))
    said = session.secrets.redactor.redact_text(finish.said)
    raise login_failed(finish.outcome, said, detail=finish.detail)


def _sentence(error: RunnerError) -> str:
    return error.message[:1].upper() + error.message[1:].rstrip(".") + "."


@dataclass(slots=True)
class _Attempt:
    session: Session
    account: Account
    after_move: Callable[[str], Awaitable[None]]
    deadline: float
    watches: ExitStack = field(default_factory=ExitStack)
    moves: list[str] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)
    untold: str = ""
    refused: int = 0
    moved_at: float = field(default_factory=time.monotonic)
    changed_at: float = field(default_factory=time.monotonic)
    last_seen: Observation | None = None
    eyes: dict[Page, tuple[Observer, TrafficWatch]] = field(default_factory=dict)

    async def _go_to(self, url: str) -> None:
        page = self.session.page
        left = (self.deadline - time.monotonic()) * 1000
        try:
            # The words are read while the site answers.
            await asyncio.gather(
                page.goto(url, wait_until="domcontentloaded", timeout=left),
                asyncio.to_thread(vocabulary),
            )
        except PlaywrightTimeout:
            raise login_failed(Outcome.TIMEOUT) from None

    async def run(self, url: str | None) -> Finish:
        if url is not None:
            await self._go_to(url)
        self.progress = Progress(methods=self.account.methods())
        self.moved_at = self.changed_at = time.monotonic()
        while time.monotonic() < self.deadline:
            self.session.guard.check()
            observer, watch = await self._eyes()
            watch.stirred.clear()
            seen = await self._look(observer, watch)
            action = decide(seen, self.progress) if seen else Wait()
            if not isinstance(action, Wait):
                await self._tell()
            if isinstance(action, Finish):
                return action
            if seen and isinstance(action, Submit):
                await self._make(action, seen, observer)
            elif seen and not isinstance(action, Wait):
                await self._fill(action, seen, observer)
                continue  # no need to wait for anything before the next look
            await _stir(observer, watch)
        await self._tell()
        return Finish(Outcome.TIMEOUT)

    async def _fill(self, action: Action, seen: Observation, observer: Observer) -> None:
        """Fill what this look allows to be filled: one look serves all fields of a form.

        Before a button is pressed there is another look, which sees what came of it.
        """
        if seen.form and seen.form.submit:
            observer.expect(seen.form.submit.spot)
        while not isinstance(action, (Wait, Finish, Submit)):
            if not await self._make(action, seen, observer):
                await asyncio.sleep(_BREATH)
                return
            form = seen.form.with_filled(action.field.key) if seen.form else None
            seen = replace(seen, form=form)
            action = decide(seen, self.progress)

    async def _eyes(self) -> tuple[Observer, TrafficWatch]:
        page = self.session.page
        if page not in self.eyes:
            watch = self.watches.enter_context(TrafficWatch(page))
            self.eyes[page] = (Observer(page, await self.session.cdp(page)), watch)
        return self.eyes[page]

    async def _look(self, observer: Observer, watch: TrafficWatch) -> Observation | None:
        try:
            looks = await observer.look()
        except Vanished:
            return None
        seen = read(looks, watch.traffic)
        now = time.monotonic()
        calm = replace(seen, sent=0, busy=False)
        if calm != self.last_seen:
            self.last_seen, self.changed_at = calm, now
        self.progress = self.progress.aged(now - self.moved_at, now - self.changed_at)
        return seen

    async def _make(self, move: Move, seen: Observation, observer: Observer) -> bool:
        """Make one move; False when the page has changed meanwhile and must be looked at again."""
        began = time.monotonic()
        try:
            words = await Hands(self.session, self.account, observer).do(move)
        except Gone:
            return False
        except FillRefused:
            # The page may have changed under the hand; what it refuses twice, it refuses.
            self.refused += 1
            if self.refused > 1:
                raise
            return False
        self.refused = 0
        self.progress = self.progress.after(move, seen)
        # A button may greet by name.
        words = self.session.secrets.redactor.redact_text(words)
        self.moves.append(words)
        self.moved_at = self.changed_at = time.monotonic()
        if isinstance(move, FillCode):
            self.deadline += self.moved_at - began
        self.untold = words
        if not isinstance(move, Submit):
            await self._tell()
        return True

    async def _tell(self) -> None:
        """Tell of a submission only when its answer is there, so that a picture shows it."""
        words, self.untold = self.untold, ""
        if words:
            await self.after_move(words)


async def _stir(observer: Observer, watch: TrafficWatch) -> None:
    """Return when the page changes or a new one is there, soon in any case."""
    await asyncio.sleep(_BREATH)
    stirred = asyncio.ensure_future(watch.stirred.wait())
    changed = asyncio.ensure_future(observer.changed(_BETWEEN_LOOKS))
    try:
        await asyncio.wait((stirred, changed), timeout=_TURN, return_when=asyncio.FIRST_COMPLETED)
        if changed.done() and not changed.result():
            # The document went away; its successor is looked at when it is parsed.
            await asyncio.wait((stirred,), timeout=_TURN)
    finally:
        stirred.cancel()
        changed.cancel()
        await asyncio.gather(stirred, changed, return_exceptions=True)
