from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from agent.browser.remote.looking import is_guarded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from agent.browser.session import Session


class Guard:
    """Counts what comes to it."""

    def __init__(self) -> None:
        self.requests = 3

    @contextmanager
    def answering(self, url: str) -> Iterator[str]:
        yield url


class Page:
    """A page, all of whose requests are answered; ``seen`` says that the guard had them first."""

    def __init__(self, guard: Guard, *, seen: bool) -> None:
        self._guard, self._seen = guard, seen

    async def evaluate(self, _script: str) -> list[bool]:
        return [True, True]

    async def goto(self, _url: str, **_: Any) -> None:
        self._guard.requests += self._seen

    async def send(self, _method: str) -> dict[str, Any]:
        return {"targetInfo": {"browserContextId": "1"}}


@pytest.mark.parametrize("seen", [True, False])
async def test_a_page_from_nowhere_proves_the_guard_only_where_it_was_asked(*, seen: bool) -> None:
    guard = Guard()
    page = Page(guard, seen=seen)

    @asynccontextmanager
    async def aside() -> AsyncIterator[Page]:
        yield page

    async def cdp(_page: Page) -> Page:
        return page

    session = SimpleNamespace(
        aside=aside, cdp=cdp, guard=guard, challenges=SimpleNamespace(context="")
    )
    assert await is_guarded(cast("Session", session)) is seen
