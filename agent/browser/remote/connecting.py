"""Opens the browser of a run on another machine, once every weaker promise is known and allowed."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import contextmanager, suppress
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from playwright.async_api import Error as PlaywrightError

from agent.browser.dressing import begin, context_arguments, mask, policies
from agent.browser.egress import egress_switches
from agent.browser.launching import in_time, start_driver
from agent.browser.remote.address import socket_of
from agent.browser.remote.far import Far
from agent.browser.remote.looking import door_of, is_guarded, look
from agent.browser.remote.refusals import BrowserAway
from agent.browser.remote.weaknesses import NEEDED, Wanted, notices, refuse, weaker
from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AsyncExitStack

    from playwright.async_api import Browser, BrowserContext, Playwright

    from agent.browser.folder import PrivateFolder
    from agent.browser.options import BrowserOptions
    from agent.browser.remote.endpoint import Remote
    from agent.browser.session import Session
    from agent.vault.open import RunSecrets

PATIENCE: Final = 60_000.0  # milliseconds; a pool may have to start a browser first
_OPENING: Final = 120.0
# What a Playwright server answers to a client of another version, and what it says besides.
_OTHER_VERSION: Final = re.compile(r"WebSocket error: \S+ 428\b|Playwright version mismatch")


async def opened(
    stack: AsyncExitStack, options: BrowserOptions, secrets: RunSecrets, folder: PrivateFolder
) -> Session:
    """Connect to ``options.remote``, look at what is there, and open a context of its own in it.

    Nothing of the run is done there before each weaker promise is known and allowed. Raises
    ``BrowserWeaker``, ``BrowserAway``, and ``UsageError`` for what no browser elsewhere can do.
    """
    remote = _usable(options)
    playwright = await start_driver(stack, options, folder)
    try:
        async with asyncio.timeout(_OPENING):
            return await _opened(stack, playwright, options, (secrets, folder))
    except TimeoutError:
        raise _away(remote, "") from None
    except PlaywrightError:
        raise BrowserAway(
            f"{remote.words()} does not do what the runner asks of a browser",
            hint="It has to be a Chromium that is driven as a whole, and no part of it held back.",
        ) from None


async def _opened(
    stack: AsyncExitStack,
    playwright: Playwright,
    options: BrowserOptions,
    parts: tuple[RunSecrets, PrivateFolder],
) -> Session:
    remote, wanted = _usable(options), _wanted(options, parts[0])
    browser, mark = await connected(playwright, remote, options, wanted)
    stack.push_async_callback(in_time, browser.close)
    door = await door_of(browser)
    seen = await look(door, mark)
    context = await _context(stack, browser, options)
    session = Far(context, *parts, remote=remote, door=door)
    stack.push_async_callback(session.guard.close)
    found = weaker(remote, wanted, replace(seen, guarded=await _dressed(session, options)))
    refuse(remote, found)
    session.notices += notices(found)
    session.about = {"browser at": remote.words(), "weaker there": ", ".join(found)}
    await begin(session, options)
    await stack.enter_async_context(session.felt(playwright.stop))
    return session


async def connected(
    playwright: Playwright, remote: Remote, options: BrowserOptions, wanted: Wanted
) -> tuple[Browser, str]:
    """Connect to the endpoint; gives a mark as well, that a browser started for this run has.

    A way that is not encrypted is refused before anything goes there, the endpoint's token too.
    """
    if remote.is_clear:
        refuse(remote, ["clear_text"])
    mark = f"--slotrunner-run={token_hex(16)}"
    slow = options.slow_mo
    if remote.protocol == "cdp":
        socket = await socket_of(remote)
        with _reached(remote):
            connecting = playwright.chromium.connect_over_cdp
            return await connecting(socket, timeout=PATIENCE, slow_mo=slow), mark
    asked = json.dumps(_launch_options(options, wanted, mark))
    headers = {"x-playwright-launch-options": asked}
    with _reached(remote):
        connecting_to = playwright.chromium.connect
        browser = await connecting_to(remote.url, headers=headers, timeout=PATIENCE, slow_mo=slow)
        return browser, mark


def _launch_options(options: BrowserOptions, wanted: Wanted, mark: str) -> dict[str, object]:
    """Write what the server starts the browser with; one that may not, leaves the switches out."""
    # The last one makes the browser tell its command line, where all of this is looked for.
    switches = [*wanted.switches, *options.arguments, mark, "--enable-automation"]
    sandbox = {} if options.sandbox is None else {"chromiumSandbox": options.sandbox}
    return {"headless": True, "args": switches, **sandbox}


def _wanted(options: BrowserOptions, secrets: RunSecrets) -> Wanted:
    # The machine's own proxy is not the browser's: that one has its own.
    switches = (*egress_switches(policies(secrets), {}), *NEEDED)
    return Wanted(switches, options.record, options.downloads)


def _usable(options: BrowserOptions) -> Remote:
    if options.remote is None:
        raise RuntimeError("a browser elsewhere has an endpoint")
    if options.headed:
        raise UsageError(
            "a browser on another machine shows no window here",
            hint="Leave --headed and headless = false out, or RUNNER_BROWSER_ENDPOINT.",
        )
    if options.downloads and options.remote.protocol == "cdp":
        raise UsageError(
            "files cannot be downloaded through a browser over CDP: they would stay there",
            hint="Use a Playwright server for this task, or a browser of this machine.",
        )
    return options.remote


async def _context(
    stack: AsyncExitStack, browser: Browser, options: BrowserOptions
) -> BrowserContext:
    downloads = {"accept_downloads": options.downloads}
    context = await browser.new_context(**{**context_arguments(options), **downloads})
    stack.push_async_callback(in_time, context.close)
    return context


async def _dressed(session: Far, options: BrowserOptions) -> bool:
    """Put on guard and masks; whether the guard was seen to hold."""
    await mask(session, options)
    if session.door is not None:
        session.challenges.watch(session.door)
        with suppress(PlaywrightError):
            await session.guard.watch_requests(session.door)
    guarded = await is_guarded(session)
    session.visited.clear()
    return guarded


@contextmanager
def _reached(remote: Remote) -> Iterator[None]:
    try:
        yield
    except PlaywrightError as error:
        raise _away(remote, error.message) from None


def _away(remote: Remote, message: str) -> BrowserAway:
    """Say why there is no browser; the message itself quotes the endpoint."""
    if _OTHER_VERSION.search(message):
        return BrowserAway(
            f"{remote.words()} is of another version of Playwright",
            hint="Give the server the version that `runner doctor` shows.",
        )
    return BrowserAway(
        f"{remote.words()} does not answer",
        hint="Check that it runs and can be reached from here; `runner doctor` tries it.",
    )
