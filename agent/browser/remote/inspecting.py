"""Tries a browser elsewhere as a run would, for a person who asks before running anything."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.browser.folder import PrivateFolder
from agent.browser.opening import open_session
from agent.browser.remote.weaknesses import WORDS
from agent.vault.open import RunSecrets

if TYPE_CHECKING:
    from agent.browser.options import BrowserOptions


def inspected(options: BrowserOptions) -> tuple[str, tuple[str, ...]]:
    """Connect, look, and leave; gives the browser's name, and the weaker promises of a run there.

    Raises what opening a session does.
    """
    return asyncio.run(_inspected(options))


async def _inspected(options: BrowserOptions) -> tuple[str, tuple[str, ...]]:
    if options.remote is None:
        return "", ()
    # What crosses the network in the clear is not tried out, unless that is allowed.
    tried = options.remote.allowing(name for name in WORDS if name != "clear_text")
    trying = replace(options, remote=tried, headed=False)
    with PrivateFolder.create() as folder, RunSecrets(()) as secrets:
        async with open_session(trying, secrets, folder) as session:
            browser = f"{session.browser.browser_type.name} {session.browser.version}"
            found = session.about["weaker there"].split(", ")
    return browser, tuple(found)
