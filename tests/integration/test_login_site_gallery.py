"""The gallery's own promises: it is served, it checks, and its ledger sees what must not happen."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import async_playwright

from agent.browser.find import find_browser
from fixtures.login_site.gallery import GALLERY
from fixtures.login_site.gallery.shape import USUAL_ENDS
from fixtures.login_site.gallery.speech import LANGUAGES
from fixtures.login_site.visitor import Visitor

if TYPE_CHECKING:
    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site

UNSERVED = {"never-answers"}
STATUS = {"basic": 401, "maintenance": 503, "broken": 500, "limited-before": 429}


@pytest.fixture
def visitor(site: Site) -> Visitor:
    someone = Visitor()
    someone.open(site.url("plain-de"))
    return someone


def sign_in(visitor: Visitor, account: Account, **more: str) -> str:
    return visitor.submit(benutzer=account.username, kennwort=account.password, **more)


def test_every_shape_has_a_first_page_in_its_language(site: Site) -> None:
    someone = Visitor()
    for name, shape in GALLERY.items():
        if name in UNSERVED:
            continue
        page = someone.open(site.url(name))
        assert someone.status == STATUS.get(name, 200), name
        assert f'lang="{shape.language}"' in page or "<script>location" in page, name


def test_the_shapes_are_in_many_languages_and_end_in_every_way() -> None:
    spoken = {shape.language for shape in GALLERY.values()}
    assert spoken == set(LANGUAGES)
    assert {"de", "fr", "es", "ja", "ar", "pl", "ru", "zh", "pt", "tr"} < spoken
    ends = {one for shape in GALLERY.values() for end in shape.ends.values()
            for one in end.split("|")}  # fmt: skip
    assert ends == {
        "signed_in", "already_signed_in", "bad_credentials", "mfa_rejected",
        "mfa_required_but_no_method", "locked", "rate_limited", "captcha", "password_expired",
        "origin_refused", "no_login_form", "site_error", "uncertain", "timeout",
    }  # fmt: skip
    assert all(shape.ends.keys() == USUAL_ENDS.keys() for shape in GALLERY.values())


def test_the_right_password_and_code_lead_in_and_are_noted(site: Site, visitor: Visitor) -> None:
    account = site.new_account(period=120)
    sign_in(visitor, account)
    page = visitor.submit(code=account.key.code_at(time.time()))
    assert account.username in page
    ledger = site.desk.ledger
    assert [one.detail for one in ledger.of(account.username, "password")] == ["right"]
    assert [one.detail for one in ledger.of(account.username, "code")] == ["right"]
    assert len(ledger.of(account.username, "in")) == 1


def test_a_wrong_password_and_a_locked_account_are_told_in_the_pages_language(
    site: Site, visitor: Visitor
) -> None:
    visitor.submit(benutzer=site.new_account().username, kennwort="nicht das")
    assert "ist falsch" in visitor.page
    sign_in(visitor, site.new_account(locked=True))
    assert "gesperrt" in visitor.page


def test_signing_in_changes_the_sessions_cookie(site: Site, visitor: Visitor) -> None:
    before = {cookie.value for cookie in visitor.cookies}
    sign_in(visitor, site.new_account(totp=False))
    assert {cookie.value for cookie in visitor.cookies}.isdisjoint(before)


def test_a_form_of_before_is_refused(site: Site, visitor: Visitor) -> None:
    account = site.new_account()
    sign_in(visitor, account)
    visitor.open(visitor.url, visitor.sent)
    assert not site.desk.ledger.of(account.username, "in")
    assert len(site.desk.ledger.of(account.username, "password")) == 1


def test_the_ledger_sees_a_second_password_a_trusted_device_and_what_is_put_elsewhere(
    site: Site, visitor: Visitor
) -> None:
    """Positive control of what ``test_shapes.py`` says must not happen."""
    account = site.new_account(totp=False)
    ledger = site.desk.ledger
    visitor.open(site.url("honeypot-off-screen"))
    for word in ("nope", "nope again"):
        visitor.submit(username=account.username, password=word, website="x", remember="yes")
    assert len(ledger.of(account.username, "password")) == 2
    assert {one.detail for one in ledger.of(account.username, "stray")} == {"website"}
    assert ledger.of(account.username, "trust")


def test_a_ticket_of_the_provider_is_good_once(site: Site) -> None:
    site.desk.tickets["once"] = "somebody"
    first, second = Visitor(), Visitor()
    for someone in (first, second):
        someone.open(f"{site.origin}/shapes/sso-link/back?ticket=once")
    assert "somebody" in first.page
    assert "somebody" not in second.page


@pytest.mark.browser
async def test_a_page_tells_when_something_is_typed_into_a_trap(site: Site) -> None:
    """Positive control: nothing is sent with a form, and yet the ledger knows."""
    before = len(site.desk.ledger.of("", "stray"))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_browser().path, args=["--no-sandbox"]
        )
        page = await browser.new_page()
        await page.goto(site.url("search-and-news"))
        await page.fill("[name=q]", secrets.token_urlsafe(6))
        await asyncio.to_thread(site.log.wait_for, lambda one: one.path.endswith("/trap"))
        await browser.close()
    typed = site.desk.ledger.of("", "stray")[before:]
    assert [(one.shape, one.detail) for one in typed] == [("search-and-news", "typed into q")]
