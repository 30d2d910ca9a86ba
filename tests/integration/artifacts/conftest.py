"""One raw recording of a login and of pages that repeat every secret, made by plain Playwright."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright

from agent.browser.find import find_browser

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site

TOKEN = "tok-9f8e7d6c5b4a-3210"
_LEAKING_SCRIPT = """async ({username, password, token}) => {
  console.log('signing in as ' + username, {password});
  document.title = 'Guests of ' + username;
  const query = '?access_token=' + token + '&name=' + encodeURIComponent(username);
  history.replaceState(null, '', query);
  const encoded = btoa(unescape(encodeURIComponent(password)));
  const add = (tag, fill) => { const e = document.createElement(tag); fill(e);
    document.body.append(e); };
  add('p', (e) => { e.textContent = encoded; });
  add('p', (e) => { for (const letter of password) {
    const s = document.createElement('span'); s.textContent = letter; e.append(s); } });
  add('input', (e) => { e.type = 'hidden'; e.name = 'csrf'; e.value = 'csrf-' + token; });
  add('a', (e) => { e.href = '/echo?u=' + encodeURIComponent(username) + '&sid=' + token; });
  await fetch('/collect?password=' + encodeURIComponent(password), {method: 'POST',
    headers: {'Authorization': 'Bearer ' + token, 'X-Password': encoded},
    body: JSON.stringify({username, password})}).catch(() => 0);
  await fetch('/echo?u=' + encodeURIComponent(username + ' ' + password)).then((r) => r.text());
}"""


@dataclass(frozen=True)
class Recorded:
    """A raw trace and what it must not show any more after cleaning."""

    path: Path
    account: Account
    cookies: tuple[str, ...]

    @property
    def canaries(self) -> dict[str, str]:
        """Every value that is secret in it, by a name that can be shown."""
        session = {f"cookie {number}": value for number, value in enumerate(self.cookies)}
        bound = {"username": self.account.username, "password": self.account.password}
        return bound | session | {"token": TOKEN}


@pytest.fixture(scope="session")
def recorded(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record once for all tests; what is tested is what comes after."""
    account = site.new_account(totp=False)
    path = tmp_path_factory.mktemp("raw") / "trace.zip"
    cookies = asyncio.run(_record(site, account, path))
    return Recorded(path, account, cookies)


async def _record(site: Site, account: Account, path: Path) -> tuple[str, ...]:
    found = find_browser(None, headed=False)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found.path, chromium_sandbox=False
        )
        context = await browser.new_context()
        await context.tracing.start(snapshots=True, screenshots=False, sources=False)
        page = await context.new_page()
        await _sign_in(page, site, account)
        values = {"username": account.username, "password": account.password, "token": TOKEN}
        await page.goto(f"{site.origin}/surfaces?u={account.username}")
        await page.evaluate(_LEAKING_SCRIPT, values)
        await page.get_by_text(account.username).first.inner_text()
        with pytest.raises(PlaywrightError):
            await page.locator("#nowhere").fill(account.password, timeout=200)
        cookies = await context.cookies()
        await context.tracing.stop(path=path)
        await browser.close()
    return tuple(cookie["value"] for cookie in cookies if len(cookie["value"]) >= 8)


async def _sign_in(page: Page, site: Site, account: Account) -> None:
    await page.goto(site.url("one-page"))
    await page.locator("#username").fill(account.username)
    await page.locator("#password").press_sequentially(account.password)
    await page.locator("#password").press("Enter")
    await page.wait_for_load_state()
