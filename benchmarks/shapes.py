"""The agent against a hand-written script, shape by shape.

``python -m benchmarks.shapes [ROUNDS] [SHAPE ...]``. For each shape that lets somebody in: the
agent, given a URL and a slot, and a script with hard-coded selectors, in turn, each in a browser of
its own and with an account of its own. Two times are taken of each: of the whole (driver, browser,
sign-in), and of the sign-in alone, from the first request until the page behind is seen. The figure
of a shape is the median of its rounds' ratios; that of the benchmark the median over the shapes.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright
from sqlalchemy import create_engine

from agent.browser.find import find_browser
from agent.browser.folder import PrivateFolder
from agent.browser.opening import open_session
from agent.browser.options import BrowserOptions
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

    from agent.vault.open import RunSecrets
    from fixtures.login_site.accounts import Account as SiteAccount
    from fixtures.login_site.serving import Site

ROUNDS = 3
GOAL = 1.3
SLOT = "MANAGEMENT_LOGIN"
PERIOD = 120  # seconds: no code has to be waited for
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of one sign-in: with the start of the browser, and alone."""

    whole: float
    alone: float


class Watch:
    """Takes the two times."""

    def __init__(self) -> None:
        self._started = self._ready = time.perf_counter()

    def ready(self) -> None:
        """Note that the browser is there."""
        self._ready = time.perf_counter()

    def taken(self) -> Taken:
        """Give the times until now."""
        now = time.perf_counter()
        return Taken(now - self._started, now - self._ready)


@dataclass(frozen=True, slots=True)
class Bench:
    """The site, the vault, and the browser's program."""

    site: Site
    vault: Vault
    browser: Path

    def account(self, shape: str) -> SiteAccount:
        """Open an account for one sign-in."""
        return self.site.new_account(digits=GALLERY[shape].digits, period=PERIOD)

    async def by_hand(self, shape: str) -> Taken:
        """Sign in with the script."""
        account = self.account(shape)
        known = Known(account.username, account.password, lambda: account.key.code_at(time.time()))
        watch = Watch()
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=self.browser, args=["--no-sandbox"]
            )
            context = await browser.new_context(viewport={"width": 1280, "height": 720})
            page = await context.new_page()
            watch.ready()
            await page.goto(self.site.url(shape), wait_until="domcontentloaded")
            await play(page, script_of(shape), known)
            taken = watch.taken()
            await browser.close()
        self._check(shape, account)
        return taken

    async def by_agent(self, shape: str) -> Taken:
        """Sign in with the agent."""
        account = self.account(shape)
        with ExitStack() as stack:
            folder = stack.enter_context(PrivateFolder.create())
            secrets = stack.enter_context(self._held(shape, account))
            options = BrowserOptions(timeout=10_000.0, record=False)
            watch = Watch()
            async with open_session(options, secrets, folder) as session:
                watch.ready()
                await sign_in(
                    session, Account(session.secrets[SLOT]), url=self.site.url(shape),
                    after_move=_nothing, wish=Wish(**GALLERY[shape].wish),
                )  # fmt: skip
                taken = watch.taken()
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
    by_hand: Taken
    by_agent: Taken
    ratio: Taken


async def measure(bench: Bench, shape: str, rounds: int) -> Figure:
    """Measure one shape, the two in turn."""
    hand: list[Taken] = []
    agent: list[Taken] = []
    for turn in range(rounds):
        ways = [(hand, bench.by_hand), (agent, bench.by_agent)]
        for times, way in ways if turn % 2 == 0 else ways[::-1]:
            times.append(await way(shape))
    ratios = [
        Taken(ours.whole / theirs.whole, ours.alone / theirs.alone)
        for ours, theirs in zip(agent, hand, strict=True)
    ]
    return Figure(shape, _middle(hand), _middle(agent), _middle(ratios))


def _middle(times: Sequence[Taken]) -> Taken:
    return Taken(
        statistics.median(one.whole for one in times),
        statistics.median(one.alone for one in times),
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
    bench = Bench(site, vault, find_browser().path)
    for shape in wanted:
        try:
            found.append(await measure(bench, shape, rounds))
        except Exception as error:  # noqa: BLE001 - the others are still worth measuring
            sys.stdout.write(f"{shape}: {str(error).splitlines()[0][:150]}\n")
    engine.dispose()
    return found


def main(words: Sequence[str]) -> None:
    """Measure, and print the figure, the greatest ratio and the slowest shapes."""
    rounds = int(words[0]) if words else ROUNDS
    wanted = list(words[1:]) or shapes()
    with tempfile.TemporaryDirectory() as folder, running_site() as site:
        found = asyncio.run(run(site, Path(folder), wanted, rounds))
    found.sort(key=lambda one: -one.ratio.whole)
    for one in found[: len(found) if words[1:] else SHOWN]:
        sys.stdout.write(
            f"  {one.shape:<24} by hand {one.by_hand.whole:.2f} s, {one.by_hand.alone:.2f} s alone;"
            f" agent {one.by_agent.whole:.2f} s, {one.by_agent.alone:.2f} s alone;"
            f" ratio {one.ratio.whole:.2f}, {one.ratio.alone:.2f} alone\n"
        )
    if found:
        whole = [one.ratio.whole for one in found]
        alone = [one.ratio.alone for one in found]
        sys.stdout.write(
            f"{len(found)} of {len(wanted)} shapes: median ratio {statistics.median(whole):.2f}"
            f" (goal {GOAL:.2f}), max {max(whole):.2f}; without the browser's start"
            f" {statistics.median(alone):.2f}, max {max(alone):.2f}\n"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
