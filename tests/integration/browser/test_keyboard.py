from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from agent.browser.session import Session
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser
SLOT = "MANAGEMENT_LOGIN"


async def field(session: Session, selector: str):
    return await session.page.wait_for_selector(selector, state="attached")


async def fill_in(session: Session, selector: str, name: str) -> None:
    handle = await field(session, selector)
    await session.keyboard.type_field(handle, session.secrets[SLOT], name)


async def test_a_typed_login_signs_in_with_a_code(open_session: Opener, site: Site) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/login")
        await fill_in(session, "[name=user_login]", "username")
        await fill_in(session, "[name=user_pass]", "password")
        await session.page.click(".card button")
        await session.page.wait_for_url("**/code*")
        code = await field(session, "[name=otp_token]")
        await session.keyboard.type_code([code], session.secrets[SLOT])
        await session.page.click("button[value=go]")
        await session.page.wait_for_url(f"{site.origin}/")
        session.guard.check()
