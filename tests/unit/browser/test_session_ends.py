"""What is said where a recording could not be saved."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from playwright.async_api import Error as PlaywrightError

from agent.browser.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from agent.browser.folder import PrivateFolder
    from agent.errors import RunnerError


class Unsaving(Session):
    """A session whose browser saves nothing, be it there or not."""

    def __init__(self, folder: Path, *, connected: bool, lost: bool) -> None:
        self.folder = cast("PrivateFolder", SimpleNamespace(sub=lambda _name: folder))
        browser = SimpleNamespace(is_connected=lambda: connected)
        tracing = SimpleNamespace(stop=self._refuse)
        self.context = cast("Any", SimpleNamespace(browser=browser, tracing=tracing))
        self.recording = True
        self.parts = []
        self._lost = lost

    async def loss(self) -> RunnerError | None:
        return cast("RunnerError", Exception()) if self._lost else None

    async def _refuse(self, **_: Path) -> None:
        raise PlaywrightError("as a browser may")


@pytest.mark.parametrize(
    ("connected", "lost", "why"),
    [
        (True, False, "it could not be saved"),
        (False, False, "the browser went before it was saved"),
        (True, True, "the browser went before it was saved"),
    ],
)
@pytest.mark.parametrize(("parts", "what"), [(0, "no trace"), (2, "no trace of the end")])
async def test_why_there_is_no_recording_is_said_as_it_is(
    tmp_path: Path,
    *,
    connected: bool,
    lost: bool,
    why: str,
    parts: int,
    what: str,
) -> None:
    session = Unsaving(tmp_path, connected=connected, lost=lost)
    session.parts += [tmp_path] * parts
    assert await session.stop_recording() is None
    assert session.unsaved == f"{what}: {why}"
    assert not session.recording
