"""Ask a server again that did not take the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from playwright.async_api import Error
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_NOT_TAKEN = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET")


class Answering(Protocol):
    """The shape of ``until_answered``."""

    async def __call__(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Make the attempt, again if need be."""


def _was_not_taken(error: BaseException) -> bool:
    return isinstance(error, Error) and any(code in error.message for code in _NOT_TAKEN)


async def until_answered(attempt: Callable[[], Awaitable[None]]) -> None:
    """Make an attempt up to three times, 0.2 s and 0.4 s apart; the last error comes out.

    Only a connection that was refused or cut before an answer is tried again: nothing that a
    server has acted upon.
    """
    asking = AsyncRetrying(
        retry=retry_if_exception(_was_not_taken),
        stop=stop_after_attempt(3),
        wait=wait_exponential(multiplier=0.2, max=1),
        reraise=True,
    )
    await asking(attempt)
