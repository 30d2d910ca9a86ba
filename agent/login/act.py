"""Carry out one move. Thin: everything worth deciding was decided before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from agent.login.actions import FillCode, FillPassword, FillUsername, Move, Submit
from agent.login.mfa import SECOND_FACTORS

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle

    from agent.browser.isolated import Sighting
    from agent.browser.session import Session
    from agent.login.account import Account
    from agent.login.observation import Field
    from agent.login.observe import Observer

_CLICK_PATIENCE = 4000.0  # milliseconds for a button to be free of overlays and stand still

_DETACHED = "not attached to the DOM"


class Gone(Exception):
    """What was seen is no longer there; look again."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What a move needs: the session to type in, and the eyes that know where things stood."""

    session: Session
    account: Account
    observer: Observer

    async def do(self, move: Move) -> str:
        """Make the move and return it in words; raises ``Gone`` when the page has changed."""
        if isinstance(move, Submit):
            return await self._submit(move)
        seen = await self._sightings(move.field)
        secret, keyboard = self.account.secret, self.session.keyboard
        if isinstance(move, FillUsername):
            async with self.session.titled(f"type {secret.slot}.username"):
                await keyboard.type_field(seen[0], secret, "username")
            return "filled username"
        if isinstance(move, FillPassword):
            async with self.session.titled(f"type {secret.slot}.password"):
                await keyboard.type_field(seen[0], secret, "password")
            return "filled password"
        return await self._answer(move, seen)

    async def _answer(self, move: FillCode, seen: list[Sighting]) -> str:
        factor = SECOND_FACTORS[move.method]
        async with self.session.titled(f"type {self.account.secret.slot}.{move.method}"):
            await factor.answer(self.session, seen, self.account.secret)
        return "filled one-time code"

    async def _submit(self, move: Submit) -> str:
        if move.button is not None:
            button = await self.observer.handle(move.button.spot)
            if button is None:
                raise Gone
            if await _pressed(button):
                return f"pressed “{move.button.text[:40]}”"
        field = await self.observer.handle(move.field.spots[-1])
        if field is None:
            raise Gone
        await field.press("Enter", no_wait_after=True)
        return "pressed Enter"

    async def _sightings(self, field: Field) -> list[Sighting]:
        seen = [await self.observer.sighting(spot) for spot in field.spots]
        found = [one for one in seen if one is not None]
        if not found or len(found) < len(seen):
            raise Gone
        return found


async def _pressed(button: ElementHandle) -> bool:
    """Press a button; False when something lies over it, and Enter is to be tried."""
    try:
        await button.click(timeout=_CLICK_PATIENCE, no_wait_after=True)
    except PlaywrightTimeout:
        return False
    except PlaywrightError as error:
        # Any other error may come after the press: then it counts as one, and is not repeated.
        if _DETACHED in error.message:
            raise Gone from None
    return True
