"""The demo flow is recorded, and the recording is run with a bound slot."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from agent.runs.options import RunOptions
from agent.settings import Settings
from agent.wiring import build
from tests.integration.recording.person import Person, Recorded, recorded
from tests.integration.recording.yardstick import Yardstick

if TYPE_CHECKING:
    from pathlib import Path

    from agent.runs.report import Report
    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site

pytestmark = pytest.mark.browser

WANTED = [
    {"type": "sign_in", "slot": "LOGIN"},
    {"type": "click", "target": {"role": "link", "name": "Guests", "exact": True}},
    {"type": "fill", "target": {"label": "Date", "exact": True}, "value": "2026-11-22"},
    {
        "type": "select_option",
        "target": {"label": "Status", "exact": True},
        "value": "checked-in",
    },
    {"type": "click", "target": {"role": "button", "name": "Show", "exact": True}},
    {"type": "click", "target": {"role": "button", "name": "Sign out", "exact": True}},
]


async def do_the_demo(person: Person, account: Account) -> None:
    """Sign in with a code, and ask who is in the house."""
    await person.type_at("Username", account.username)
    await person.press("Tab")
    await person.page.keyboard.type(account.password)
    await person.press("Enter")
    await person.page.wait_for_url("**/code")
    # The code before this one, which the site still takes: the run makes the one of now.
    await person.type_at("Verification code", account.key.code_at(time.time() - 30))
    await person.page.get_by_role("button", name="Verify").click()
    await person.page.get_by_role("link", name="Guests", exact=True).click()
    await person.page.get_by_label("Date").focus()
    await person.page.keyboard.type("11222026")
    await person.page.get_by_label("Status").focus()
    await person.page.keyboard.type("Checked in")
    await person.page.get_by_role("button", name="Show").click()
    await person.page.wait_for_url("**status=checked-in")
    await person.page.get_by_role("button", name="Sign out").click()


async def replayed(folder: Path, site: Site, account: Account, task: object) -> Report:
    key = str(folder / "keys" / "vault.key")
    environ = {"RUNNER_HOME": str(folder / "home"), "RUNNER_KEY_FILE": key}
    runner = build(Settings.load(environ, folder))
    fields = {
        "username": account.username, "password": account.password, "totp": account.totp_key,
    }  # fmt: skip
    secret = runner.add_secret("Hotel", "login", fields, [site.origin])
    path = folder / "task.json"
    path.write_text(json.dumps(task), "utf-8")
    runner.validate(path)
    plan = runner.plan(path, {"LOGIN": secret.id}, {})
    return await runner.run(plan, RunOptions(pictures="off", tracing="off"))


async def test_recording_the_demo_flow_and_replaying_it_passes_with_a_bound_slot(
    tmp_path: Path, site: Site
) -> None:
    account = site.new_account(totp=True)
    yardstick = Yardstick()

    async def play(person: Person) -> None:
        await yardstick.watch(person.context)
        await do_the_demo(person, account)
        await yardstick.stop(person.context)

    one: Recorded = await recorded(site.origin, play)
    assert one.steps == [{"type": "goto", "url": f"{site.origin}/"}, *WANTED]
    assert one.made.document["slots"] == {
        "LOGIN": {"type": "login", "totp": "required", "origins": [site.origin]}
    }
    assert [(one.step, one.field) for one in one.made.filled] == [
        (2, "username"), (2, "password"), (2, "totp"),
    ]  # fmt: skip

    # Playwright's own recorder saw the same work; `runner import` makes the same task of it, but
    # for the keys by which the date and the status were chosen, which it tells one by one.
    theirs = [one for one in yardstick.task().document["steps"] if one["type"] != "press"]
    assert [one["type"] for one in theirs] == [one["type"] for one in WANTED]
    assert theirs[1]["target"]["name"] == "Guests"

    # What it wrote of the password is what a recording must not hold.
    assert account.password in yardstick.text
    for value in (account.password, account.totp_key, account.username):
        assert value not in one.everything
    assert "2026-11-22" in one.everything

    report = await replayed(tmp_path, site, account, one.made.document)
    assert report.outcome == "passed", report.error
