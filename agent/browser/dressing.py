"""What a run's browser is given before its first page: the guard, the masks, the recording."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from agent.browser.egress import SHUT_SCRIPT
from agent.browser.masking import MASK_SCRIPT

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from playwright.async_api import CDPSession

    from agent.browser.options import BrowserOptions
    from agent.browser.session import Session
    from agent.vault.open import RunSecrets
    from agent.vault.origin import OriginPolicy


async def dress(session: Session, door: CDPSession, options: BrowserOptions) -> None:
    """Put the guard up and the masks on; ``door`` is a session with the browser itself."""
    session.challenges.watch(door)
    await asyncio.gather(mask(session, options), session.guard.watch_requests(door))


async def mask(session: Session, options: BrowserOptions) -> None:
    """Mask every page to come, and shut the ways out that the guard does not see."""
    session.context.set_default_timeout(options.timeout)
    # Before the recording, or the scripts' source would be in the trace.
    script = MASK_SCRIPT + SHUT_SCRIPT if session.secrets.slots() else MASK_SCRIPT
    await asyncio.gather(
        session.context.add_init_script(script), session.guard.watch_sockets(session.context)
    )


async def begin(session: Session, options: BrowserOptions) -> None:
    """Open the page to work in, and record from now on if that is wanted."""
    moves: list[Awaitable[Any]] = [session.context.new_page()]
    if options.record:
        moves.insert(0, session.start_recording())
    await asyncio.gather(*moves)


def policies(secrets: RunSecrets) -> list[OriginPolicy]:
    """List where each bound secret may go."""
    return [secrets[slot].card.origins for slot in secrets.slots()]


def context_arguments(options: BrowserOptions) -> dict[str, Any]:
    """Say how the run's context is made."""
    width, height = options.viewport
    ours = {
        "viewport": {"width": width, "height": height},
        "accept_downloads": True,
        # A service worker's requests have no page, and its cache outlives the document.
        "service_workers": "block",
    }
    return {**options.context, **ours}
