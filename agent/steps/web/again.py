"""Ask again what may be asked twice: a server that is busy, ill, or does not answer."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
    wait_random,
)

from agent.errors import SiteUnreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agent.steps.web.answer import Answer

TRIES: Final = 3
_BUSY: Final = frozenset({429, 500, 502, 503, 504})


async def until_steady(
    attempt: Callable[[], Awaitable[Answer]], *, repeatable: bool, seconds: float
) -> Answer:
    """Give the last answer of up to three attempts, all within ``seconds``.

    Tried again: 429, 5xx and no answer at all, after what ``Retry-After`` says or else after about
    half a second, then one. Where that would take too long the last answer, or error, comes out.
    """
    asking = AsyncRetrying(
        retry=retry_if_result(lambda answer: answer.status in _BUSY)
        | retry_if_exception_type(SiteUnreachable),
        stop=stop_after_attempt(TRIES if repeatable else 1) | stop_before_delay(seconds),
        wait=_wait,
        retry_error_callback=_last,
    )
    answer: Answer = await asking(attempt)
    return answer


_backing_off = wait_exponential(multiplier=0.5, max=5) + wait_random(0, 0.25)


def _wait(state: RetryCallState) -> float:
    asked = _asked_for(state)
    return _backing_off(state) if asked is None else asked


def _asked_for(state: RetryCallState) -> float | None:
    if state.outcome is None or state.outcome.failed:
        return None
    return retry_after(state.outcome.result().headers.get("retry-after", ""), datetime.now(UTC))


def retry_after(text: str, now: datetime) -> float | None:
    """Read ``Retry-After`` (RFC 9110 section 10.2.3) as seconds from ``now``; ``None`` for none."""
    if text.isascii() and text.strip().isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _last(state: RetryCallState) -> Answer:
    assert state.outcome is not None  # noqa: S101 - tenacity calls this after an attempt
    answer: Answer = state.outcome.result()
    return answer
