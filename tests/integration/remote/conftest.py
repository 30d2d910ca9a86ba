"""Browsers that are not this run's own: one of each kind for a module, and runs in them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.runs.options import RunOptions
from agent.settings import Settings
from agent.wiring import build
from tests.standins.browsers import chromium, playwright_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.browser.options import BrowserOptions
    from agent.runner import Runner
    from agent.runs.report import Report
    from agent.runs.watcher import NobodyWatches
    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site
    from tests.standins.browsers import Elsewhere

SIGN_IN = {"type": "sign_in", "slot": "LOGIN", "url": "${inputs.site}/login"}


class Place:
    """A data folder whose browser is somebody else's, with one account in its vault."""

    def __init__(self, folder: Path, site: Site, endpoint: str, allowed: str = "") -> None:
        self.folder, self.site = folder, site
        environ = {
            "RUNNER_HOME": str(folder / "home"),
            "RUNNER_KEY_FILE": str(folder / "keys" / "vault.key"),
            "RUNNER_BROWSER_ENDPOINT": endpoint,
            "RUNNER_BROWSER_ALLOW_WEAKER": allowed,
        }
        self.settings = Settings.load(environ, folder)
        self.runner: Runner = build(self.settings)
        self.account: Account = site.new_account(totp=False)
        fields = {"username": self.account.username, "password": self.account.password}
        self.secret = self.runner.add_secret("login", "login", fields, [site.origin]).id

    def use(self, browser: BrowserOptions) -> None:
        """Run in this browser from now on."""
        self.settings = replace(self.settings, browser=browser)
        self.runner = build(self.settings)

    async def run(
        self,
        *steps: dict[str, Any],
        watcher: NobodyWatches | None = None,
        allow: tuple[str, ...] = (),
        **options: Any,
    ) -> Report:
        """Sign in, do the steps, and give the report; ``allow`` is what the task allows."""
        task = {
            "name": "made on the spot",
            "slots": {"LOGIN": {"type": "login", "origins": ["${inputs.site}"]}},
            "inputs": {"site": {"type": "string", "default": self.site.origin}},
            "browser": {"allow_weaker": list(allow)},
            "steps": [SIGN_IN, *steps],
        }
        path = self.folder / "task.json"
        path.write_text(json.dumps(task), "utf-8")
        plan = self.runner.plan(path, {"LOGIN": self.secret}, {})
        return await self.runner.run(plan, RunOptions(**options), watcher)


@pytest.fixture(scope="module")
def cdp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """A Chromium that anybody may have started."""
    with chromium(tmp_path_factory.mktemp("cdp")) as running:
        yield running


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """A Playwright server as it comes: it starts browsers its own way."""
    with playwright_server(tmp_path_factory.mktemp("plain")) as running:
        yield running


@pytest.fixture(scope="module")
def willing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """A Playwright server that starts browsers with the switches it is given."""
    with playwright_server(tmp_path_factory.mktemp("willing"), "--unsafe") as running:
        yield running
