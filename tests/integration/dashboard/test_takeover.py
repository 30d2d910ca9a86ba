"""A person takes a run over in a real browser; server and worker are processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

from tests.integration.dashboard.conftest import serving, worker_in
from tests.integration.dashboard.person import become_owner, come_in, person_at
from tests.leak.scan import find_under

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser

    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site
    from tests.integration.dashboard.conftest import Serving
    from tests.integration.dashboard.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WORD_FIELD = (967, 432)
LONG = 90_000
_ASK = """async ([method, path, body]) => {
  const headers = { "Content-Type": "application/json" };
  const sent = { method, headers, body: body === null ? undefined : JSON.stringify(body) };
  const answer = await fetch(`/api/v1${path}`, sent);
  const told = await answer.text();
  return { status: answer.status, told: told ? JSON.parse(told) : null };
}"""


@dataclass
class House:
    """A server with its first owner, and a run that meets a puzzle."""

    served: Serving
    owner: Person
    site: Site

    async def ask(self, method: str, path: str, body: Any = None, who: Person | None = None) -> Any:
        page = (who or self.owner).page
        return await page.evaluate(_ASK, [method, path, body])

    async def begin(self, account: Account, kind: str = "word") -> str:
        """Place a run that signs in where only a person can finish; gives its id."""
        address = f"{self.site.origin}/humans/{kind}/login"
        step = {"type": "sign_in", "slot": "HOTEL", "url": address, "wait_for_person": 120}
        task = {"name": "Puzzle", "slots": {"HOTEL": {"type": "login"}}, "steps": [step]}
        fields = {"username": account.username, "password": account.password}
        secret = {"name": "Hotel", "type": "login", "fields": fields, "origins": [self.site.origin]}
        kept = await self.ask("POST", "/secrets", secret)
        stored = await self.ask("POST", "/tasks", task)
        bound = {"HOTEL": kept["told"]["id"]}
        wish = {"task": stored["told"]["id"], "secret_bindings": bound}
        placed = await self.ask("POST", "/runs", wish)
        assert placed["status"] == 201, placed
        return str(placed["told"]["id"])

    def rows(self) -> int:
        """Count what lies between run and person in the database."""
        path = next((self.served.folder / "home").rglob("*.db"))
        engine = create_engine(f"sqlite:///{path}")
        with engine.connect() as connection:
            found = [
                connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
                for table in ("takeover", "takeover_frame", "takeover_act")
            ]
        engine.dispose()
        return sum(found)


@pytest.fixture
async def house(chromium: Browser, tmp_path: Path, hotel: Site) -> AsyncIterator[House]:
    with serving(tmp_path) as served:
        owner = await person_at(chromium, served.url)
        await become_owner(owner, served)
        yield House(served, owner, hotel)
        await owner.page.context.close()


async def press_on_page(person: Person, place: tuple[float, float]) -> None:
    """Press a place of the run's page, in whatever size its picture is shown."""
    picture = person.page.get_by_role("img", name="The run's page")
    box = await picture.bounding_box()
    assert box is not None
    scale = box["width"] / 1280
    await person.page.mouse.click(box["x"] + place[0] * scale, box["y"] + place[1] * scale)


async def test_a_person_solves_the_puzzle_in_the_picture_and_nobody_finds_the_word(
    chromium: Browser, house: House
) -> None:
    account, owner = house.site.new_account(totp=False), house.owner
    run_id = await house.begin(account)
    await taken_over(owner, run_id)
    await leave_by_keyboard(owner)
    await an_editor_may_watch_and_no_more(chromium, house, run_id)
    word = house.site.desk.asked[account.username]
    await type_the_word(owner, word)
    await solved(house, account)
    assert owner.complaints == []
    assert owner.strangers == set()
    await owner.page.get_by_role("button", name="Give back").click()
    await owner.page.get_by_text("Everything was done.").wait_for(timeout=LONG)
    assert find_under([house.served.folder], {"word": word}) == []
    assert house.rows() == 0
    audit = await house.ask("GET", "/audit")
    acts = [line["action"] for line in audit["told"]["items"]]
    assert acts.count("taken_over") == acts.count("given_back") == 1


async def taken_over(person: Person, run_id: str) -> None:
    """Wait at a run's page, which comes to say that a person is needed, and take it over."""
    picture = person.page.get_by_role("img", name="The run's page")
    await person.go(f"/runs/{run_id}")
    await person.page.get_by_role("heading", name="A person is needed").wait_for(timeout=LONG)
    await picture.wait_for(timeout=LONG)
    await person.look("person-needed")
    await person.press("Take over")
    await picture.wait_for(timeout=LONG)
    await person.look("taken-over")


async def type_the_word(person: Person, word: str) -> None:
    """Click into the field, type a part by keys and the rest by the field below the picture."""
    page = person.page
    await press_on_page(person, WORD_FIELD)
    await page.keyboard.type(word[:3], delay=30)
    async with page.expect_response(lambda answer: "/acts" in answer.url):
        await page.get_by_label("Type into the page").fill(word[3:])
        await page.get_by_role("button", name="Send").click()
    # The next picture has the word in it, covered.
    async with page.expect_response(lambda answer: "/frame?" in answer.url):
        await person.look("word-typed")
    await page.get_by_role("application").focus()
    await page.keyboard.press("Enter")


async def solved(house: House, account: Account) -> None:
    """Wait until the site has let the account in."""

    await asyncio.to_thread(house.site.log.wait_for, lambda one: one.path == "/", 30.0)
    assert account.username not in house.site.desk.asked


async def leave_by_keyboard(person: Person) -> None:
    """Escape and then Tab leaves the view; Tab alone goes to the page."""
    focused = "() => document.activeElement.dataset.stage !== undefined"
    await person.page.get_by_role("application").focus()
    await person.page.keyboard.press("Tab")
    assert await person.page.evaluate(focused)
    await person.page.keyboard.press("Escape")
    await person.page.keyboard.press("Tab")
    assert not await person.page.evaluate(focused)


async def an_editor_may_watch_and_no_more(chromium: Browser, house: House, run_id: str) -> None:
    """While the owner has the page an editor sees who has it, and does nothing in it."""
    second = await house.owner.page.context.new_page()
    owner = type(house.owner)(second, house.owner.url)
    editor = await come_in(chromium, owner, "ed")
    await second.close()
    await editor.go(f"/runs/{run_id}")
    await editor.page.get_by_text("ada has the page; you can watch.").wait_for()
    await editor.page.get_by_role("img", name="The run's page").wait_for(timeout=LONG)
    acts = {"acts": [{"kind": "text", "text": "x"}]}
    refused = await house.ask("POST", f"/runs/{run_id}/takeover/acts", acts, editor)
    assert refused["status"] == 409
    assert (await house.ask("POST", f"/runs/{run_id}/takeover", None, editor))["status"] == 409
    await editor.page.context.close()


@pytest.mark.slow
async def test_a_worker_that_dies_meanwhile_leaves_nothing_and_the_page_says_so(
    house: House, tmp_path: Path
) -> None:
    account, owner = house.site.new_account(totp=False), house.owner
    run_id = await house.begin(account)
    await owner.go(f"/runs/{run_id}")
    await owner.page.get_by_role("heading", name="A person is needed").wait_for(timeout=LONG)
    await owner.press("Take over")
    await owner.page.get_by_role("img", name="The run's page").wait_for(timeout=LONG)
    listed = await house.ask("GET", "/workers")
    os.kill(listed["told"]["items"][0]["pid"], signal.SIGKILL)
    with worker_in({**os.environ, "RUNNER_HOME": str(house.served.folder / "home")}, tmp_path):
        await owner.page.get_by_text("It stopped half-way").wait_for(timeout=LONG)
    assert house.rows() == 0
    refused = await house.ask("POST", f"/runs/{run_id}/takeover")
    assert refused["status"] == 404
