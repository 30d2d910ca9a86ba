"""Tests of a made-up user; some fail on purpose, to see what a failure says."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import OriginRefused

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOT_TO_BE_EMBEDDED = "canary-of-the-source-8842"


def test_signed_in(logged_in_page: Page, site: str) -> None:
    logged_in_page.goto(f"{site}/guests")
    assert logged_in_page.get_by_role("heading", name="Guests", exact=True).is_visible()


def test_signed_in_again_without_another_login(logged_in_page: Page, site: str) -> None:
    logged_in_page.goto(f"{site}/rooms")
    assert logged_in_page.get_by_role("heading", name="Rooms").is_visible()


def test_typed_by_hand(page: Page, secret_slot: Any, site: str) -> None:
    login = secret_slot("WITH_CODE")
    page.goto(f"{site}/shapes/totp-same-page/login")
    login.fill(page.get_by_label("Username"), "username")
    login.fill(page.get_by_label("Password"), "password")
    login.fill(page.get_by_label("code"), "totp")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{site}/")
    assert all(type(frame).__module__.startswith("playwright.sync") for frame in page.frames)


@pytest.mark.runner(bind={"MANAGEMENT_LOGIN": "Hotel desk"})
def test_another_secret_for_one_test(page: Page, secret_slot: Any, site: str) -> None:
    page.goto(f"{site}/login")
    secret_slot("MANAGEMENT_LOGIN").fill(page.get_by_label("Username"), "username")
    assert page.get_by_label("Username").input_value() == os.environ["DESK"]


def test_elsewhere(page: Page, secret_slot: Any, site: str) -> None:
    page.goto(site.replace("127.0.0.1", "localhost") + "/login")
    with pytest.raises(OriginRefused):
        secret_slot("MANAGEMENT_LOGIN").fill(page.get_by_label("Password"), "password")


def test_fails_and_shows_its_locals(
    page: Page, secret_slot: Any, login_state: dict[str, Any], site: str
) -> None:
    login = secret_slot("MANAGEMENT_LOGIN")
    page.goto(f"{site}/login")
    login.fill(page.get_by_label("Password"), "password")
    read_back = page.get_by_label("Password").input_value()
    cookies = [cookie["value"] for cookie in login_state["cookies"]]
    sys.stdout.write(f"captured: {read_back} {cookies}\n")
    assert login_state == {"cookies": read_back}


def test_careless(page: Page, password: str, site: str) -> None:
    page.goto(f"{site}/login")
    page.get_by_label("Username").fill("somebody")
    page.get_by_label("Password").fill(password)
    page.locator(".card button").click()
    page.get_by_role("alert").wait_for()


def test_a_task(run_task: Any) -> None:
    report = run_task("guests.json")
    assert report.result["headings"] == [{"text": "Guests"}]


def test_a_task_that_fails(run_task: Any) -> None:
    assert run_task("wrong.json", check=False).status == "failed"
    run_task("wrong.json")
