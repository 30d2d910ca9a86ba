"""Opens the browser of a run, here or on another machine, and closes it after by the same block."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from agent.browser.dressing import begin, context_arguments, dress, policies
from agent.browser.drivers import OneEach
from agent.browser.egress import egress_switches
from agent.browser.environment import child_environment
from agent.browser.find import find_browser
from agent.browser.launching import (
    ROOT_NOTICE,
    in_time,
    sandbox,
    sandbox_is_off_for_root,
)
from agent.browser.session import Session
from agent.browser.translate import translated_launch
from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from playwright.async_api import Browser

    from agent.browser.drivers import Drivers, Lent
    from agent.browser.folder import PrivateFolder
    from agent.browser.options import BrowserOptions
    from agent.vault.open import RunSecrets

_ONE_EACH = OneEach()
# Few runs work in a browser elsewhere, and asking for its address takes an HTTP client.
_REMOTE: Table[Callable[..., Awaitable[Session]]] = Table(
    "agent.browser.remote", {"open": "connecting:opened"}
)


@asynccontextmanager
async def open_session(
    options: BrowserOptions,
    secrets: RunSecrets,
    folder: PrivateFolder,
    drivers: Drivers = _ONE_EACH,
) -> AsyncIterator[Session]:
    """Open a browser with the guard up, and close it after; all it writes goes into ``folder``.

    The profile it makes for itself goes into the driver's folder, which is the same but where
    ``drivers`` are kept.

    Recording begins at once when ``options.record`` says so. Raises ``BrowserMissing`` or
    ``DisplayMissing`` when no browser starts, and where it is another machine's what
    ``agent.browser.remote.connecting.opened`` does.
    """
    async with AsyncExitStack() as stack:
        if options.remote is not None:
            yield await _REMOTE["open"](stack, options, secrets, folder)
            return
        found = find_browser(options.executable, headed=options.headed)
        with translated_launch(found.path):
            lent = await stack.enter_async_context(drivers.lend(options, folder))
            session = await _launch(stack, lent, options, (found.path, secrets, folder))
        if sandbox_is_off_for_root(options):
            session.notices.append(ROOT_NOTICE)
        yield session


async def _launch(
    stack: AsyncExitStack,
    lent: Lent,
    options: BrowserOptions,
    parts: tuple[Path, RunSecrets, PrivateFolder],
) -> Session:
    executable, secrets, folder = parts
    browser = await lent.playwright.chromium.launch(
        executable_path=executable,
        headless=not options.headed,
        slow_mo=options.slow_mo,
        chromium_sandbox=sandbox(options),
        args=[*egress_switches(policies(secrets), os.environ), *options.arguments],
        env={**child_environment(os.environ, folder, headed=options.headed)},
        traces_dir=folder.sub("trace"),
        downloads_path=folder.sub("downloads"),
    )
    stack.push_async_callback(_close, browser, lent)
    door, context = await asyncio.gather(
        browser.new_browser_cdp_session(), browser.new_context(**context_arguments(options))
    )
    session = Session(context, secrets, folder)
    stack.push_async_callback(session.guard.close)
    await dress(session, door, options)
    await begin(session, options)
    return session


async def _close(browser: Browser, lent: Lent) -> None:
    await in_time(browser.close)
    lent.spoilt = lent.spoilt or browser.is_connected()
