"""A session whose browser is on another machine, and may go without this run's doing."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from agent.browser.remote.pulse import answers, felt
from agent.browser.remote.refusals import BrowserLost
from agent.browser.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from playwright.async_api import BrowserContext, CDPSession

    from agent.browser.folder import PrivateFolder
    from agent.browser.remote.endpoint import Remote
    from agent.errors import RunnerError
    from agent.vault.open import RunSecrets


class Far(Session):
    """``door`` is a session with the browser itself, where it gives one."""

    def __init__(
        self,
        context: BrowserContext,
        secrets: RunSecrets,
        folder: PrivateFolder,
        *,
        remote: Remote,
        door: CDPSession | None,
    ) -> None:
        super().__init__(context, secrets, folder)
        self.remote = remote
        self.door = door
        self._lost = False

    async def loss(self) -> RunnerError | None:
        """Look whether the browser is still there; gives the error that says it is not."""
        if self.door is not None and not self._lost:
            self._lost = not await answers(self.door, self.remote.patience)
        if self._lost or not self.browser.is_connected():
            return BrowserLost(
                f"the connection to {self.remote.words()} ended while the run went on",
                hint="Look whether the browser or its machine was stopped; run the task again.",
            )
        return None

    @asynccontextmanager
    async def felt(self, end: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Notice inside the block when the browser falls silent, and ``end`` what waits for it."""

        async def give_up() -> None:
            self._lost = True
            await end()

        if self.door is None:
            yield
            return
        async with felt(self.remote, self.door, give_up):
            yield
