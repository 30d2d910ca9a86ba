from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from agent.login import helped
from agent.login.actions import Finish
from agent.login.outcome import Outcome

if TYPE_CHECKING:
    import pytest

    from agent.login.attempt import Attempt


class Silent:
    """Looks at a page that never answers."""

    async def eyes(self) -> None:
        return None

    async def look(self, _eyes: None, _progress: None) -> None:
        await asyncio.Event().wait()


async def test_a_page_that_stops_answering_did_not_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helped, "_LONGEST_LOOK", 0.01)
    attempt = cast("Attempt", SimpleNamespace(lookout=Silent(), progress=None))
    async with asyncio.timeout(10):
        assert not await helped._went_on(attempt, Finish(Outcome.CAPTCHA))
