"""Files that other tools made are scrubbed, hold no value any more, and still open."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import playwright
import pytest
from playwright.async_api import async_playwright

from agent.artifacts.scrubbing import kind_of, scrub
from agent.browser.find import find_browser
from agent.vault.open import RunSecrets
from tests.integration.artifacts.conftest import _LEAKING_SCRIPT, TOKEN
from tests.integration.artifacts.test_trace import _served
from tests.leak.scan import find_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Browser, Page

    from agent.artifacts.scrubbing import Scrubbed
    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site

pytestmark = pytest.mark.browser

MADE = ("trace.zip", "network.har", "attached.zip", "state.json")
PLUGIN_TEST = """
import pytest

@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {"executable_path": %r, "chromium_sandbox": False}

def test_login(page):
    page.goto(%r)
    page.locator("#username").fill(%r)
    page.locator("#password").fill(%r)
    page.locator("#password").press("Enter")
    page.wait_for_load_state()
    page.screenshot()
"""


@dataclass(frozen=True)
class Made:
    """What one Playwright script left, and what is secret in it."""

    folder: Path
    account: Account

    @property
    def canaries(self) -> dict[str, str]:
        state = json.loads((self.folder / "state.json").read_text())
        return {
            "username": self.account.username,
            "password": self.account.password,
            "token": TOKEN,
            "session": state["cookies"][0]["value"],
        }


@pytest.fixture(scope="module")
def made(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One plain Playwright script with everything on: pictures, sources, both forms of HAR."""
    account = site.new_account(totp=False)
    folder = tmp_path_factory.mktemp("theirs")
    asyncio.run(_script(site, account, folder))
    return Made(folder, account)


async def _script(site: Site, account: Account, folder: Path) -> None:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=find_browser(None, headed=False).path, chromium_sandbox=False
        )
        for har in ("network.har", "attached.zip"):
            context = await browser.new_context(record_har_path=folder / har)
            await context.tracing.start(snapshots=True, screenshots=True, sources=True)
            page = await context.new_page()
            await page.goto(site.url("one-page"))
            await page.locator("#username").fill(account.username)
            await page.locator("#password").fill(account.password)
            await page.locator("#password").press("Enter")
            await page.wait_for_load_state()
            values = {"username": account.username, "password": account.password, "token": TOKEN}
            await page.goto(f"{site.origin}/surfaces?u={account.username}")
            await page.evaluate(_LEAKING_SCRIPT, values)
            await context.storage_state(path=folder / "state.json")
            await context.tracing.stop(path=folder / "trace.zip")
            await context.close()
        await browser.close()


@pytest.fixture
def secrets(made: Made) -> Iterator[RunSecrets]:
    with RunSecrets(()) as sought:
        sought.learn("HOTEL.username", made.account.username)
        sought.learn("HOTEL.password", made.account.password)
        yield sought


@pytest.fixture
def scrubbed(made: Made, secrets: RunSecrets, tmp_path: Path) -> dict[str, Scrubbed]:
    workplace, out = tmp_path / "work", tmp_path / "out"
    workplace.mkdir()
    out.mkdir()
    return {name: scrub(made.folder / name, workplace, out, secrets) for name in MADE}


def test_every_file_is_kept_clean_and_its_changes_are_told(
    made: Made, scrubbed: dict[str, Scrubbed]
) -> None:
    for name, result in scrubbed.items():
        raw = (made.folder / name).read_bytes()
        assert list(find_in(raw, made.canaries, name)), "there must be something to clean"
        assert result.artifact.state == "kept", result.artifact.reason
        clean = result.artifact.path.read_bytes()
        assert list(find_in(clean, made.canaries, name)) == []
    kinds = [result.artifact.kind for result in scrubbed.values()]
    assert kinds == ["trace", "har", "har", "storage_state"]
    told = {(change.place, change.what) for change in scrubbed["trace.zip"].changes}
    assert ("screencast", "left out") in told
    assert ("trace.trace", "HOTEL.username") in told
    assert any(place.startswith("resources/r") for place, _ in told)
    assert any(change.what == "HOTEL.username" for change in scrubbed["network.har"].changes)


async def _look(page: Page, trace: Path) -> dict[str, Any]:
    """Open a trace in the real viewer and look at each of its tabs."""
    viewer = Path(playwright.__file__).parent
    with _served(viewer / "driver/package/lib/vite/traceViewer", trace) as origin:
        await page.goto(f"{origin}/index.html?trace={origin}/kept.zip")
        await page.locator(".action-title").first.wait_for()
        titles = await page.locator(".action-title").all_inner_texts()
        await page.locator(".action-title", has_text="Navigate").first.click()
        await page.locator("text=After").first.click()
        field = page.frame_locator("iframe.snapshot-visible").locator("#username")
        await field.wait_for()
        await page.get_by_role("tab", name="Network").click()
        requests = page.locator(".network-grid-view .list-view-entry, .grid-view-entry")
        await requests.first.wait_for()
        return {"titles": titles, "requests": await requests.count()}


async def _opened(browser: Browser, har: Path, url: str) -> str:
    """Load a page from a HAR, with no server behind it."""
    context = await browser.new_context()
    await context.route_from_har(har, not_found="abort")
    page = await context.new_page()
    await page.goto(url)
    text = await page.content()
    await context.close()
    return text


async def test_they_still_open_in_the_viewer_and_in_a_browser(
    scrubbed: dict[str, Scrubbed], site: Site, made: Made
) -> None:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=find_browser(None, headed=False).path, chromium_sandbox=False
        )
        page = await browser.new_page(viewport={"width": 1600, "height": 900})
        seen = await _look(page, scrubbed["trace.zip"].artifact.path)
        pages = [
            await _opened(browser, scrubbed[name].artifact.path, site.url("one-page"))
            for name in ("network.har", "attached.zip")
        ]
        state = scrubbed["state.json"].artifact.path
        context = await browser.new_context(storage_state=state)
        cookies = await context.cookies()
        await browser.close()
    assert any("Fill" in title for title in seen["titles"])
    assert not any(made.account.password in title for title in seen["titles"])
    assert seen["requests"] >= 2
    assert all('id="username"' in text for text in pages)
    assert {cookie["value"] for cookie in cookies} == {"[REDACTED]"}


def test_a_trace_of_the_pytest_plugin_is_scrubbed_and_opens(
    site: Site, secrets: RunSecrets, made: Made, tmp_path: Path
) -> None:
    browser = str(find_browser(None, headed=False).path)
    script = PLUGIN_TEST % (
        browser, site.url("one-page"), made.account.username, made.account.password,
    )  # fmt: skip
    (tmp_path / "test_theirs.py").write_text(script)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "--tracing", "on", "-p", "no:cacheprovider"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    raw = next(tmp_path.rglob("trace.zip"))
    assert made.account.password.encode() in zipfile.ZipFile(raw).read("trace.trace")
    workplace = tmp_path / "work"
    workplace.mkdir()
    result = scrub(raw, workplace, tmp_path, secrets)
    assert result.artifact.state == "kept", result.artifact.reason
    assert list(find_in(result.artifact.path.read_bytes(), made.canaries, "clean")) == []

    def ask(*words: str) -> str:
        asked = [sys.executable, "-m", "playwright", "trace", *words]
        done = subprocess.run(
            asked, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60,
            env=os.environ | {"HOME": str(tmp_path)},
        )  # fmt: skip
        return done.stdout

    ask("open", str(result.artifact.path))
    assert "#username" in ask("actions")


def test_kinds_are_told_by_content(tmp_path: Path) -> None:
    files = {
        "a.har": (json.dumps({"log": {"entries": []}}), "har"),
        "b.json": (json.dumps({"cookies": [], "origins": []}), "storage_state"),
        "c.json": (json.dumps({"level": "info"}), "log"),
        "d.txt": ("<!DOCTYPE html><p>x", "page_html"),
        "e.log": ("pw:api => fill", "log"),
    }
    for name, (content, kind) in files.items():
        path = tmp_path / name
        path.write_text(content)
        assert kind_of(path) == kind
