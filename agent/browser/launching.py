"""What starting a browser takes, whatever is done with it then."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright

from agent.browser.environment import child_environment, only_environment
from agent.vault.sourcing.surroundings import surroundings

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from playwright.async_api import Playwright

    from agent.browser.folder import PrivateFolder
    from agent.browser.options import BrowserOptions

_CLOSING_SECONDS = 5.0
ROOT_NOTICE = "running as root: Chromium's sandbox is off, because it cannot start as root"


async def start_driver(
    stack: AsyncExitStack, options: BrowserOptions, folder: PrivateFolder
) -> Playwright:
    """Start Playwright's driver with an environment of its own; ``stack`` stops it."""
    environment = child_environment(surroundings(), folder, headed=options.headed)
    async with only_environment(environment):
        playwright = await async_playwright().start()
    stack.push_async_callback(in_time, playwright.stop)
    return playwright


def sandbox(options: BrowserOptions) -> bool:
    """Tell whether Chromium's sandbox is on: as asked for, or else wherever it can start."""
    return os.geteuid() != 0 if options.sandbox is None else options.sandbox


def sandbox_is_off_for_root(options: BrowserOptions) -> bool:
    """Tell whether a person is to be told that the sandbox is off."""
    return options.sandbox is None and not sandbox(options)


async def in_time(close: Any) -> None:
    """Close one thing, a few seconds at most: what hangs goes with the driver or the folder."""
    with suppress(PlaywrightError, TimeoutError):
        async with asyncio.timeout(_CLOSING_SECONDS):
            await close()
