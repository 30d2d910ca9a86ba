"""What was seen is typed into where it was seen, or not at all."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from agent.errors import FillRefused, OriginRefused
from agent.login.observe import Observer
from agent.login.reading import Traffic, read

if TYPE_CHECKING:
    from agent.browser.isolated import Sighting
    from agent.browser.session import Session
    from agent.login.observation import Spot
    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

SLOT = "MANAGEMENT_LOGIN"
PASSWORD = "input[type=password]"


async def password_seen(session: Session) -> tuple[Observer, Spot]:
    observer = Observer(session.page, await session.cdp(session.page))
    seen = read(await observer.look(), Traffic())
    assert seen.form
    assert seen.form.password
    return observer, seen.form.password.spots[0]


async def sighted(session: Session) -> Sighting:
    observer, spot = await password_seen(session)
    sighting = await observer.sighting(spot)
    assert sighting
    return sighting


@pytest.fixture
def account(site: Site) -> Account:
    return site.new_account(totp=False)


async def test_a_sighted_field_is_typed_into(
    site: Site, open_session: Opener, account: Account
) -> None:
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/login")
        sighting = await sighted(session)
        await session.keyboard.type_field(sighting, session.secrets[SLOT], "password")
        assert await session.page.input_value(PASSWORD) == account.password


async def test_a_field_that_wakes_up_is_waited_for(
    site: Site, open_session: Opener, account: Account
) -> None:
    async with open_session(account) as session:
        page = session.page
        await page.goto(f"{site.origin}/login")
        sighting = await sighted(session)
        await page.evaluate(
            """() => { const field = document.querySelector("[type=password]");
            field.disabled = true;
            requestAnimationFrame(() => requestAnimationFrame(() => { field.disabled = false; }));
            }"""
        )
        await session.keyboard.type_field(sighting, session.secrets[SLOT], "password")
        assert await page.input_value(PASSWORD) == account.password


async def test_after_a_navigation_nothing_is_typed_into_the_next_page(
    site: Site, open_session: Opener, account: Account
) -> None:
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/login")
        observer, spot = await password_seen(session)
        sighting = await observer.sighting(spot)
        assert sighting
        await session.page.goto(f"{site.evil}/login")
        with pytest.raises((FillRefused, OriginRefused)):
            await session.keyboard.type_field(sighting, session.secrets[SLOT], "password")
        assert await session.page.input_value(PASSWORD) == ""
        assert await observer.sighting(spot) is None


async def test_a_field_that_was_replaced_gets_nothing(
    site: Site, open_session: Opener, account: Account
) -> None:
    async with open_session(account) as session:
        page = session.page
        await page.goto(f"{site.origin}/login")
        sighting = await sighted(session)
        await page.evaluate(
            """() => { const field = document.querySelector("[type=password]");
            field.replaceWith(field.cloneNode()); }"""
        )
        with pytest.raises(FillRefused, match="no longer in the page"):
            await session.keyboard.type_field(sighting, session.secrets[SLOT], "password")
        assert await page.input_value(PASSWORD) == ""


async def test_typing_has_a_title_in_the_recording_and_no_value(
    site: Site, open_session: Opener, account: Account
) -> None:
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/login")
        sighting = await sighted(session)
        async with session.titled("type MANAGEMENT_LOGIN.password"):
            await session.keyboard.type_field(sighting, session.secrets[SLOT], "password")
        recording = await session.stop_recording()
        assert recording
        events = before_events(recording.read_bytes())
    assert any("type MANAGEMENT_LOGIN.password" in event for event in events)
    assert not any(account.password in event for event in events)


def before_events(recording: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(recording)) as archive:
        lines = archive.read("trace.trace").decode().splitlines()
    return [line for line in lines if '"type":"before"' in line]
