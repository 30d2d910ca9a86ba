"""What stands in for a session in a run whose steps need no page: no browser is started for it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from agent.browser.guard import Guard
from agent.browser.session import Session
from agent.errors import StepFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Page

    from agent.browser.folder import PrivateFolder
    from agent.vault.open import RunSecrets


class Bare(Session):
    """Secrets, a private folder and the step's name; asking for the page is an error."""

    def __init__(self, secrets: RunSecrets, folder: PrivateFolder) -> None:
        self.secrets = secrets
        self.folder = folder
        self.guard = Guard(secrets)
        self.notices = []
        self.step = ""
        self.recording = False
        self.parts = []
        self.downloads = []
        self.visited = set()

    @property
    def page(self) -> Page:
        """Raise: there is none."""
        raise StepFailed("this step needs a page, and the run has no browser")

    @asynccontextmanager
    async def titled(self, words: str) -> AsyncIterator[None]:  # noqa: ARG002 - nothing is recorded
        """Do nothing around the step."""
        yield

    async def stop_recording(self) -> Path | None:
        """Give nothing: nothing was recorded."""
        return None
