"""The hand of a person who looks at the page from elsewhere: does what they did there, here.

What they type may be a secret nobody bound. The run's matchers know it before it is in the page,
and the pages count as typed into from then on. The recording is off meanwhile, so that nothing of
it is in a call of Playwright's that anyone could read.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from playwright.async_api import Error as PlaywrightError

from agent.browser.person_acts import LONGEST_TEXT
from agent.vault.redaction.spellings import LEAST, weight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.async_api import Page

    from agent.browser.person_acts import PersonAct
    from agent.browser.session import Session

LABEL: Final = "PERSON.typed"
"""What stands in the place of what a person typed, in everything a run leaves."""
_LONGEST: Final = 5.0
_SOON: Final = 1.0
# What the field typed into holds now; a value may come about by more than typing one letter after
# another. A closed shadow tree does not tell.
_HELD = """() => {
  let element = document.activeElement;
  while (element && element.shadowRoot) element = element.shadowRoot.activeElement;
  if (!element || !document.hasFocus()) return '';
  if (typeof element.value === 'string') return element.value;
  return element.isContentEditable ? element.textContent : '';
}"""


class PersonsHand:
    """Does the acts of one person in the page the run works in; ``done`` counts them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._so_far = ""
        self._known: set[str] = set()
        self.done = 0

    async def do(self, act: PersonAct) -> None:
        """Do one act; what the page does not take, or not in time, is left out."""
        page = self._session.page
        if act.kind in ("text", "key"):
            self._about_to_type(act.text)
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(_LONGEST):
                await _ACTS[act.kind](page, act)
                self.done += 1
        await self._after(page, act)

    def finish(self) -> None:
        """Have what was typed last known as a whole, however short it is."""
        if self._so_far:
            self._learn([self._so_far])
        self._so_far = ""

    async def _after(self, page: Page, act: PersonAct) -> None:
        if act.kind not in ("text", "key"):
            if act.kind != "move":
                self.finish()
            return
        if act.key == "Backspace":
            self._so_far = self._so_far[:-1]
        elif act.key is not None:
            self.finish()
        self._learn([text for text in await _held(page) if weight(text) >= LEAST])

    def _about_to_type(self, text: str) -> None:
        """Have both matchers know it, and the pages count as typed into, before it is typed.

        A key may put a value in as well, or send it: a page that comes of it is a new one.
        """
        self._so_far = (self._so_far + text)[-LONGEST_TEXT:]
        self._learn([one for one in (self._so_far, text) if weight(one) >= LEAST])
        self._session.guard.on_typed()

    def _learn(self, texts: Iterable[str]) -> None:
        for text in texts:
            if text not in self._known:
                self._known.add(text)
                self._session.secrets.learn(LABEL, text)


async def _click(page: Page, act: PersonAct) -> None:
    await page.mouse.move(act.x or 0, act.y or 0)
    # The presses before a second one have been acts of their own.
    await page.mouse.down(click_count=act.count)
    await page.mouse.up(click_count=act.count)


async def _down(page: Page, act: PersonAct) -> None:
    await page.mouse.move(act.x or 0, act.y or 0)
    await page.mouse.down()


async def _move(page: Page, act: PersonAct) -> None:
    await page.mouse.move(act.x or 0, act.y or 0)


async def _up(page: Page, act: PersonAct) -> None:
    await page.mouse.move(act.x or 0, act.y or 0)
    await page.mouse.up()


async def _scroll(page: Page, act: PersonAct) -> None:
    await page.mouse.move(act.x or 0, act.y or 0)
    await page.mouse.wheel(act.dx, act.dy)


async def _text(page: Page, act: PersonAct) -> None:
    await page.keyboard.type(act.text)


async def _key(page: Page, act: PersonAct) -> None:
    held = [*(["Shift"] if act.shift else []), *(["Control"] if act.control else [])]
    await page.keyboard.press("+".join([*held, act.key or ""]))


_ACTS: Final = {
    "click": _click,
    "down": _down,
    "move": _move,
    "up": _up,
    "scroll": _scroll,
    "text": _text,
    "key": _key,
}


async def _held(page: Page) -> list[str]:
    """Read what the focused field of each frame holds."""
    found: list[str] = []
    with suppress(PlaywrightError, TimeoutError):
        async with asyncio.timeout(_SOON):
            for frame in page.frames:
                with suppress(PlaywrightError):
                    held = await frame.evaluate(_HELD)
                    found.append(str(held)[:LONGEST_TEXT])
    return [text for text in found if text]
