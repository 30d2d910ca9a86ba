"""The hostile site's request log is the proof: no byte of a secret is in it, in any encoding."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Error as PlaywrightError

from agent.errors import FillRefused, OriginRefused
from tests.integration.browser.acts import (
    CODE,
    PASSWORD,
    SLOT,
    USERNAME,
    eventually,
    field,
    received,
    type_in,
)

if TYPE_CHECKING:
    from playwright.async_api import Frame, Page

    from agent.browser.session import Session
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

WAYS = (
    "fetch", "header", "beacon", "xhr", "image", "script", "stylesheet", "prefetch", "iframe",
    "form", "popup", "navigate", "worker", "frame", "websocket", "websocket-url", "eventsource",
)  # fmt: skip
REDIRECTS = ("redirect?status=302", "redirect?status=307", "meta-refresh", "js-redirect")
REFUSALS = (FillRefused, OriginRefused)


async def submit(page: Page) -> None:
    await page.click(".card button", no_wait_after=True)


async def guard_down(session: Session) -> None:
    """For positive controls: what would happen without the guard."""
    assert session.guard._session is not None
    await session.guard._session.send("Fetch.disable")
    await session.context.unroute_all()
    session.guard._judge._policies.clear()
    session.guard._judge._closed_to.clear()


async def attack(session: Session, site: Site, path: str) -> None:
    await session.page.goto(f"{site.origin}/attack/{path}")
    await type_in(session, PASSWORD, "password")
    await submit(session.page)


@pytest.mark.parametrize("how", REDIRECTS)
async def test_a_redirect_to_a_copy_of_the_page_gets_nothing(
    how: str, open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        with suppress(PlaywrightError):  # the page goes on while it loads
            await session.page.goto(f"{site.origin}/attack/{how}")
        await session.page.wait_for_url(f"{site.evil}/login")
        for selector, name in ((USERNAME, "username"), (PASSWORD, "password")):
            with pytest.raises(OriginRefused, match=site.evil):
                await type_in(session, selector, name)
        assert await session.page.input_value(PASSWORD) == ""
        await submit(session.page)
    assert received(site, account) == frozenset()


async def test_without_the_check_the_copy_of_the_page_gets_the_password(
    open_session: Opener, site: Site
) -> None:
    """Positive control: ``Locator.fill`` types wherever the page has gone."""
    account = site.new_account()
    async with open_session(None) as session:
        with suppress(PlaywrightError):
            await session.page.goto(f"{site.origin}/attack/js-redirect")
        await session.page.wait_for_url(f"{site.evil}/login")
        await session.page.fill(PASSWORD, account.password)
        await submit(session.page)
        await eventually(lambda: received(site, account) == {"password"})


async def test_a_host_that_looks_alike_gets_nothing(open_session: Opener, site: Site) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        for place in site.evil_lookalikes:
            await session.page.goto(f"{place}/login")
            with pytest.raises(OriginRefused):
                await type_in(session, PASSWORD, "password")
    assert received(site, account) == frozenset()


async def test_a_code_is_not_claimed_for_a_foreign_page(open_session: Opener, site: Site) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.evil}/code")
        handle = await field(session.page, CODE)
        with pytest.raises(OriginRefused):
            await session.keyboard.type_code([handle], session.secrets[SLOT])
        assert await session.page.input_value(CODE) == ""


async def frame_with_login(page: Page) -> Frame:
    for frame in page.frames[::-1]:
        with suppress(PlaywrightError):
            if await frame.wait_for_selector(PASSWORD, state="attached", timeout=500):
                return frame
    raise AssertionError("no frame has a login form")


@pytest.mark.parametrize(
    ("page_of", "kind"),
    [
        *(("good", kind) for kind in ("evil", "nested", "sandboxed", "srcdoc", "data", "blob")),
        ("good", "blank"),
        ("evil", "good"),
        ("evil", "nested"),
    ],
)
async def test_a_frame_that_is_not_all_the_way_the_sites_own_gets_nothing(
    page_of: str, kind: str, open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    outer = site.origin if page_of == "good" else site.evil
    async with open_session(account) as session:
        await session.page.goto(f"{outer}/attack/frame/{kind}")
        frame = await frame_with_login(session.page)
        assert frame.parent_frame is not None
        with pytest.raises(REFUSALS):
            await type_in(session, PASSWORD, "password", frame)
        assert await frame.input_value(PASSWORD) == ""
    assert received(site, account) == frozenset()


@pytest.mark.parametrize("kind", ["good", "sandboxed-same-origin"])
async def test_a_frame_of_the_site_in_a_page_of_the_site_is_typed_into(
    kind: str, open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/attack/frame/{kind}")
        frame = await frame_with_login(session.page)
        await type_in(session, PASSWORD, "password", frame)
        assert await frame.input_value(PASSWORD) == account.password


@pytest.mark.parametrize("how", ["form-action-evil", "button-action-evil"])
async def test_a_form_that_would_send_elsewhere_is_not_filled(
    how: str, open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/attack/{how}")
        with pytest.raises(OriginRefused, match="form"):
            await type_in(session, PASSWORD, "password")
        assert await session.page.input_value(PASSWORD) == ""
        await submit(session.page)
        await session.page.wait_for_url(f"{site.evil}/**")
    assert received(site, account) == frozenset()


@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_of_the_submitted_form_is_stopped(
    status: int, open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await attack(session, site, f"after-submit-{status}")
        await eventually(lambda: session.guard.violations)
        with pytest.raises(OriginRefused, match=rf"{SLOT}\.password to {site.evil}") as caught:
            session.guard.check()
        assert account.password not in f"{caught.value} {caught.value.hint}"
    assert received(site, account) == frozenset()


@pytest.mark.parametrize("status", [307, 308])
async def test_without_the_guard_the_redirect_carries_the_password(
    status: int, open_session: Opener, site: Site
) -> None:
    """Positive control."""
    account = site.new_account()
    async with open_session(account) as session:
        await guard_down(session)
        await attack(session, site, f"after-submit-{status}")
        await eventually(lambda: received(site, account) == {"password"})


@pytest.mark.parametrize("way", WAYS)
async def test_a_script_on_the_right_page_cannot_send_the_password_away(
    way: str, open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await attack(session, site, f"fetch-exfil?stay=1&way={way}")
        if way not in {"navigate", "popup"}:
            await session.page.wait_for_selector("html[data-sent]", state="attached")
        if way != "frame":
            await eventually(lambda: session.guard.violations or way == "websocket")
    assert received(site, account) == frozenset()


@pytest.mark.parametrize("encoding", ["base64", "hex", "reversed"])
async def test_an_encoded_password_is_stopped_too(
    encoding: str, open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await attack(session, site, f"fetch-exfil?stay=1&way=fetch&as={encoding}")
        await eventually(lambda: session.guard.violations)
    assert received(site, account) == frozenset()


async def test_a_script_that_polls_the_field_cannot_send_it_away(
    open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/attack/fetch-exfil?way=beacon&on=poll")
        await type_in(session, PASSWORD, "password")
        await eventually(lambda: session.guard.violations)
    assert received(site, account) == frozenset()


async def test_without_the_guard_every_one_of_these_ways_works(
    open_session: Opener, site: Site
) -> None:
    """Positive control."""
    arrived = set()
    async with open_session(None) as session:
        await guard_down(session)
        for way in WAYS:
            account = site.new_account()
            page = await session.context.new_page()
            await page.goto(f"{site.origin}/attack/fetch-exfil?stay=1&way={way}")
            await page.fill(PASSWORD, account.password)
            await submit(page)
            await eventually(lambda account=account: received(site, account))
            arrived.add(way)
            await page.close()
    assert arrived == set(WAYS)


async def race(session: Session, site: Site, milliseconds: int) -> bool:
    """Type while the page goes to the hostile copy; say whether the password was typed."""
    place = f"{site.origin}/attack/navigate-after?ms={milliseconds}"
    try:
        await session.page.goto(place, wait_until="domcontentloaded")
        await type_in(session, USERNAME, "username")
        await type_in(session, PASSWORD, "password")
        await submit(session.page)
    except (*REFUSALS, PlaywrightError):
        with suppress(PlaywrightError):
            await submit(session.page)
        return False
    return True


async def race_often(opener: Opener, site: Site, times: int, longest: int) -> int:
    account = site.new_account()
    chance = random.Random(times)  # noqa: S311  delays, and the same ones each time
    typed = 0
    async with opener(account) as session:
        for _ in range(times):
            typed += await race(session, site, chance.randrange(longest))
            with suppress(PlaywrightError):
                await session.page.goto("about:blank")
    assert received(site, account) == frozenset()
    return typed


async def test_a_page_that_leaves_while_it_is_filled_takes_nothing_along(
    open_session: Opener, site: Site
) -> None:
    await race_often(open_session, site, times=40, longest=150)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_page_that_leaves_at_any_of_200_moments_takes_nothing_along(
    open_session: Opener, site: Site
) -> None:
    typed = await race_often(open_session, site, times=200, longest=1500)
    assert typed > 0  # else the race was never close


async def test_a_foreign_frame_that_steals_the_focus_gets_nothing(
    open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        thief = await thieving_frame(session, site)
        for _ in range(10):
            await type_in(session, PASSWORD, "password")
        assert await session.page.input_value(PASSWORD) == account.password
        assert await thief.input_value("#sink") == ""


async def test_typing_by_focus_alone_would_be_stolen(open_session: Opener, site: Site) -> None:
    """Positive control: why values are not typed with ``Input.insertText``."""
    async with open_session(None) as session:
        thief = await thieving_frame(session, site)
        cdp = await session.cdp(session.page)
        handle = await field(session.page, PASSWORD)
        for _ in range(20):
            await handle.focus()
            await cdp.send("Input.insertText", {"text": "harmless"})
        assert "harmless" in await thief.input_value("#sink")


async def thieving_frame(session: Session, site: Site) -> Frame:
    page = session.page
    await page.goto(f"{site.origin}/login")
    await page.evaluate(
        """url => document.body.append(Object.assign(document.createElement('iframe'),
             {src: url, name: 'thief'}))""",
        f"{site.evil}/frame",
    )
    await page.wait_for_function("frames.thief !== undefined")
    frame = page.frame(name="thief")
    assert frame is not None
    await frame.wait_for_url(f"{site.evil}/frame")
    await frame.evaluate("""() => {
        const sink = document.body.appendChild(document.createElement('input'));
        sink.id = 'sink';
        setInterval(() => sink.focus(), 0);
    }""")
    return frame
