from __future__ import annotations

import time
from itertools import count
from typing import TYPE_CHECKING

import pytest

from agent.browser.keyboard import Keyboard
from agent.errors import FillRefused, OriginRefused, SecretUnfit, UsageError
from tests.integration.browser.acts import CODE, PASSWORD, SLOT, USERNAME, field, type_in

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle

    from agent.browser.session import Session
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

REFUSED = {
    "opacity": "transparent",
    "faded": "transparent",
    "tiny": "not visible",
    "off-screen": "not visible",
    "hidden": "visible",
    "clipped": "covered",
    "folded": "covered",
    "covered": "covered",
    "readonly": "editable",
    "disabled": "editable",
    "text": "kind",
    "retype-on-focus": "kind",
    "swap-on-focus": "visible",
    "steal-focus": "focus",
}
ACCEPTED = ("honeypot", "copies-out", "retype-on-input", "registration")


async def test_a_typed_login_signs_in_with_a_code(open_session: Opener, site: Site) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/login")
        await type_in(session, USERNAME, "username")
        await type_in(session, PASSWORD, "password")
        await session.page.click(".card button")
        await session.page.wait_for_url("**/code*")
        code = await field(session.page, CODE)
        await session.keyboard.type_code([code], session.secrets[SLOT])
        await session.page.click("button[value=go]")
        await session.page.wait_for_url(f"{site.origin}/")
        session.guard.check()


async def test_a_code_is_shared_out_over_boxes_that_pass_the_focus_on(
    open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(site.url("totp-boxes"))
        await type_in(session, USERNAME, "username")
        await type_in(session, PASSWORD, "password")
        await session.page.click(".card button")
        await session.page.wait_for_selector(".box")
        boxes = await session.page.query_selector_all(".box")
        await session.keyboard.type_code(boxes, session.secrets[SLOT])
        await session.page.click("button[value=go]")
        await session.page.wait_for_url(lambda url: "/code" not in url)


async def test_boxes_that_open_one_after_the_other_and_halves_take_a_code(
    open_session: Opener, site: Site
) -> None:
    halves = '<input id="a" maxlength="3"><input id="b" maxlength="3" disabled>'
    script = "a.oninput = () => { b.disabled = a.value.length < 3; };"
    async with open_session(site.new_account()) as session:
        page = session.page
        await page.goto(f"{site.origin}/login")
        await page.evaluate(
            "([body, script]) => { document.body.innerHTML = body; (0, eval)(script); }",
            [halves, script],
        )
        boxes = [await field(page, "#a"), await field(page, "#b")]
        await session.keyboard.type_code(boxes, session.secrets[SLOT])
        assert [len(await box.input_value()) for box in boxes] == [3, 3]


async def test_a_code_does_not_go_into_the_wrong_number_of_boxes(
    open_session: Opener, site: Site
) -> None:
    async with open_session(site.new_account()) as session:
        await session.page.goto(f"{site.origin}/login")
        two = [await field(session.page, selector) for selector in (USERNAME, PASSWORD)]
        with pytest.raises(FillRefused, match="6 digits does not fit 4 boxes"):
            await session.keyboard.type_code([*two, *two], session.secrets[SLOT])
        with pytest.raises(UsageError):
            await session.keyboard.type_code([], session.secrets[SLOT])


@pytest.mark.slow
async def test_a_code_of_the_next_window_is_waited_for_and_said(
    open_session: Opener, site: Site
) -> None:
    """The second code of one key is always of a later window than the first."""
    waits: list[float] = []
    async with open_session(site.new_account()) as session:
        await session.page.goto(f"{site.origin}/login")
        handle = await field(session.page, USERNAME)
        for _ in range(2):
            await session.keyboard.type_code([handle], session.secrets[SLOT], on_wait=waits.append)
    assert 0 < waits[-1] <= 60


async def test_a_code_whose_window_has_closed_is_dropped(open_session: Opener, site: Site) -> None:
    """A clock that leaps stands for a machine that slept between claim and typing."""
    readings = count(int(time.time()), 100_000)
    async with open_session(site.new_account()) as session:
        await session.page.goto(f"{site.origin}/login")
        handle = await field(session.page, USERNAME)
        late = Keyboard(session, clock=lambda: next(readings))
        with pytest.raises(FillRefused, match="time window"):
            await late.type_code([handle], session.secrets[SLOT])
        assert await handle.input_value() == ""


@pytest.mark.parametrize("kind", REFUSED)
async def test_a_field_that_is_not_one_to_type_into_is_refused(
    kind: str, open_session: Opener, site: Site
) -> None:
    async with open_session(site.new_account(), timeout=700.0) as session:
        await session.page.goto(f"{site.origin}/attack/decoy/{kind}")
        with pytest.raises(FillRefused, match=REFUSED[kind]):
            await type_in(session, PASSWORD, "password")
        values = await session.page.evaluate("Array.from(document.forms[0].elements, e => e.value)")
        assert not {one for one in values if one and "!aA1" in one}


@pytest.mark.parametrize("kind", ACCEPTED)
async def test_an_honest_field_beside_odd_ones_is_typed_into(
    kind: str, open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/attack/decoy/{kind}")
        await type_in(session, PASSWORD, "password")
        assert await session.page.input_value(PASSWORD) == account.password


async def test_what_stood_in_the_field_is_replaced(open_session: Opener, site: Site) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/login")
        await session.page.fill(USERNAME, "someone else")
        await type_in(session, USERNAME, "username")
        assert await session.page.input_value(USERNAME) == account.username


async def test_a_field_that_shortens_the_value_is_told(open_session: Opener, site: Site) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/login")
        await session.page.evaluate(f"document.querySelector('{PASSWORD}').maxLength = 5")
        with pytest.raises(FillRefused, match="shortened") as caught:
            await type_in(session, PASSWORD, "password")
        assert account.password not in repr(caught.value)


async def test_a_username_does_not_go_into_a_password_field(
    open_session: Opener, site: Site
) -> None:
    async with open_session(site.new_account()) as session:
        await session.page.goto(f"{site.origin}/login")
        with pytest.raises(FillRefused, match="kind"):
            await type_in(session, PASSWORD, "username")


async def test_a_field_the_secret_lacks_is_named(open_session: Opener, site: Site) -> None:
    async with open_session(site.new_account(totp=False)) as session:
        await session.page.goto(f"{site.origin}/login")
        with pytest.raises(SecretUnfit):
            await type_in(session, USERNAME, "totp")


async def test_a_field_in_an_open_shadow_tree_is_typed_into(
    open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/login")
        handle = await _in_shadow(session, "open")
        await session.keyboard.type_field(handle, session.secrets[SLOT], "password")
        assert await handle.input_value() == account.password


async def test_a_field_in_a_closed_shadow_tree_is_refused(open_session: Opener, site: Site) -> None:
    async with open_session(site.new_account()) as session:
        await session.page.goto(f"{site.origin}/login")
        handle = await _in_shadow(session, "closed")
        with pytest.raises(FillRefused):
            await session.keyboard.type_field(handle, session.secrets[SLOT], "password")
        assert await handle.input_value() == ""


async def _in_shadow(session: Session, mode: str) -> ElementHandle:
    handle = await session.page.evaluate_handle(
        """mode => {
            const host = document.querySelector('.card').appendChild(document.createElement('div'));
            const root = host.attachShadow({mode});
            return root.appendChild(Object.assign(document.createElement('input'),
              {type: 'password'}));
        }""",
        mode,
    )
    element = handle.as_element()
    assert element is not None
    return element


async def test_a_page_that_lies_about_itself_is_not_believed(
    open_session: Opener, site: Site
) -> None:
    """The hostile page says it is the hotel; the browser process and our own world know better."""
    async with open_session(site.new_account()) as session:
        await session.page.goto(f"{site.evil}/login")
        await session.page.evaluate(
            "origin => Object.defineProperty(self, 'origin', {value: origin})", site.origin
        )
        with pytest.raises(OriginRefused):
            await type_in(session, PASSWORD, "password")


async def test_an_element_without_a_document_is_refused(open_session: Opener, site: Site) -> None:
    async with open_session(site.new_account()) as session:
        await session.page.goto(f"{site.origin}/login")
        handle = await field(session.page, PASSWORD)
        await session.page.goto(f"{site.origin}/help")
        with pytest.raises(FillRefused, match="no longer"):
            await session.keyboard.type_field(handle, session.secrets[SLOT], "password")


async def test_a_refused_page_is_in_the_audit(open_session: Opener, site: Site) -> None:
    async with open_session(site.new_account()) as session:
        session.step = "step 3"
        await session.page.goto(f"{site.evil}/login")
        with pytest.raises(OriginRefused):
            await type_in(session, PASSWORD, "password")
    rows = open_session.vault.trail().rows()
    assert any("step 3" in str(row) and site.evil in str(row) for row in rows)


async def test_a_frame_in_a_process_of_its_own_is_typed_into(
    open_session: Opener, site: Site
) -> None:
    """Chromium puts frames of other sites into other processes; both origins are allowed here."""
    account = site.new_account()
    other = site.origin.replace("127.0.0.1", "localhost")
    origins = [site.origin, other]
    async with open_session(account, origins=origins, arguments=("--site-per-process",)) as session:
        await session.page.goto(f"{site.origin}/help")
        await session.page.evaluate(
            """url => document.body.prepend(Object.assign(document.createElement('iframe'),
                 {src: url, width: 900, height: 600}))""",
            f"{other}/login",
        )
        await session.page.wait_for_selector("iframe")
        frame = session.page.frames[-1]
        await frame.wait_for_url(f"{other}/login")
        await session.context.new_cdp_session(frame)  # only such a frame has a session
        await type_in(session, PASSWORD, "password", frame)
        assert await frame.input_value(PASSWORD) == account.password
