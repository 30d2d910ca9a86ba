"""Tries a step again as its task says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tenacity import RetryCallState

    from agent.steps.retry import Retry


async def tried_again(
    retry: Retry,
    attempt: Callable[[], Awaitable[str]],
    outcome: Callable[[BaseException], str],
    told: Callable[[int, float], None],
) -> str:
    """Make the attempt up to ``retry.attempts`` times; the last error comes out.

    ``outcome`` names how an attempt ended; ``told`` hears the number of the attempt that failed
    and the seconds until the next.
    """

    def before(state: RetryCallState) -> None:
        told(state.attempt_number, state.next_action.sleep if state.next_action else 0.0)

    trying = AsyncRetrying(
        retry=retry_if_exception(lambda error: outcome(error) in retry.on),
        stop=stop_after_attempt(retry.attempts),
        wait=wait_exponential(multiplier=retry.wait, exp_base=retry.factor, max=retry.longest),
        before_sleep=before,
        reraise=True,
    )
    return await trying(attempt)
