"""What stands in a field has no pixel in any picture, and pages work as before."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from agent.browser.session import Session
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

FIELDS = """
  <input id="text"><input id="password" type="password"><textarea id="area"></textarea>
  <input id="coloured" style="color: red !important; -webkit-text-fill-color: red">
  <div id="editable" contenteditable>&nbsp;</div><div id="host"></div>
  <script>
    const root = document.querySelector('#host').attachShadow({mode: 'open'});
    root.innerHTML = '<input id="shadow">';
  </script>"""
SELECTORS = ("#text", "#password", "#area", "#coloured", "#editable", "#shadow")


@pytest.fixture
async def session(open_session: Opener) -> AsyncIterator[Session]:
    async with open_session() as opened:
        yield opened


async def show(page: Page, body: str, headers: dict[str, str] | None = None) -> None:
    async def answer(route) -> None:
        await route.fulfill(
            body=f"<!doctype html>{body}", content_type="text/html", headers=headers or {}
        )

    await page.route("https://page.example/", answer)
    await page.goto("https://page.example/")


async def changes_with_its_text(page: Page, selector: str) -> bool:
    """Say whether a picture of the element depends on what is written in it."""
    field = page.locator(selector)
    if selector == "#password":
        await page.evaluate("document.querySelector('#password').type = 'text'")
    pictures = []
    for text in ("WWWW", "mmmm"):
        await field.fill(text)
        await page.evaluate("document.activeElement.blur()")
        pictures.append(Image.open(io.BytesIO(await field.screenshot())).convert("RGB"))
    return ImageChops.difference(*pictures).getbbox() is not None


@pytest.mark.parametrize("selector", SELECTORS)
async def test_the_text_of_a_field_leaves_no_pixel(selector: str, session: Session) -> None:
    await show(session.page, FIELDS)
    assert not await changes_with_its_text(session.page, selector)


async def test_without_the_sheet_the_text_can_be_read(session: Session) -> None:
    """Positive control."""
    await show(session.page, FIELDS)
    await session.page.evaluate("""() => {
        const list = document.adoptedStyleSheets;
        list[list.length - 1].replaceSync('');
    }""")
    for selector in ("#text", "#password", "#area", "#coloured", "#editable"):
        assert await changes_with_its_text(session.page, selector)


REMOVALS = {
    "by assignment": "document.adoptedStyleSheets = []",
    "by its length": "document.adoptedStyleSheets.length = 0",
    "by pop": "document.adoptedStyleSheets.pop()",
    "by a later sheet": """(() => { const sheet = new CSSStyleSheet();
        sheet.replaceSync(`html body #text { color: red !important;
            -webkit-text-fill-color: red !important }`);
        document.adoptedStyleSheets.push(sheet); })()""",
}


@pytest.mark.parametrize("how", REMOVALS)
async def test_a_page_that_changes_its_sheets_does_not_lose_ours(
    how: str, session: Session
) -> None:
    await show(session.page, FIELDS)
    await session.page.evaluate(REMOVALS[how])
    assert not await changes_with_its_text(session.page, "#text")


async def test_a_pages_own_sheets_still_count(session: Session) -> None:
    await show(session.page, "<p id='p'>text</p>")
    colour = await session.page.evaluate("""() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync('#p { color: rgb(1, 2, 3) }');
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
        return getComputedStyle(document.querySelector('#p')).color;
    }""")
    assert colour == "rgb(1, 2, 3)"


async def test_it_holds_under_a_strict_content_security_policy(session: Session) -> None:
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'self'"}
    await show(session.page, FIELDS, policy)
    assert not await changes_with_its_text(session.page, "#text")


async def test_a_shadow_tree_written_in_the_page_is_covered(session: Session) -> None:
    await show(
        session.page,
        "<div><template shadowrootmode='open'><input id='declared'></template></div>",
    )
    assert not await changes_with_its_text(session.page, "#declared")


async def test_buttons_keep_their_words(session: Session) -> None:
    await show(session.page, "<input id='send' type='submit' value='Send'>")
    colour = await session.page.evaluate(
        "getComputedStyle(document.querySelector('#send')).webkitTextFillColor"
    )
    assert colour != "rgba(0, 0, 0, 0)"
