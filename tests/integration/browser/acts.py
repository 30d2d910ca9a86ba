"""What several browser tests do: type a login, and look into the hostile site's log."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agent.vault.needles import Needles

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import ElementHandle, Frame, Page

    from agent.browser.session import Session
    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site

SLOT = "MANAGEMENT_LOGIN"
USERNAME, PASSWORD, CODE = "[name=user_login]", "[name=user_pass]", "[name=otp_token]"


async def field(place: Page | Frame, selector: str) -> ElementHandle:
    handle = await place.wait_for_selector(selector, state="attached")
    assert handle is not None
    return handle


async def type_in(session: Session, selector: str, name: str, place: Frame | None = None) -> None:
    handle = await field(place or session.page, selector)
    await session.keyboard.type_field(handle, session.secrets[SLOT], name)


def received(site: Site, account: Account) -> frozenset[str]:
    """Name the account's values that the hostile site got, in whatever encoding."""
    needles = Needles()
    needles.add("username", account.username)
    needles.add("password", account.password)
    return needles.labels_in(site.evil_log.everything())


async def eventually(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait until the condition holds; at the end it must."""
    ends = asyncio.get_running_loop().time() + seconds
    # The other side is a server in another thread: it sets no event of this loop.
    while not condition() and asyncio.get_running_loop().time() < ends:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert condition()
