"""The fake hotel's doors, driven as a browser would and looked at with a real one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import async_playwright

from fixtures.login_site.serving import Site, running_site
from fixtures.login_site.shapes import SHAPES
from fixtures.login_site.totp import TotpKey
from fixtures.login_site.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Page

    from fixtures.login_site.accounts import Account

NOON = 1_795_348_800.0


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> float:
        return self.time


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def site(clock: Clock) -> Iterator[Site]:
    with running_site(now=clock) as running:
        yield running


@pytest.fixture
def visitor(site: Site, clock: Clock) -> Visitor:
    clock.time += 300  # no test meets the codes of another
    someone = Visitor()
    someone.open(site.origin)
    return someone


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium-headless-shell", args=["--no-sandbox"]
        )
        yield await browser.new_page()
        await browser.close()


def sign_in(visitor: Visitor, shape: str, account: Account, code: str) -> None:
    """Go through every page of a shape with hand-written field names."""
    visitor.open(f"/shapes/{shape}/login")
    name, word = account.username, account.password
    match shape:
        case "one-page":
            visitor.submit(username=name, password=word)
        case "identifier-first":
            visitor.submit(identifier=name)
            visitor.submit(passwd=word)
            visitor.submit(otp_token=code)
        case "totp-same-page":
            visitor.submit(user=name, **{"pass": word, "2fa": code})
        case "totp-boxes":
            visitor.submit(user_login=name, user_pass=word)
            visitor.submit(**{f"digit{place}": digit for place, digit in enumerate(code, 1)})
        case _:
            visitor.submit(user_login=name, user_pass=word)
            visitor.submit(otp_token=code)


@pytest.mark.parametrize(
    ("algorithm", "seed", "moment", "code"),
    [
        ("SHA1", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59, "94287082"),
        ("SHA1", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 20_000_000_000, "65353130"),
        (
            "SHA256",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA",
            1_111_111_109,
            "68084774",
        ),
    ],
)
def test_the_site_computes_the_codes_of_rfc_6238(
    algorithm: str, seed: str, moment: int, code: str
) -> None:
    assert TotpKey(seed, 8, algorithm).code_at(moment) == code


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_leads_into_the_hotel(
    site: Site, visitor: Visitor, clock: Clock, shape: str
) -> None:
    account = site.new_account()
    sign_in(visitor, shape, account, account.key.code_at(clock()))
    assert visitor.username == account.username
    assert visitor.url == f"{site.origin}/"


def test_the_root_leads_to_the_main_door_and_an_account_without_a_key_goes_straight_in(
    site: Site, visitor: Visitor
) -> None:
    account = site.new_account(totp=False)
    assert visitor.url == f"{site.origin}/login"
    visitor.submit(user_login=account.username, user_pass=account.password)
    assert visitor.username == account.username


def test_a_hard_password_signs_in(site: Site, visitor: Visitor, clock: Clock) -> None:
    hard = next(account for account in site.accounts if "'" in account.username)
    sign_in(visitor, "totp-page", hard, hard.key.code_at(clock()))
    assert visitor.username == hard.username


@pytest.mark.parametrize("username", ["nobody.here", "the account's own"])
def test_a_wrong_password_and_an_unknown_name_read_the_same(
    site: Site, visitor: Visitor, username: str
) -> None:
    known = site.new_account().username
    name = username if username == "nobody.here" else known
    visitor.submit(user_login=name, user_pass="not it")
    assert visitor.message == "The username or password is not right."
    assert visitor.url == f"{site.origin}/login"
    assert f'value="{name}"' in visitor.page
    assert "not it" not in visitor.page


def test_a_wrong_code_is_told_on_the_page_of_the_code(
    site: Site, visitor: Visitor, clock: Clock
) -> None:
    account = site.new_account()
    sign_in(visitor, "totp-page", account, account.key.code_at(clock() + 120))
    assert visitor.message == "That code is not right. Please try again."
    assert visitor.url == f"{site.origin}/shapes/totp-page/code"
    visitor.submit(otp_token=account.key.code_at(clock()))
    assert visitor.username == account.username


@pytest.mark.parametrize("drift", [-30, 0, 30])
def test_a_code_one_step_off_counts_and_counts_once(
    site: Site, visitor: Visitor, clock: Clock, drift: int
) -> None:
    account = site.new_account()
    code = account.key.code_at(clock() + drift)
    sign_in(visitor, "totp-page", account, code)
    assert visitor.username == account.username
    again = Visitor()
    again.open(site.origin)
    sign_in(again, "totp-page", account, code)
    assert again.message == "This code was already used. Please wait for the next one."


def test_a_code_two_steps_off_is_wrong(site: Site, visitor: Visitor, clock: Clock) -> None:
    account = site.new_account()
    sign_in(visitor, "totp-page", account, account.key.code_at(clock() - 60))
    assert visitor.message.startswith("That code is not right")


def test_a_wrong_password_does_not_use_up_the_code_beside_it(
    site: Site, visitor: Visitor, clock: Clock
) -> None:
    account = site.new_account()
    code = account.key.code_at(clock())
    visitor.open("/shapes/totp-same-page/login")
    visitor.submit(user=account.username, **{"pass": "not it", "2fa": code})
    visitor.submit(user=account.username, **{"pass": account.password, "2fa": code})
    assert visitor.username == account.username


def test_five_wrong_passwords_lock_the_account_for_the_right_one_too(
    site: Site, visitor: Visitor
) -> None:
    account = site.new_account(totp=False)
    for _ in range(4):
        visitor.submit(user_login=account.username, user_pass="not it")
        assert visitor.message.startswith("The username or password")
    visitor.submit(user_login=account.username, user_pass="not it")
    assert visitor.message.startswith("Your account is locked")
    visitor.submit(user_login=account.username, user_pass=account.password)
    assert visitor.message.startswith("Your account is locked")


def test_an_account_can_be_locked_from_the_start(site: Site, visitor: Visitor) -> None:
    for account in (site.new_account(locked=True), site.accounts[-1]):
        visitor.submit(user_login=account.username, user_pass=account.password)
        assert visitor.message.startswith("Your account is locked")


def test_a_form_is_good_for_one_submit(site: Site, visitor: Visitor) -> None:
    account = site.new_account(totp=False)
    visitor.submit(user_login=account.username, user_pass="not it")
    visitor.open("/login", visitor.sent)
    assert visitor.message == "This page was out of date. Please try again."


def test_the_code_page_cannot_be_reached_without_the_password(site: Site, visitor: Visitor) -> None:
    visitor.open("/shapes/totp-page/code")
    assert visitor.url == f"{site.origin}/shapes/totp-page/login"
    visitor.submit(user_login=site.new_account().username, user_pass="not it")
    visitor.open("/code")
    assert visitor.url == f"{site.origin}/login"


def test_back_leads_to_the_first_page(site: Site, visitor: Visitor) -> None:
    account = site.new_account()
    visitor.submit(user_login=account.username, user_pass=account.password)
    visitor.submit(action="back")
    assert visitor.url == f"{site.origin}/login"
    visitor.open("/code")
    assert visitor.url == f"{site.origin}/login"


def test_signing_in_changes_the_session_and_leads_to_the_page_that_was_wanted(
    site: Site, visitor: Visitor
) -> None:
    account = site.new_account(totp=False)
    visitor.open("/guests?date=2026-11-20&status=any")
    before = {cookie.value for cookie in visitor.cookies}
    visitor.submit(user_login=account.username, user_pass=account.password)
    assert visitor.url.endswith("/guests?date=2026-11-20&status=any")
    (cookie,) = visitor.cookies
    assert cookie.value not in before
    assert cookie.expires is None
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "lax"


def test_remember_me_keeps_the_cookie_longer(site: Site, visitor: Visitor) -> None:
    account = site.new_account(totp=False)
    visitor.submit(user_login=account.username, user_pass=account.password, remember="yes")
    (cookie,) = visitor.cookies
    assert cookie.expires is not None


def test_signing_out_ends_the_session(site: Site, visitor: Visitor) -> None:
    account = site.new_account(totp=False)
    visitor.submit(user_login=account.username, user_pass=account.password)
    visitor.submit()
    assert visitor.message == "You have signed out."
    visitor.open("/guests")
    assert visitor.url == f"{site.origin}/login"


@pytest.mark.parametrize("date", ["2026-11-22", "2024-02-29", "2031-01-01", "1999-12-31"])
def test_somebody_is_checked_in_on_any_date(site: Site, visitor: Visitor, date: str) -> None:
    account = site.new_account(totp=False)
    visitor.submit(user_login=account.username, user_pass=account.password)
    first = visitor.open(f"/guests?date={date}&status=checked-in")
    rows = re.findall(r'<tr class="guest"><td class="name">([^<]+)</td>', first)
    rooms = re.findall(r'<td class="room">(\d+)</td>', first)
    assert rows
    assert len(rooms) == len(set(rooms)) == len(rows)
    again = visitor.open(f"/guests?date={date}&status=checked-in")
    assert re.findall(r'<td class="name">([^<]+)</td>', again) == rows
    link = re.search(r'href="(/guests/[^"]+)"', again)
    assert link is not None
    assert rows[0] in visitor.open(link[1])


@pytest.mark.parametrize("date", ["tomorrow", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_a_date_that_is_none_gets_an_error_on_the_page(
    site: Site, visitor: Visitor, date: str
) -> None:
    account = site.new_account(totp=False)
    visitor.submit(user_login=account.username, user_pass=account.password)
    visitor.open(f"/guests?date={date}")
    assert visitor.status == 400
    assert visitor.message.startswith("Please give a date")


@pytest.mark.browser
async def test_six_boxes_pass_the_focus_on(site: Site, page: Page, clock: Clock) -> None:
    account = site.new_account()
    await page.goto(site.url("totp-boxes"))
    await page.get_by_label("Username").fill(account.username)
    await page.get_by_label("Password").fill(account.password)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/code")  # with the script that passes the focus on
    await page.get_by_label("Digit 1").focus()
    await page.keyboard.type(account.key.code_at(clock()))
    await page.get_by_role("button", name="Confirm").click()
    assert await page.locator("#who").inner_text() == account.username


@pytest.mark.browser
async def test_the_cookie_notice_covers_no_part_of_the_form(site: Site, page: Page) -> None:
    await page.goto(site.origin)
    notice = await page.locator(".cookies").bounding_box()
    card = await page.locator(".card").bounding_box()
    assert notice is not None
    assert card is not None
    assert notice["x"] + notice["width"] < card["x"]
    await page.get_by_role("button", name="Accept").click()
    assert await page.locator(".cookies").count() == 0
