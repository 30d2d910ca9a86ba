"""The script of a run that was taken over, against a server that comes and goes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from agent.api.dashboard.rendering import STATIC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

HOST = "http://runner.example"
BASE = "/api/v1/runs/one/takeover"
STANDS = {"frame": 0, "yours": True, "seconds_left": 60, "given_back": False, "waiting": 0}
PAGE = f"""<!doctype html><main data-takeover="{BASE}" data-mine>
<p data-told></p><p data-left></p>
<div data-stage tabindex="0"><img alt="" width="100" height="100" src="/picture.svg"></div>
<form data-types><input name="typed"></form></main><script src="/takeover.js"></script>"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"/>'
TAKEN_AWAY = """document.querySelector("[data-stage]").dispatchEvent(
    new PointerEvent("pointercancel", {bubbles: true}))"""


@dataclass
class Answers:
    """What the server says to each question; the last of ``told`` again and again."""

    told: list[tuple[int, str]] = field(default_factory=list)
    acts: list[dict[str, Any]] = field(default_factory=list)

    async def give(self, route: Route) -> None:
        path = route.request.url.removeprefix(HOST)
        if path == "/":
            await route.fulfill(content_type="text/html", body=PAGE)
        elif path == "/takeover.js":
            await route.fulfill(path=STATIC / "takeover.js")
        elif path == "/picture.svg":
            await route.fulfill(content_type="image/svg+xml", body=PICTURE)
        elif path == f"{BASE}/acts":
            self.acts += json.loads(route.request.post_data or "{}")["acts"]
            await route.fulfill(status=204)
        else:
            status, body = self.told.pop(0) if len(self.told) > 1 else self.told[0]
            await route.fulfill(status=status, body=body)


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
async def page(chromium: Browser, answers: Answers) -> AsyncIterator[Page]:
    context = await chromium.new_context()
    page = await context.new_page()
    await page.route("**/*", answers.give)
    yield page
    await page.unroute_all(behavior="ignoreErrors")
    await context.close()


async def test_a_server_that_is_away_for_a_while_is_asked_again(
    page: Page, answers: Answers
) -> None:
    answers.told = [(503, "{}"), (200, "<p>a proxy's page</p>"), (200, json.dumps(STANDS))]
    await page.goto(f"{HOST}/")
    await page.get_by_text("Trying again").wait_for()
    await page.get_by_text("The first picture is on its way").wait_for()


@pytest.mark.parametrize("status", [401, 403])
async def test_one_who_may_not_see_the_page_any_more_is_told_so(
    page: Page, answers: Answers, status: int
) -> None:
    answers.told = [(status, "{}")]
    await page.goto(f"{HOST}/")
    await page.get_by_text("You may not see this page any more.").wait_for()


async def test_a_pointer_that_is_taken_away_lets_the_button_go(
    page: Page, answers: Answers
) -> None:
    answers.told = [(200, json.dumps(STANDS))]
    await page.goto(f"{HOST}/")
    box = await page.locator("img").bounding_box()
    assert box is not None
    x, y = box["x"] + 10, box["y"] + 10
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 30, y + 30)
    async with page.expect_response(f"**{BASE}/acts"):
        await page.evaluate(TAKEN_AWAY)
    kinds = [act["kind"] for act in answers.acts]
    assert (kinds[0], kinds[-1]) == ("down", "up")
    assert answers.acts[-1]["x"] == pytest.approx(40, abs=1)
