"""Recording a task: a person works in a browser, and a task that does the same comes out."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from agent.errors import UsageError
from agent.planner.importing import task_of
from agent.registry import Table
from agent.steps.roles import Role
from agent.tasks.importing.kinds import NO_CODE, WORDS
from agent.tasks.importing.live import print_in, read_events, words_of
from agent.tasks.importing.prints import SHORTEST, repeats
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from agent.browser.folder import PrivateFolder
    from agent.browser.options import BrowserOptions
    from agent.browser.recorder import Recorder
    from agent.tasks.importing.credentials import Cleaned

# Playwright takes its time to import, and a wrong address is told of without it.
_BROWSER: Table[Any] = Table(
    "agent.browser", {"open": "recorder_opening:open_recorder", "terms": "recorder:Terms"}
)


@dataclass(frozen=True, slots=True)
class Studio:
    """What recording needs of this machine: how a browser starts, and a private folder."""

    browser: BrowserOptions
    private_folder: Callable[[], AbstractContextManager[PrivateFolder]]


@dataclass(frozen=True, slots=True)
class Listener:
    """Who follows a recording: ``told`` hears each act in words, ``started`` that it began."""

    told: Callable[[str], None]
    started: Callable[[Recorder], None]


async def record(url: str, studio: Studio, listener: Listener) -> Cleaned:
    """Open ``url`` for a person, and make a task of what is done until the window is closed.

    Being cancelled (Ctrl-C) ends the recording as closing the window does. No vault is opened.
    Raises ``UsageError`` for an address that cannot be opened, ``SiteUnreachable``, and what
    starting a browser raises.
    """
    site = _site(url)
    terms = _BROWSER["terms"](WORDS, NO_CODE, get_args(Role))
    with studio.private_folder() as folder:
        telling = _Telling(listener)
        async with _BROWSER["open"](studio.browser, folder, terms, telling) as recorder:
            telling.keys = recorder.keys
            page = await recorder.begin()
            await recorder.goto(page, url)
            listener.started(recorder)
            await _until_gone(recorder)
            await recorder.end()
    return task_of(read_events(f"Recorded on {site.host}", recorder.events, recorder.keys))


def _site(url: str) -> Origin:
    try:
        return Origin.parse(url)
    except UsageError as error:
        raise UsageError(
            f"URL: {error.message}", hint="runner record https://hotel.example/login -o task.json"
        ) from None


async def _until_gone(recorder: Recorder) -> None:
    with suppress(asyncio.CancelledError):
        await recorder.gone.wait()
        return
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()


class _Telling:
    """Tells of each act once: of a field, not of each letter; and of no credential again."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._last: object = None
        self._prints: dict[object, list[int]] = {}
        self.keys = (0, 0)

    def __call__(self, event: dict[str, Any]) -> None:
        """Hear of an event."""
        if "print" in event:
            self._prints[event.get("at")] = event["print"]
        this = (event["kind"], event.get("at"))
        if not (event["kind"] == "fill" and this == self._last):
            self._tell(words_of(event))
        self._last = this

    def _tell(self, words: str) -> None:
        prints = (print_in(told, self.keys) for told in self._prints.values())
        if any(repeats(words, one) for one in prints if one.length >= SHORTEST):
            words = "an act at something that repeats what was typed into a credential field"
        if words:
            self._listener.told(words)
