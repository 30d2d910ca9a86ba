"""Carry out one move. Thin: everything worth deciding was decided before."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from agent.browser.pointer import press
from agent.login.actions import (
    Authenticate,
    Dismiss,
    FillCode,
    FillPassword,
    FillUsername,
    Submit,
    Take,
    Tick,
)
from agent.login.mfa import SECOND_FACTORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.async_api import ElementHandle

    from agent.browser.isolated import Sighting
    from agent.browser.session import Session
    from agent.login.account import Account
    from agent.login.actions import Fill, Move
    from agent.login.lookout import Eyes
    from agent.login.observation import Field, Spot

_CLICK_PATIENCE = 4000.0  # milliseconds for a button to be free of overlays and stand still
_HANDLE_PATIENCE = 2.0  # seconds; a page that is on its way elsewhere gives no handles
_GLANCE = 0.1
_LONGEST_TEXT = 40

_DETACHED = "not attached to the DOM"
_PERFORMED = "performing click action"


class Gone(Exception):
    """What was seen is no longer there; look again."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What a move needs: the session to type in, and the eyes that know where things stood.

    ``on_wait`` is told the seconds a code is to be waited for.
    """

    session: Session
    account: Account
    eyes: Eyes
    on_wait: Callable[[float], None]

    async def do(self, move: Move) -> str:
        """Make the move and return it in words; raises ``Gone`` when the page has changed."""
        await self.session.settled()
        if isinstance(move, (FillUsername, FillPassword, FillCode)):
            return await self._fill(move)
        if isinstance(move, Submit):
            return await self._submit(move)
        if isinstance(move, Authenticate):
            await self.session.keyboard.answer_challenge(self.account.secret)
            return "answered the browser's login"
        if isinstance(move, Tick):
            return await self._tick(move)
        return await self._press_way(move)

    async def _fill(self, move: Fill) -> str:
        seen = await self._sightings(move.field)
        secret = self.account.secret
        if isinstance(move, FillCode):
            factor = SECOND_FACTORS[move.method]
            async with self.session.titled(f"type {secret.slot}.{move.method}"):
                with self._waiting() as on_wait:
                    await factor.answer(self.session, seen, self.account, on_wait)
            return "filled one-time code"
        name = "username" if isinstance(move, FillUsername) else "password"
        async with self.session.titled(f"type {secret.slot}.{name}"):
            await self.session.keyboard.type_field(seen[0], secret, name)
        return f"filled {name}"

    @contextmanager
    def _waiting(self) -> Iterator[Callable[[float], None]]:
        """Give what is told that a code is waited for; from then on the account's time counts."""
        since: list[float] = []

        def on_wait(seconds: float) -> None:
            since.append(time.monotonic())
            self.on_wait(seconds)

        try:
            yield on_wait
        finally:
            if since:
                self.account.waited += time.monotonic() - since[0]

    async def _tick(self, move: Tick) -> str:
        await self._pressed(move.field.spots[0])
        return "ticked the box that trusts this browser"

    async def _submit(self, move: Submit) -> str:
        if move.button is not None and await self._pressed(move.button.spot):
            return f"pressed “{move.button.text[:_LONGEST_TEXT]}”"
        spot = move.field.spots[-1]
        field = await self._handle(spot)
        if field is not None:
            await field.press("Enter", no_wait_after=True)
        else:
            # The field has the focus: it was typed into last.
            await self._sighting(spot)
            await self.session.page.keyboard.press("Enter")
        return "pressed Enter"

    async def _press_way(self, move: Take | Dismiss) -> str:
        way = move.way
        await self._pressed(way.button.spot)
        if way.submit is not None:
            await self._pressed(way.submit.spot)
        verb = "dismissed" if isinstance(move, Dismiss) else "took"
        return f"{verb} “{way.button.text[:_LONGEST_TEXT]}”"

    async def _pressed(self, spot: Spot) -> bool:
        """Press a button; False when something lies over it, and nothing was pressed."""
        handle = await self._handle(spot)
        if handle is None:
            return await press(self.session, await self._sighting(spot))
        pressing = asyncio.ensure_future(_click(handle))
        sent = self.eyes.watch.traffic.sent
        while not pressing.done():
            await asyncio.wait((pressing,), timeout=_GLANCE)
            if not pressing.done() and self.eyes.watch.traffic.sent > sent:
                # Pressed, and the page is on its way: Playwright would wait for it to arrive.
                self.eyes.leave(pressing)
                return True
        return pressing.result()

    async def _handle(self, spot: Spot) -> ElementHandle | None:
        try:
            async with asyncio.timeout(_HANDLE_PATIENCE):
                return await self.eyes.observer.handle(spot)
        except TimeoutError:
            raise Gone from None

    async def _sighting(self, spot: Spot) -> Sighting:
        sighting = await self.eyes.observer.sighting(spot)
        if sighting is None:
            raise Gone
        return sighting

    async def _sightings(self, field: Field) -> list[Sighting]:
        if not field.spots:
            raise Gone
        return [await self._sighting(spot) for spot in field.spots]


async def _click(button: ElementHandle) -> bool:
    """Click; False when something lies over it, and Enter is to be tried."""
    try:
        await button.click(timeout=_CLICK_PATIENCE, no_wait_after=True)
    except PlaywrightTimeout as error:
        return _PERFORMED in error.message
    except PlaywrightError as error:
        # Any other error may come after the press: then it counts as one, and is not repeated.
        if _DETACHED in error.message:
            raise Gone from None
    return True
