"""Answers the page's dialogs as a task has said, and remembers what they said."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Dialog


class Dialogs:
    """The dialogs of a context; until ``answer`` is called, Playwright dismisses them.

    ``messages`` are the page's own words, in order; whoever tells them redacts them.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.messages: list[str] = []
        self._context = context
        self._accepts: bool | None = None
        self._text: str | None = None
        self._said = asyncio.Event()

    def answer(self, answer: str, text: str | None = None) -> None:
        """Accept or dismiss every dialog from now on; ``text`` goes into prompts."""
        if self._accepts is None:
            self._context.on("dialog", self._opened)
        self._accepts, self._text = answer == "accept", text

    async def said(self, part: str, limit: float) -> bool:
        """Tell whether a dialog said ``part``, or does within ``limit`` milliseconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit / 1000):
                while not any(part in message for message in self.messages):
                    self._said.clear()
                    await self._said.wait()
                return True
        return False

    async def _opened(self, dialog: Dialog) -> None:
        self.messages.append(dialog.message)
        self._said.set()
        # A page that has gone takes its dialog with it.
        with suppress(PlaywrightError):
            if not self._accepts and dialog.type != "beforeunload":
                await dialog.dismiss()
            elif self._text is not None and dialog.type == "prompt":
                await dialog.accept(self._text)
            else:
                await dialog.accept()
