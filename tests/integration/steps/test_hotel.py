"""Every kind of step at its work, on the fake hotel, in a real browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from agent.errors import LoginFailed, OriginRefused
from fixtures.login_site.guests import Status, around
from tests.integration.steps.conftest import Work

if TYPE_CHECKING:
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser
SLOT = "MANAGEMENT_LOGIN"
DAY = "2026-11-23"


async def test_the_guests_of_a_day_are_read(open_session: Opener, site: Site) -> None:
    async with open_session(site.new_account()) as session:
        work = Work(session)
        await work("goto", url=site.origin)
        signed_in = await work("sign_in", slot=SLOT, expect={"role": "link", "name": "Guests"})
        assert signed_in.outcome == "signed_in"
        assert work.moves
        await work("click", target={"role": "link", "name": "Guests", "exact": True})
        await work("fill", target={"label": "Date"}, value=DAY)
        await work("select_option", target={"label": "Status"}, label="Checked in")
        await work("press", target={"label": "Date"}, key="Enter")
        await work("wait_for", url=f"**/guests?date={DAY}&status=checked-in")
        await work("wait_for", load_state="load")
        await work("wait_for", target={"role": "table", "name": "Guests"})
        await work("expect", target={"role": "heading", "name": "Checked in on"}, state="visible")
        await work("expect", target={"label": "Date"}, value=DAY)
        await work("expect", url="**/guests**")
        await work(
            "extract",
            target={"css": "#guests tbody tr.guest"},
            fields={
                "name": {"css": ".name"},
                "room": {"css": ".room"},
                "link": {"role": "link", "attribute": "href"},
                "parking": {"css": ".parking"},
            },
            save_as="guests",
        )
        await work("extract", target={"css": "#guests"}, save_as="table")
        await work("screenshot", file="guests")
        there = [
            guest
            for guest in around(date.fromisoformat(DAY))
            if guest.status_on(date.fromisoformat(DAY)) is Status.checked_in
        ]
    assert there
    assert work.results["guests"] == [
        {"name": one.name, "room": one.room, "link": f"/guests/{one.key}", "parking": None}
        for one in there
    ]
    assert [row["Name"] for row in work.results["table"]] == [one.name for one in there]
    assert set(work.results["table"][0]) == {
        "Name",
        "Room",
        "Arrival",
        "Nights",
        "Status",
        "column 6",
    }
    assert work.pictures == ["guests"]


async def test_a_login_may_be_written_step_by_step(open_session: Opener, site: Site) -> None:
    async with open_session(site.new_account()) as session:
        work = Work(session)
        await work("goto", url=f"{site.origin}/login", wait_until="domcontentloaded")
        for name, field in (("user_login", "username"), ("user_pass", "password")):
            value = {"secret": SLOT, "field": field}
            await work("fill", target={"css": f"[name={name}]"}, value=value)
        await work("press", target={"css": "[name=user_pass]"}, key="Enter")
        code = {"secret": SLOT, "field": "totp"}
        await work("fill", target={"css": "[name=otp_token]"}, value=code)
        await work("click", target={"css": "button[value=go]"})
        await work("expect", target={"role": "heading", "name": "Good morning"})
        assert "otp_token" in session.step or "Good morning" in session.step


async def test_a_login_that_fails_says_how(open_session: Opener, site: Site) -> None:
    account = replace(site.new_account(), password="not-the-password-1")
    async with open_session(account) as session:
        with pytest.raises(LoginFailed) as caught:
            await Work(session)("sign_in", slot=SLOT, url=f"{site.origin}/login")
    assert caught.value.outcome == "bad_credentials"


async def test_signing_in_can_be_given_less_time(open_session: Opener, site: Site) -> None:
    async with open_session(site.new_account()) as session:
        with pytest.raises(LoginFailed) as caught:
            await Work(session)("sign_in", slot=SLOT, url=f"{site.origin}/health", timeout=1)
    assert caught.value.outcome == "timeout"


async def test_a_secret_is_not_typed_into_a_page_of_another_site(
    open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        work = Work(session)
        await work("goto", url=f"{site.evil}/login")
        value = {"secret": SLOT, "field": "password"}
        with pytest.raises(OriginRefused) as caught:
            await work("fill", target={"css": "[name=user_pass]"}, value=value)
    assert account.password not in str(caught.value)
    assert not any(account.password.encode() in request.body for request in site.evil_log)
