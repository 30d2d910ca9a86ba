"""The page that a real run leaves, in a real browser without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import async_playwright

from agent.browser.find import find_browser
from tests.integration.test_runs import NOWHERE, SIGN_IN, Bench

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

    from fixtures.login_site.serving import Site

pytestmark = pytest.mark.browser

READ = """() => ({
    wider: document.documentElement.scrollWidth > innerWidth,
    shots: [...document.querySelectorAll('svg.shot')].map(s => s.getBoundingClientRect().height),
    paper: getComputedStyle(document.body).backgroundColor,
})"""


async def test_the_page_shows_in_light_dark_and_narrow_and_by_keyboard(
    tmp_path: Path, site: Site
) -> None:
    page_file = await left_page(tmp_path, site)
    said: list[str] = []
    papers = set()
    async with async_playwright() as driver:
        found = find_browser(None, headed=False)
        browser = await driver.chromium.launch(executable_path=found.path, chromium_sandbox=False)
        for scheme, width in (("light", 1200), ("dark", 1200), ("light", 360)):
            page = await browser.new_page(
                color_scheme=scheme, viewport={"width": width, "height": 800}
            )
            page.on("console", lambda message: said.append(message.text))
            page.on("request", lambda request: said.append(request.url))
            await page.goto(page_file.as_uri())
            read = await page.evaluate(READ)
            papers.add(read["paper"])
            assert not read["wider"]
            # the pictures of folded steps have no size
            assert any(height > 50 for height in read["shots"])
            await folds_by_keyboard(page)
        await browser.close()
    assert said == [page_file.as_uri()] * 3
    assert len(papers) == 2


async def test_two_real_runs_part_where_the_site_answered_otherwise(
    tmp_path: Path, site: Site
) -> None:
    bench = Bench(tmp_path, site)
    guests = {"type": "goto", "url": "${inputs.site}/guests?date=2026-11-22&status=checked-in"}
    rooms = {"type": "goto", "url": "${inputs.site}/rooms"}
    one, again, other = [
        str((await bench.run([*SIGN_IN, {"name": "look", **last}])).run_id)
        for last in (guests, guests, rooms)
    ]
    assert bench.runner.left.compare(one, again).differences == ()
    found = bench.runner.left.compare(one, other)
    assert {"network", "page"} <= {difference.part for difference in found.differences}
    assert found.parting == "step 2, look"
    told = " ".join(d.first + d.second for d in found.differences)
    assert not any(value in told for value in bench.fields.values())


async def left_page(folder: Path, site: Site) -> Path:
    """Fail a run after its sign-in; gives the file of its page."""
    bench = Bench(folder, site)
    report = await bench.run([*SIGN_IN, NOWHERE])
    notes = report.steps[0].notes
    assert [note.did for note in notes][:2] == ["filled username", "filled password"]
    assert notes[-1].did == "ended: signed_in"
    assert "a login form with username" in notes[0].seen
    assert report.environment["browser"].startswith("chromium ")
    for value in bench.fields.values():
        assert value not in report.to_json()
    path = folder / "report.html"
    path.write_text(bench.runner.left.page(str(report.run_id)), "utf-8")
    return path


async def folds_by_keyboard(page: Page) -> None:
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    before = await page.evaluate("document.activeElement.parentElement.open")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.parentElement.open") is not before
