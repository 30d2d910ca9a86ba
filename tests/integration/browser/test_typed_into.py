"""A document counts as typed into until another one is there, whatever its address does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Route

    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser


async def test_a_new_address_of_the_same_document_changes_nothing(
    open_session: Opener, site: Site
) -> None:
    async with open_session(site.new_account(), record=False) as session:
        page, typed = session.page, session.typed_into
        await page.goto(site.url("one-page"))
        assert page not in typed
        field = await page.wait_for_selector("#username")
        await session.keyboard.type_field(field, session.secrets["MANAGEMENT_LOGIN"], "username")
        assert page in typed
        assert typed.typings == 1
        await page.evaluate("history.pushState({}, '', '?elsewhere'); location.hash = 'there'")
        await page.evaluate("document.dispatchEvent(new Event('DOMContentLoaded'))")
        assert page in typed
        await page.evaluate("document.querySelector('form')?.remove()")
        assert page in typed, "what was typed may be kept by a script"
        await page.goto(f"{site.origin}/surfaces?u=nothing&only=title")
        assert page not in typed


async def test_a_document_that_was_not_ready_when_it_was_typed_into_stays_so_when_it_is(
    open_session: Opener, site: Site
) -> None:
    async with open_session(site.new_account(), record=False) as session:
        page, open_gate = session.page, asyncio.Event()

        async def slowly(route: Route) -> None:
            if route.request.url.endswith("slow.js"):
                await open_gate.wait()
                await route.fulfill(content_type="text/javascript", body="")
            else:
                body = "<p id='a'>x</p><script src='/slow.js'></script>"
                await route.fulfill(content_type="text/html", body=body)

        await page.route("**/*", slowly)
        await page.goto(f"{site.origin}/page", wait_until="commit")
        session.guard.expect("MANAGEMENT_LOGIN")
        assert page in session.typed_into
        open_gate.set()
        await page.wait_for_load_state()
        assert page in session.typed_into
        await page.goto(f"{site.origin}/other")
        assert page not in session.typed_into


async def test_what_a_person_did_in_a_page_counts_as_typed(
    open_session: Opener, site: Site
) -> None:
    async with open_session(record=False) as session:
        await session.page.goto(site.url("one-page"))
        async with session.unrecorded():
            assert session.given_away
        assert not session.given_away
        assert session.page in session.typed_into
