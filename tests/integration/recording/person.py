"""A script that plays the person: it has a mouse and a keyboard, and nothing of the recorder."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.browser.folder import PrivateFolder
from agent.browser.options import BrowserOptions
from agent.runner.recording import Listener, Studio, record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import BrowserContext, Page

    from agent.browser.recorder import Recorder
    from agent.tasks.importing.credentials import Cleaned


@dataclass
class Person:
    """What a person sees and does in a recorded browser."""

    recorder: Recorder

    @property
    def context(self) -> BrowserContext:
        return self.recorder.context

    @property
    def page(self) -> Page:
        return self.context.pages[-1]

    async def settle(self) -> None:
        """A person looks before acting: new pages and frames are listened to by then."""
        await self.page.wait_for_load_state()
        await self.recorder.ready()

    async def type_at(self, label: str, text: str, *, exact: bool = True) -> None:
        await self.page.get_by_label(label, exact=exact).click()
        await self.page.keyboard.type(text)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)


@dataclass
class Recorded:
    """What came of it: the task, what was told meanwhile, and the raw acts."""

    made: Cleaned
    told: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def steps(self) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = self.made.document["steps"]
        return steps

    @property
    def everything(self) -> str:
        return json.dumps([self.made.document, self.told, self.events]) + repr(self.made)


async def recorded(url: str, play: Callable[[Person], Awaitable[None]], **options: Any) -> Recorded:
    """Record what ``play`` does, and close the window after it."""
    told: list[str] = []
    playing: list[asyncio.Task[None]] = []
    recorders: list[Recorder] = []

    async def act(recorder: Recorder) -> None:
        person = Person(recorder)
        try:
            await person.settle()
            await play(person)
            await person.settle()
        finally:
            for page in recorder.context.pages:
                await page.close()

    def started(recorder: Recorder) -> None:
        recorders.append(recorder)
        playing.append(asyncio.create_task(act(recorder)))

    studio = Studio(BrowserOptions(**options), PrivateFolder.create)
    made = await record(url, studio, Listener(told.append, started))
    await playing[0]
    return Recorded(made, told, recorders[0].events)
