"""The pages other tests are tried on: what the logs hold, attacks, surfaces, the command."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import async_playwright

from fixtures.login_site.attacks import ATTACKS
from fixtures.login_site.decoys import DECOYS
from fixtures.login_site.frames import FRAMES
from fixtures.login_site.serving import Site, running_site
from fixtures.login_site.surfaces import SURFACES
from fixtures.login_site.visitor import Visitor
from tests.standins.processes import started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Page

    from fixtures.login_site.log import Request

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium-headless-shell", args=["--no-sandbox"]
        )
        yield await browser.new_page()
        await browser.close()


def test_both_logs_hold_what_came_byte_for_byte(site: Site, visitor: Visitor) -> None:
    site.log.clear()
    body = b"v=\x00\xff raw"
    visitor.open(f"{site.evil}/collect?v=%41", body)
    (request,) = site.log
    assert (request.method, request.path, request.query) == ("POST", "/collect", "v=%41")
    assert (request.origin, request.body) == (site.evil, body)
    assert request in site.evil_log
    assert body in site.evil_log.everything()
    assert json.loads(visitor.open(f"{site.origin}/health")) == {"status": "up"}
    assert [found.path for found in site.log] == ["/collect", "/health"]
    assert site.evil_log[-1] == request


def test_waiting_for_a_request_ends_when_it_comes_or_when_time_is_up(
    site: Site, visitor: Visitor
) -> None:
    coming = threading.Thread(target=visitor.open, args=(f"{site.evil}/late",))
    coming.start()
    assert site.evil_log.wait_for(lambda request: request.path == "/late") is not None
    assert site.evil_log.wait_for(lambda request: request.path == "/never", 0.01) is None
    coming.join()


def test_the_hostile_login_is_a_perfect_copy(site: Site, visitor: Visitor) -> None:
    def without_tokens(url: str) -> str:
        return re.sub(r'value="[^"]*"', "", visitor.open(url))

    assert without_tokens(f"{site.evil}/login") == without_tokens(f"{site.origin}/login")
    visitor.open(f"{site.evil}/login")
    assert "Verification code" in visitor.submit(user_login="x", user_pass="y")
    assert site.evil_log[-1].body.endswith(b"user_login=x&user_pass=y")


@pytest.mark.parametrize("status", [307, 308])
def test_a_submit_can_be_sent_on_to_the_hostile_site(
    site: Site, visitor: Visitor, status: int
) -> None:
    visitor.open(f"{site.origin}/attack/after-submit-{status}")
    visitor.submit(user_login="x", user_pass="y")
    assert (visitor.status, visitor.goal) == (status, f"{site.evil}/collect")


@pytest.mark.parametrize(
    "path",
    [
        *(f"attack/{name}" for name in ATTACKS),
        *(f"attack/frame/{kind}" for kind in FRAMES),
        *(f"attack/decoy/{kind}" for kind in DECOYS),
        *("attack", "shapes", "attack/iframe", "surfaces?u=x", "wide?n=10&u=x", "unstable"),
    ],
)
def test_every_page_for_tests_answers(site: Site, visitor: Visitor, path: str) -> None:
    visitor.open(f"{site.origin}/{path}")
    assert visitor.status == 200


@pytest.mark.parametrize("path", ["embed-good", "embed-good-sandboxed", "embed-srcdoc"])
def test_the_hostile_site_shows_a_login_in_a_frame(site: Site, visitor: Visitor, path: str) -> None:
    assert "<iframe" in visitor.open(f"{site.evil}/attack/{path}")


def test_a_page_answers_with_the_status_it_is_asked_for(site: Site, visitor: Visitor) -> None:
    visitor.open(f"{site.origin}/status/503")
    assert visitor.status == 503


def test_a_slow_page_does_not_hold_up_the_end(visitor: Visitor) -> None:
    def wait(url: str) -> None:
        with suppress(OSError):
            visitor.open(url)

    with running_site() as site:
        waiting = threading.Thread(target=wait, args=(f"{site.origin}/slow?ms=60000",))
        waiting.start()
        assert site.log.wait_for(lambda request: request.path == "/slow") is not None
    waiting.join(timeout=10)
    assert not waiting.is_alive()


def test_the_command_prints_accounts_and_ends_at_ctrl_c(visitor: Visitor) -> None:
    command = [sys.executable, "-m", "fixtures.login_site", "--port", "0", "--evil-port", "0"]
    with started([*command, "--json"], cwd=ROOT, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        printed = json.loads(running.stdout.readline())
        assert "Sign in" in visitor.open(printed["shapes"]["totp-boxes"])
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=20) == 0
    assert printed["accounts"][0]["secret"].keys() == {"username", "password", "totp"}


def test_a_taken_port_is_one_clear_line(site: Site) -> None:
    port = site.origin.rpartition(":")[2]
    ended = subprocess.run(
        [sys.executable, "-m", "fixtures.login_site", "--port", port, "--evil-port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)


WAYS = (
    *("fetch", "header", "beacon", "xhr", "image", "script", "stylesheet", "prefetch", "iframe"),
    *("form", "popup", "navigate", "worker", "frame", "websocket", "websocket-url", "eventsource"),
)


@pytest.mark.browser
async def test_unguarded_every_way_out_carries_the_password(site: Site, page: Page) -> None:
    account = site.new_account(totp=False, password="Plain-Canary-8842-word")
    for way in WAYS:
        site.evil_log.clear()
        await page.goto(f"{site.origin}/attack/fetch-exfil?way={way}&stay=yes")
        await page.get_by_label("Username").fill(account.username)
        await page.get_by_label("Password").fill(account.password)
        await page.get_by_role("button", name="Sign in").click()
        came = await asyncio.to_thread(site.evil_log.wait_for, _holds_the_canary)
        assert came is not None, way


def _holds_the_canary(request: Request) -> bool:
    return b"Plain-Canary-8842-word" in request.everything


@pytest.mark.browser
async def test_a_page_that_sends_the_password_away_still_signs_in(site: Site, page: Page) -> None:
    account = site.new_account(totp=False)
    await page.goto(f"{site.origin}/attack/fetch-exfil?way=beacon")
    await page.get_by_label("Username").fill(account.username)
    await page.get_by_label("Password").fill(account.password)
    await page.get_by_role("button", name="Sign in").click()
    assert await page.locator("#who").inner_text() == account.username


@pytest.mark.browser
@pytest.mark.parametrize("name", ["redirect", "meta-refresh", "js-redirect", "navigate-after"])
async def test_the_page_moves_to_the_hostile_site(site: Site, page: Page, name: str) -> None:
    for evil in (site.evil, *site.evil_lookalikes):
        host = evil.split("/")[2].split(":")[0]
        await page.goto(f"{site.origin}/attack/{name}?ms=50&host={host}", wait_until="commit")
        await page.wait_for_url(f"{evil}/login")


@pytest.mark.browser
@pytest.mark.parametrize("kind", FRAMES)
async def test_every_kind_of_frame_shows_a_password_field(
    site: Site, page: Page, kind: str
) -> None:
    await page.goto(f"{site.origin}/attack/frame/{kind}")
    frame = page.frame_locator("#inner")
    if kind == "nested":
        frame = frame.frame_locator("#inner")
    await frame.get_by_label("Password").wait_for()


@pytest.mark.browser
async def test_every_surface_is_drawn_without_an_error(site: Site, page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"{site.origin}/surfaces?u=Mari%22gold%3C%27%5C7")
    for name in SURFACES:
        assert await page.locator(f"#s-{name}").is_visible(), name
    assert errors == []
    assert await page.locator("#s-closed-shadow p").count() == 0
    assert await page.locator("#s-split p").inner_text() == "Mari\"gold<'\\7"
