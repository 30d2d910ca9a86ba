"""Looks at a browser over the wire: what of it can be seen is not taken on trust."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from playwright.async_api import Error as PlaywrightError

from agent.browser.remote.refusals import BrowserWeaker
from agent.browser.remote.weaknesses import Seen
from agent.errors import StepFailed

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession

    from agent.browser.session import Session

_EMPTY: Final = ("about:blank", "chrome://newtab/", "chrome://new-tab-page/")
_PATIENCE: Final = 10_000.0  # milliseconds
# A field's text is invisible, and WebRTC gone, before the first script of a page runs.
_DRESSED: Final = """() => {
  const field = document.body.appendChild(document.createElement('input'));
  const fill = getComputedStyle(field).webkitTextFillColor;
  field.remove();
  return [fill === 'rgba(0, 0, 0, 0)', typeof RTCPeerConnection === 'undefined'];
}"""


async def door_of(browser: Browser) -> CDPSession | None:
    """Open a session with the browser itself, if it lets us have one."""
    with suppress(PlaywrightError):
        return await browser.new_browser_cdp_session()
    return None


async def look(door: CDPSession | None, mark: str) -> Seen:
    """See what the browser was started with and who is in it; before a context of ours is."""
    if door is None:
        return Seen(None, others=True, guarded=False)
    switches = await _command_line(door)
    return Seen(switches, mark in (switches or ()), await _has_others(door))


async def is_guarded(session: Session) -> bool:
    """Ask for a page that is nowhere: only a guard that sees every request can answer it.

    Raises ``BrowserWeaker`` where the runner's scripts do not run before the page's.
    """
    async with session.aside() as page:
        # In a browser with others in it, their logins are theirs to answer.
        told = await (await session.cdp(page)).send("Target.getTargetInfo")
        session.challenges.context = told["targetInfo"]["browserContextId"]
        masked, shut = await page.evaluate(_DRESSED)
        if not (masked and (shut or not session.secrets.slots())):
            raise BrowserWeaker(
                "this browser does not run the runner's scripts in its pages: nothing is masked",
                hint="Use another browser; this cannot be allowed.",
            )
        url = f"https://{secrets.token_hex(16)}.invalid/"
        before = session.guard.requests
        with suppress(PlaywrightError, StepFailed):
            with session.guard.answering(url):
                await page.goto(url, timeout=_PATIENCE)
            # A proxy on the way may answer for any host: then nothing came to the guard.
            return session.guard.requests > before
    return False


async def _command_line(door: CDPSession) -> tuple[str, ...] | None:
    """Read it, where the browser tells: only one started with ``--enable-automation`` does."""
    with suppress(PlaywrightError):
        return tuple((await door.send("Browser.getBrowserCommandLine"))["arguments"])
    return None


async def _has_others(door: CDPSession) -> bool:
    with suppress(PlaywrightError):
        contexts = (await door.send("Target.getBrowserContexts"))["browserContextIds"]
        targets = (await door.send("Target.getTargets"))["targetInfos"]
        used = [one for one in targets if one["type"] == "page" and one["url"] not in _EMPTY]
        return bool(contexts or used)
    return True
