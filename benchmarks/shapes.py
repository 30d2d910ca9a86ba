"""The agent against a hand-written script, shape by shape.

``python -m benchmarks.shapes [ROUNDS] [SHAPE ...]``. For each shape that lets somebody in: the
agent, given a URL and a slot, and a script with hard-coded selectors, in turn, each in a fresh
context of the same browser and with an account of its own. A time runs from the first request
until the page behind is seen. The figure of a shape is the median of its rounds' ratios; the
figure of the benchmark is the median over the shapes.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright
from sqlalchemy import create_engine

from agent.browser.find import find_browser
from agent.browser.folder import PrivateFolder
from agent.browser.options import BrowserOptions
from agent.browser.session import open_session
from agent.login.account import Account
from agent.login.sign_in import Wish, sign_in
from agent.vault.keyslots.file import FileKey
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.store import Vault
from agent.vault.tables import metadata
from benchmarks.scripts import Known, play, script_of
from fixtures.login_site.gallery import GALLERY
from fixtures.login_site.serving import running_site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.async_api import Browser

    from agent.vault.open import RunSecrets
    from fixtures.login_site.accounts import Account as SiteAccount
    from fixtures.login_site.serving import Site

ROUNDS = 3
GOAL = 1.3
SLOT = "MANAGEMENT_LOGIN"
PERIOD = 120  # seconds: no code has to be waited for
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Bench:
    """The site, the vault, the browser of the scripts, and where browsers may write."""

    site: Site
    vault: Vault
    browser: Browser
    folder: PrivateFolder

    def account(self, shape: str) -> SiteAccount:
        """Open an account for one sign-in."""
        return self.site.new_account(digits=GALLERY[shape].digits, period=PERIOD)

    async def by_hand(self, shape: str) -> float:
        """Sign in with the script; give its seconds."""
        account = self.account(shape)
        known = Known(account.username, account.password, lambda: account.key.code_at(time.time()))
        context = await self.browser.new_context(viewport={"width": 1280, "height": 720})
        page = await context.new_page()
        began = time.perf_counter()
        await page.goto(self.site.url(shape), wait_until="domcontentloaded")
        await play(page, script_of(shape), known)
        taken = time.perf_counter() - began
        await context.close()
        self._check(shape, account)
        return taken

    async def by_agent(self, shape: str) -> float:
        """Sign in with the agent; give its seconds."""
        account = self.account(shape)
        with ExitStack() as stack:
            secrets = stack.enter_context(self._held(shape, account))
            options = BrowserOptions(timeout=10_000.0, record=False)
            async with open_session(options, secrets, self.folder) as session:
                began = time.perf_counter()
                await sign_in(
                    session, Account(session.secrets[SLOT]), url=self.site.url(shape),
                    after_move=_nothing, wish=Wish(**GALLERY[shape].wish),
                )  # fmt: skip
                taken = time.perf_counter() - began
        self._check(shape, account)
        return taken

    def _held(self, shape: str, account: SiteAccount) -> RunSecrets:
        places = {"site": self.site.origin, "provider": self.site.provider}
        policy = OriginPolicy.parse([places[one] for one in GALLERY[shape].origins])
        fields = account.fields()
        card = self.vault.add(NewSecret(account.username, "login", fields, policy))
        return self.vault.open_for_run({SLOT: card.ref}, account.username)

    def _check(self, shape: str, account: SiteAccount) -> None:
        if not self.site.desk.ledger.of(account.username, "in"):
            raise RuntimeError(f"{shape}: nobody was signed in")


async def _nothing(_words: str) -> None:
    """Take no picture."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one shape took, in seconds; medians of its rounds."""

    shape: str
    by_hand: float
    by_agent: float
    ratio: float


async def measure(bench: Bench, shape: str, rounds: int) -> Figure:
    """Measure one shape, the two in turn."""
    hand: list[float] = []
    agent: list[float] = []
    for turn in range(rounds):
        ways = [(hand, bench.by_hand), (agent, bench.by_agent)]
        for times, way in ways if turn % 2 == 0 else ways[::-1]:
            times.append(await way(shape))
    ratios = [ours / theirs for ours, theirs in zip(agent, hand, strict=True)]
    return Figure(
        shape, statistics.median(hand), statistics.median(agent), statistics.median(ratios)
    )


def shapes() -> list[str]:
    """Name the shapes with a script: those that let somebody in by a page."""
    return [
        name for name, shape in GALLERY.items()
        if shape.ends["right"] == "signed_in" and not name.startswith(("basic", "evil"))
    ]  # fmt: skip


async def run(site: Site, folder: Path, wanted: Sequence[str], rounds: int) -> list[Figure]:
    """Measure each shape; one that fails is told and left out."""
    engine = create_engine(f"sqlite:///{folder / 'vault.db'}", hide_parameters=True)
    metadata.create_all(engine)
    vault = Vault(engine, FileKey(folder / "keys"))
    vault.create()
    found = []
    async with AsyncExitStack() as stack:
        private = stack.enter_context(PrivateFolder.create())
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path=find_browser().path, args=["--no-sandbox"]
        )
        bench = Bench(site, vault, browser, private)
        for shape in wanted:
            try:
                found.append(await measure(bench, shape, rounds))
            except Exception as error:  # noqa: BLE001 - the others are still worth measuring
                sys.stdout.write(f"{shape}: {str(error).splitlines()[0][:150]}\n")
        await browser.close()
    engine.dispose()
    return found


def main(words: Sequence[str]) -> None:
    """Measure, and print the figure, the greatest ratio and the slowest shapes."""
    rounds = int(words[0]) if words else ROUNDS
    wanted = list(words[1:]) or shapes()
    with tempfile.TemporaryDirectory() as folder, running_site() as site:
        found = asyncio.run(run(site, Path(folder), wanted, rounds))
    found.sort(key=lambda one: -one.ratio)
    for one in found[: len(found) if words[1:] else SHOWN]:
        sys.stdout.write(
            f"  {one.shape:<26} by hand {one.by_hand:.2f} s  agent {one.by_agent:.2f} s"
            f"  ratio {one.ratio:.2f}\n"
        )
    if found:
        ratios = [one.ratio for one in found]
        sys.stdout.write(
            f"{len(found)} of {len(wanted)} shapes: median ratio {statistics.median(ratios):.2f}"
            f" (goal {GOAL:.2f}), max {max(ratios):.2f}\n"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
