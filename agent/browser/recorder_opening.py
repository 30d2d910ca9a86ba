"""Opens the browser in which a person is watched, and closes it after by the same block."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from agent.browser.environment import child_environment
from agent.browser.find import find_browser
from agent.browser.launching import (
    ROOT_NOTICE,
    in_time,
    sandbox,
    sandbox_is_off_for_root,
    start_driver,
)
from agent.browser.recorder import Event, Recorder, Terms
from agent.browser.translate import translated_launch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from agent.browser.folder import PrivateFolder
    from agent.browser.options import BrowserOptions


@asynccontextmanager
async def open_recorder(
    options: BrowserOptions, folder: PrivateFolder, terms: Terms, told: Callable[[Event], None]
) -> AsyncIterator[Recorder]:
    """Start a browser for a person, whose profile is in ``folder`` alone, and watch it.

    Nothing is traced, and no password is offered to be kept. Raises ``BrowserMissing`` or
    ``DisplayMissing`` when no browser starts.
    """
    found = find_browser(options.executable, headed=options.headed)
    async with AsyncExitStack() as stack:
        with translated_launch(found.path):
            playwright = await start_driver(stack, options, folder)
            browser = await playwright.chromium.launch(
                executable_path=found.path,
                headless=not options.headed,
                chromium_sandbox=sandbox(options),
                args=list(options.arguments),
                env={**child_environment(os.environ, folder, headed=options.headed)},
                downloads_path=folder.sub("downloads"),
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
            stack.push_async_callback(in_time, browser.close)
            context = await browser.new_context(**_context_arguments(options))
        recorder = Recorder(context, terms, told)
        if sandbox_is_off_for_root(options):
            recorder.notices.append(ROOT_NOTICE)
        yield recorder


def _context_arguments(options: BrowserOptions) -> dict[str, Any]:
    width, height = options.viewport
    # A person's window may be made larger; the page follows it.
    window = (
        {"no_viewport": True}
        if options.headed
        else {"viewport": {"width": width, "height": height}}
    )
    return {**options.context, "accept_downloads": True, "service_workers": "block", **window}
