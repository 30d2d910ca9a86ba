"""Where a sign-in needs a person: what they are asked, and how it goes on after them.

What the run has done before is not forgotten: a password that was sent is not sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from playwright.async_api import Error as PlaywrightError

from agent.login.actions import Finish, Wait
from agent.login.attempt import Attempt
from agent.login.decide import decide
from agent.login.observe import Vanished
from agent.login.outcome import Outcome

if TYPE_CHECKING:
    from agent.login.actions import Action

AskPerson = Callable[[str, str, Callable[[], Awaitable[bool]]], Awaitable[bool]]
"""Asks a person, with a word and a sentence; told how to see that the page went on by itself."""

MOST_HELP: Final = 3
"""Times a person is asked in one sign-in."""
FOR_A_PERSON: Final = {
    Outcome.CAPTCHA: ("captcha", "The site asks for a captcha."),
    Outcome.MFA_REQUIRED_BUT_NO_METHOD: (
        "second_factor",
        "The site asks for a second factor that the secret does not have.",
    ),
    Outcome.UNCERTAIN: ("unknown", "It is not clear what the site wants."),
    Outcome.NO_LOGIN_FORM: ("unknown", "There is no login form that could be recognised."),
}
"""Outcome → a word for programs, and a sentence."""
_PLEASE: Final = "Please see to it, finish the sign-in if it asks for more, and give the page back."
_STILL: Final = 1.0  # seconds a page must stand for what it shows to count as another one
_LONGEST_LOOK: Final = 5.0  # seconds; a page that stops answering must not keep anybody waiting


async def with_help(attempt: Attempt, finish: Finish, ask: AskPerson | None) -> Attempt | None:
    """Ask a person to do what a sign-in ended with; give the attempt that goes on after them.

    None where nobody may be asked, or nobody helped: the end stays what it was.
    """
    if ask is None or finish.outcome not in FOR_A_PERSON:
        return None
    why, sentence = FOR_A_PERSON[finish.outcome]
    redact = attempt.session.secrets.redactor.redact_text
    message = redact(" ".join(filter(None, (sentence, finish.detail, _PLEASE))))
    attempt.told.story(attempt.seen, f"asked a person for help ({finish.outcome.value})")
    if not await ask(why, message, partial(_went_on, attempt, finish)):
        return None
    words = "went on after a person"
    attempt.moves.append(words)
    attempt.told.story("", words)
    return Attempt(
        attempt.session,
        attempt.account,
        attempt.lookout,
        attempt.told,
        attempt.deadline,
        replace(attempt.progress, helped=True),
        attempt.moves,
        attempt.seen,
    )


async def _went_on(attempt: Attempt, finish: Finish) -> bool:
    """Tell whether the page shows something else than what the sign-in ended with."""
    try:
        async with asyncio.timeout(_LONGEST_LOOK):
            eyes = await attempt.lookout.eyes()
            seen = await attempt.lookout.look(eyes, attempt.progress)
    except (Vanished, PlaywrightError, TimeoutError):
        return False
    progress = attempt.aged()
    return progress.still >= _STILL and _is_other(decide(seen, progress), finish)


def _is_other(action: Action, finish: Finish) -> bool:
    if isinstance(action, Wait):
        return False
    return not (isinstance(action, Finish) and action.outcome is finish.outcome)
