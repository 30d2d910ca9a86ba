"""Who waits for a picture may give up; the pictures and the run's other recordings go on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from agent.artifacts.camera import Camera
from agent.artifacts.page_reading import PageReader, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.browser.session import Session


class Secrets:
    redactor = None

    def slots(self) -> tuple[str, ...]:
        return ()


class Page:
    """Stands for a session with one page."""

    def __init__(self) -> None:
        self.page = object()
        self.secrets = Secrets()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.Event]:
    """A page that answers once this is set, and then only that it cannot be read."""
    event = asyncio.Event()

    async def waiting(_self: PageReader, _page: Any) -> None:
        await event.wait()
        raise Unreadable("as a page may be")

    monkeypatch.setattr(PageReader, "refuse_large", waiting)
    yield event
    event.set()


async def test_who_gives_up_waiting_does_not_take_the_picture_along(answers: asyncio.Event) -> None:
    async with Camera(cast("Session", Page())) as camera:
        camera.shoot_soon("first")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await camera.settled()
        camera.shoot_soon("second")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await camera.painted()
        answers.set()
        await camera.painted()
        camera.shoot_soon("third")
    told = [("first", "as a page may be"), ("second", "as a page may be")]
    assert camera.dropped == [*told, ("third", "as a page may be")]
