"""Sign in: observe, decide, act, until there is an outcome; say how it ended."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from agent.browser.translate import translate
from agent.errors import OriginRefused, RunnerError, SiteUnreachable, StepFailed
from agent.login.actions import Finish
from agent.login.attempt import Attempt, Told
from agent.login.helped import MOST_HELP, with_help
from agent.login.lookout import BREATH, Lookout
from agent.login.outcome import Outcome, login_failed
from agent.login.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agent.browser.session import Session
    from agent.login.account import Account
    from agent.login.helped import AskPerson

TIMEOUT = 60.0
PROBE = 20.0
"""Seconds that a kept session has to show that it holds."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that succeeded: how, and the moves in words."""

    outcome: Outcome
    moves: tuple[str, ...]


def _silent(*_words: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a task may say about a sign-in beyond account and address.

    ``via`` names the provider to sign in with. ``proof`` tells whether what the task expects holds
    now, without waiting. ``trust_device`` ticks the box that spares a code next time,
    ``accept_terms`` accepts new terms that stand between the form and the site. ``notice`` is told
    what a person should know meanwhile, such as a wait; ``story`` what was seen and done on it, not
    yet searched for values. ``timeout`` is in seconds; waiting for a one-time code does not count,
    nor for a ``person``, who is asked where only one can go on.
    """

    via: str = ""
    proof: Callable[[], Awaitable[bool]] | None = None
    trust_device: bool = False
    accept_terms: bool = False
    notice: Callable[[str], None] = _silent
    story: Callable[[str, str], None] = _silent
    timeout: float = TIMEOUT
    person: AskPerson | None = None


_NOTHING_MORE = Wish()


async def sign_in(
    session: Session,
    account: Account,
    *,
    url: str | None,
    after_move: Callable[[str], Awaitable[None]],
    wish: Wish = _NOTHING_MORE,
) -> SignedIn:
    """Sign in on the session's page, after going to ``url`` when it is given.

    ``after_move`` is awaited after each move with its words, for pictures. Raises ``LoginFailed``
    with the outcome, or ``TotpBusy``.
    """
    with Lookout(session, wish.proof) as lookout, session.challenges.awaited():
        attempt = _attempt(account, lookout, after_move, wish)
        finish = await _outcome(attempt, url)
        for _ in range(MOST_HELP):
            helped = await with_help(attempt, finish, wish.person)
            if helped is None:
                break
            attempt = helped
            attempt.deadline = time.monotonic() + wish.timeout
            finish = await _outcome(attempt, None)
    wish.story(attempt.seen, f"ended: {finish.outcome.value}")
    if finish.outcome.succeeded:
        return SignedIn(finish.outcome, tuple(attempt.moves))
    redact = session.secrets.redactor.redact_text
    raise login_failed(
        finish.outcome, redact(finish.said), detail=redact(finish.detail), hint=finish.hint
    )


async def is_signed_in(session: Session, account: Account, *, url: str, wish: Wish) -> bool:
    """Tell whether the site at ``url`` shows the browser as signed in; nothing is typed or sent.

    What proves nothing is a no, and so is a site that does not answer. What the task expects to see
    of a signed-in person is looked for first, and is enough.
    """
    if wish.proof is not None and await _shows(session, url, wish.proof):
        return True
    start = None if wish.proof is not None else url
    with Lookout(session, wish.proof) as lookout, session.challenges.awaited():
        attempt = _attempt(account, lookout, _unseen, wish)
        attempt.progress = replace(attempt.progress, only_looks=True)
        attempt.deadline = min(attempt.deadline, time.monotonic() + PROBE)
        try:
            return (await _outcome(attempt, start)).outcome.succeeded
        except StepFailed:
            return False


async def _shows(session: Session, url: str, proof: Callable[[], Awaitable[bool]]) -> bool:
    """Go to an address, and look for what the task expects until its document is read."""
    page = session.page
    with suppress(PlaywrightError):
        await page.goto(url, wait_until="commit", timeout=PROBE * 1000)
        read = asyncio.ensure_future(page.wait_for_load_state("domcontentloaded"))
        try:
            while not (shown := await proof()) and not read.done():
                await asyncio.wait((read,), timeout=BREATH)
            return shown or await proof()
        finally:
            read.cancel()
            await asyncio.gather(read, return_exceptions=True)
    return False


def _attempt(
    account: Account, lookout: Lookout, after_move: Callable[[str], Awaitable[None]], wish: Wish
) -> Attempt:
    return Attempt(
        lookout.session,
        account,
        lookout,
        Told(after_move, wish.notice, wish.story),
        deadline=time.monotonic() + wish.timeout,
        progress=Progress(
            methods=account.methods(),
            origins=account.secret.card.origins,
            via=wish.via,
            trusting=wish.trust_device,
            accepting=wish.accept_terms,
        ),
    )


async def _unseen(_words: str) -> None:
    """Take no picture of a move."""


async def _outcome(attempt: Attempt, url: str | None) -> Finish:
    """Turn what goes wrong on the way into outcomes; other errors are raised in our own words."""
    try:
        return await attempt.run(url)
    except OriginRefused as refused:
        return Finish(Outcome.ORIGIN_REFUSED, detail=_sentence(refused))
    except PlaywrightTimeout:
        return Finish(Outcome.TIMEOUT)
    except PlaywrightError as error:
        translated = translate(error, attempt.session.secrets.redactor)
        if isinstance(translated, SiteUnreachable):
            return Finish(Outcome.SITE_UNREACHABLE, detail=_sentence(translated))
        raise translated from None


def _sentence(error: RunnerError) -> str:
    return error.message[:1].upper() + error.message[1:].rstrip(".") + "."
