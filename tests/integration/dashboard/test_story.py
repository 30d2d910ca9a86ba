"""A person's first hour with the dashboard, in a real browser, and what an editor may not do.

Each page is looked at by axe, in light and in dark, and its picture is kept in ``test-results``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import segno

from tests.integration.dashboard.conftest import serving
from tests.integration.dashboard.person import PICTURES, Person, become_owner, come_in, person_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Locator

    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TASK = Path(__file__).parents[3] / "tasks" / "checked-in-guests.json"


@pytest.fixture
async def owner(chromium: Browser, tmp_path: Path) -> AsyncIterator[Person]:
    """The first owner, who has just chosen a password."""
    with serving(tmp_path) as served:
        person = await person_at(chromium, served.url)
        await become_owner(person, served)
        yield person
        await person.page.context.close()


async def keep_login(person: Person, account: Account, site: Site, name: str) -> None:
    """Store a login whose key comes as the picture of a QR code."""
    picture = PICTURES / "key.png"
    segno.make(f"otpauth://totp/hotel?secret={account.totp_key}").save(str(picture), scale=6)
    await person.go("/secrets/new")
    page = person.page
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_label("Username").fill(account.username)
    await page.get_by_label("Password", exact=True).fill(account.password)
    await page.get_by_label("Picture of the QR code").set_input_files(picture)
    await page.get_by_label("Sites it may be used on").fill(site.origin)
    await person.press("Store the secret")
    picture.unlink()
    await page.get_by_role("heading", name=name).wait_for()


async def upload(person: Person) -> None:
    """Write a wrong task, be told while typing, then choose the right file."""
    await person.go("/tasks/new")
    await person.page.get_by_label("Or its text").fill('{"name": 3}')
    await person.page.get_by_text("2 things to mend").wait_for()
    await person.look("task-wrong")
    await person.page.get_by_label("A task file").set_input_files(TASK)
    await person.page.get_by_text("The task is right.").wait_for()
    await person.press("Keep the task")
    await person.page.get_by_role("heading", name="What it does").wait_for()


async def open_dialog(person: Person) -> Locator:
    await person.go("/tasks")
    await person.page.get_by_role("link", name="Checked-in guests").click()
    await person.page.get_by_role("button", name="Run…").click()
    return person.page.get_by_role("dialog", name="Run Checked-in guests")


async def run_to_its_end(person: Person, hotel: Site, secret: str) -> None:
    """Choose a secret in the dialog, run, and watch until everything is done."""
    dialog = await open_dialog(person)
    chosen = dialog.get_by_label("MANAGEMENT_LOGIN", exact=True)
    await chosen.select_option(label=f"{secret} · test")
    await dialog.get_by_label("site").fill(hotel.origin)
    await person.press("Run")
    await person.page.get_by_text("Everything was done.").wait_for(timeout=150_000)
    facts = person.page.get_by_role("region", name="How it went")
    assert secret in await facts.inner_text()


async def test_the_whole_story(owner: Person, hotel: Site) -> None:
    page, account = owner.page, hotel.new_account(totp=True)
    await owner.look("runs-empty")
    await keep_login(owner, account, hotel, "Hotel admin")
    await owner.look("secret")
    assert account.password not in await page.content()
    await upload(owner)
    await owner.look("task")
    await open_dialog(owner)
    await owner.look("run-dialog")
    assert owner.complaints == []
    assert owner.strangers == set()
    await run_to_its_end(owner, hotel, "Hotel admin")
    viewer = page.frame_locator("iframe[title='Trace viewer']")
    await viewer.get_by_text("take the picture").first.wait_for(timeout=60_000)
    await owner.look("run")
    assert account.password not in await page.content()
    for path in (
        "/runs",
        "/figures",
        "/tasks",
        "/secrets",
        "/schedules",
        "/webhooks",
        "/audit",
        "/people",
        "/account",
        "/secrets/new",
    ):
        await owner.go(path)
        await owner.look(path.strip("/").replace("/", "-"))


async def test_an_editor_binds_another_secret_to_the_same_slot_and_sees_no_value(
    chromium: Browser, owner: Person, hotel: Site
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in ("Hotel admin", "Hotel night"):
        await keep_login(owner, hotel.new_account(totp=True), hotel, name)
    await upload(owner)
    editor = await come_in(chromium, owner, "ed")
    await run_to_its_end(editor, hotel, "Hotel night")
    await editor.go("/secrets")
    assert await editor.page.get_by_role("link", name="New secret").count() == 0
    await editor.page.get_by_role("link", name="Hotel night").click()
    await editor.page.get_by_role("heading", name="Its fields").wait_for()
    assert await editor.page.get_by_role("button", name="Show").count() == 0
    await editor.look("secret-of-an-editor")
    await editor.page.context.close()


async def test_a_secret_for_another_site_is_refused_in_the_dialog(
    owner: Person, hotel: Site
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await keep_login(owner, hotel.new_account(totp=True), hotel, "Hotel admin")
    await owner.go("/tasks/new")
    await owner.page.get_by_label("Or its text").fill(TASK.read_text("utf-8"))
    await owner.press("Keep the task")
    dialog = await open_dialog(owner)
    await dialog.get_by_label("site").fill("http://127.0.0.1:9")
    await owner.press("Run")
    assert "http://127.0.0.1:9" in await dialog.get_by_role("alert").inner_text()
    assert await dialog.get_by_label("site").input_value() == "http://127.0.0.1:9"
