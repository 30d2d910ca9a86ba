"""Attacks on a sign-in, each with the careless script that it works on.

That the agent types nothing and names the end is in ``test_shapes.py``, shapes ``evil-…``. Here is
what the same pages get from a script that fills what it finds.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright

from agent.browser.find import find_browser
from fixtures.login_site.gallery import GALLERY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Frame, Page

    from fixtures.login_site.serving import Site

pytestmark = pytest.mark.browser

# Where the careless script finds the password's field, and what it presses.
FIELD, GO = "input[type=password]", "button"
TO_EVIL = (
    "evil-look-alike", "evil-action", "evil-button", "evil-frame", "evil-over",
    "evil-change-on-focus", "evil-change-on-input", "evil-sends-keys",
)  # fmt: skip


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_browser().path, args=["--no-sandbox"]
        )
        yield browser
        await browser.close()


async def carelessly(page: Page, url: str, password: str) -> None:
    """Fill the newest frame's password and press its first button, as a naive script does."""
    with suppress(PlaywrightError):
        await page.goto(url)
    await page.wait_for_load_state("networkidle")
    for frame in page.frames[::-1]:
        if await frame.locator(FIELD).count():
            await fill(frame, password)
            return
    raise AssertionError("no password field anywhere")


async def fill(frame: Frame, password: str) -> None:
    await frame.locator(FIELD).first.fill(password)
    with suppress(PlaywrightError):
        await frame.locator("form", has=frame.locator(FIELD)).locator(GO).last.click(timeout=3000)


async def test_every_attack_gets_a_careless_script_to_give_the_password_away(
    site: Site, browser: Browser
) -> None:
    """Positive control of the shapes that end as origin_refused."""
    for shape in TO_EVIL:
        password = secrets.token_urlsafe(12)
        page = await browser.new_page()
        await carelessly(page, site.url(shape), password)
        arrived = await asyncio.to_thread(
            site.evil_log.wait_for, lambda one, given=password: given.encode() in one.everything
        )
        assert arrived is not None, shape
        await page.close()


@pytest.mark.parametrize("shape", ["evil-sandbox", "evil-around"])
async def test_a_frame_with_a_stranger_around_it_or_without_an_origin_can_be_filled_by_a_script(
    shape: str, site: Site, browser: Browser
) -> None:
    """Positive control: nothing but the runner's own check keeps a value out of such a frame."""
    page = await browser.new_page()
    await carelessly(page, site.url(shape), "careless")
    assert page.frames[1:]


async def test_a_see_through_frame_over_the_button_takes_a_press_at_its_place(
    site: Site, browser: Browser
) -> None:
    """Positive control of evil-over-button: a press by coordinates lands in the hostile frame."""
    page = await browser.new_page()
    await page.goto(site.url("evil-over-button"))
    button = await page.locator("main button[type=submit]").bounding_box()
    assert button is not None
    met = await page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).localName",
        [button["x"] + button["width"] / 2, button["y"] + button["height"] / 2],
    )
    assert met == "iframe"


async def test_a_page_that_echoes_shows_what_a_script_typed(site: Site, browser: Browser) -> None:
    """Positive control of evil-echo: the word stands in the page's text and title."""
    page = await browser.new_page()
    await page.goto(site.url("evil-echo"))
    await page.fill(FIELD, "heard-it")
    assert await page.title() == "heard-it"
    assert await page.inner_text("#echo") == "heard-it"


async def test_a_reader_that_obeys_the_page_would_send_the_password_away(
    site: Site, browser: Browser
) -> None:
    """Positive control of evil-begging: the field it asks to fill posts to the hostile site."""
    page = await browser.new_page()
    await page.goto(site.url("evil-begging"))
    password = secrets.token_urlsafe(12)
    await page.fill("[name=notes]", password)
    await page.get_by_role("button", name="Send").click()
    assert password.encode() in site.evil_log.everything()


def test_every_attack_of_the_gallery_has_a_control() -> None:
    controlled = {
        *TO_EVIL, "evil-sandbox", "evil-around", "evil-over-button", "evil-echo", "evil-begging",
    }  # fmt: skip
    assert controlled == {name for name in GALLERY if name.startswith("evil-")}
