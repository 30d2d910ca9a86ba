"""Takes what a signed-in browser holds for a secret's origins, and gives it to another browser.

All of it goes through the debugging protocol, which no recording repeats, and storage is written
from an isolated world of an empty page that the guard answers in the site's place: no script of the
site sees it before it is there.
"""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from playwright.async_api import Error as PlaywrightError

from agent.browser.kept_cookies import as_given, may_keep
from agent.browser.kept_state import BrowserState
from agent.errors import StepFailed, UsageError
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.async_api import CDPSession, Page

    from agent.browser.session import Session
    from agent.vault.origin import OriginPolicy

WORLD: Final = "slotrunner-storage"
LARGEST_DATABASE: Final = 1024 * 1024
_PATIENCE: Final = 10_000.0  # milliseconds for one origin


@dataclass(frozen=True, slots=True)
class Storing:
    """What one browser holds for the origins of ``policy``, those of the secret of ``slot``."""

    session: Session
    slot: str
    policy: OriginPolicy

    async def take(self, before: BrowserState | None = None) -> BrowserState:
        """Read cookies and storage. Raises Playwright's errors where a page does not answer.

        Storage is read in the page worked in, and for other origins the run has been to in a page
        beside it, which has no session storage of theirs: that is taken from ``before``.
        """
        cookies = tuple(one for one in await self._cookies() if may_keep(one, self.policy))
        page = self.session.page
        here = self._allowed(page.url)
        stores: dict[str, dict[str, Any]] = {}
        if here:
            stores[here] = await _asked(await self.session.cdp(page), "read", LARGEST_DATABASE)
        elsewhere = sorted(self._visited() - {here})
        known = before.stores if before else {}
        if elsewhere:
            async with self.session.aside() as aside:
                for origin in elsewhere:
                    cdp = await self._empty_page(aside, origin)
                    read = await _asked(cdp, "read", LARGEST_DATABASE)
                    session = known.get(origin, {}).get("session", [])
                    stores[origin] = {**read, "session": session}
        left = [f"{place} {name}" for place, one in stores.items() for name in one.pop("left")]
        return BrowserState(cookies, stores, tuple(left))

    async def give(self, state: BrowserState) -> None:
        """Put a state into the browser; the page worked in is an empty one of the site then.

        Storage goes first, so that not even the requests for empty pages have a cookie with them.
        """
        self.session.guard.expect(self.slot)
        page = self.session.page
        for origin, store in state.stores.items():
            if self._allowed(origin):
                cdp = await self._empty_page(page, origin)
                await _asked(cdp, "write", json.dumps(store))
        cookies = [one for one in state.cookies if may_keep(one, self.policy)]
        self.session.guard.cookies.add(self.slot, cookies)
        cdp = await self.session.cdp(page)
        if cookies:
            await cdp.send("Network.setCookies", {"cookies": [as_given(one) for one in cookies]})

    async def wipe(self, state: BrowserState) -> None:
        """Take everything out again that ``give`` put in, and what has come of it since."""
        page = self.session.page
        cdp = await self.session.cdp(page)
        for origin in sorted({*state.stores, *self._visited()}):
            if self._allowed(origin):
                # A database in use in another page stays; the cookies go in any case.
                with suppress(StepFailed):
                    await _asked(await self._empty_page(page, origin), "wipe", None)
        for one in await self._cookies():
            if may_keep(one, self.policy):
                wanted = ("name", "domain", "path", "partitionKey")
                await cdp.send(
                    "Network.deleteCookies", {name: one[name] for name in wanted if name in one}
                )

    def _visited(self) -> set[str]:
        return {found for url in self.session.visited if (found := self._allowed(url))}

    def _allowed(self, url: str) -> str:
        """Give the origin of an address where the secret may go there; empty otherwise."""
        try:
            origin = Origin.parse(url)
        except UsageError:
            return ""
        return str(origin) if self.policy.allows(origin) else ""

    async def _cookies(self) -> list[Mapping[str, Any]]:
        cdp = await self.session.cdp(self.session.page)
        found: list[Mapping[str, Any]] = (await cdp.send("Network.getAllCookies"))["cookies"]
        return found

    async def _empty_page(self, page: Page, origin: str) -> CDPSession:
        """Show a page of this origin that has nothing in it."""
        cdp = await self.session.cdp(page)
        with self.session.guard.answering(f"{origin}/slotrunner-{secrets.token_hex(16)}") as url:
            went = await cdp.send("Page.navigate", {"url": url}, timeout=_PATIENCE)
        if "errorText" in went:
            raise StepFailed(f"no page of {origin} could be opened ({went['errorText']})")
        return cdp


async def _asked(cdp: CDPSession, what: str, given: object) -> dict[str, Any]:
    """Call a function of ``storage.js`` in the page's top frame."""
    frame = (await cdp.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
    about = {"frameId": frame, "worldName": WORLD}
    world = (await cdp.send("Page.createIsolatedWorld", about))["executionContextId"]
    answer = await cdp.send(
        "Runtime.evaluate",
        {
            "expression": f"{_script()}.{what}({json.dumps(given)})",
            "contextId": world,
            "awaitPromise": True,
            "returnByValue": True,
            "silent": True,
        },
        timeout=_PATIENCE,
    )
    if "exceptionDetails" in answer:
        raise StepFailed(f"the site's storage could not be handled ({what})")
    text = answer["result"].get("value")
    read: dict[str, Any] = json.loads(text) if text else {}
    return read


@cache
def _script() -> str:
    return files("agent.browser").joinpath("storage.js").read_text("utf-8")


async def taken(storing: Storing, before: BrowserState | None) -> BrowserState | None:
    """Read what there is, or give None where the page does not answer any more."""
    with suppress(PlaywrightError, StepFailed):
        return await storing.take(before)
    return None


async def given(storing: Storing, state: BrowserState) -> bool:
    """Put a state into the browser; False where the browser does not take it."""
    with suppress(PlaywrightError, StepFailed):
        await storing.give(state)
        return True
    return False
