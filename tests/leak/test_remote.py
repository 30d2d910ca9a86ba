"""The main job in a browser of somebody else: nothing is left here or there, no token shows."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from agent.browser.remote.weaknesses import WORDS
from fixtures.login_site.serving import running_site
from tests.leak.job import Workplace
from tests.leak.scan import find_in, find_under
from tests.leak.test_main_job import leaks_of, ocr_leaks
from tests.standins.browsers import chromium, playwright_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.login_site.serving import Site
    from tests.leak.scan import Leak
    from tests.standins.browsers import Elsewhere

pytestmark = pytest.mark.browser

TOKEN = "pool-token-7h2k9w4m8x"
CDP = "other_machine shared_browser switches sandbox"
STARTS = [
    pytest.param(chromium, CDP, id="cdp"),
    pytest.param(playwright_server, f"{CDP} recording", id="playwright"),
]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


def workplace(folder: Path, there: Elsewhere, lacking: str) -> Workplace:
    """A user whose browser is named by an address with a token in it."""
    url = there.url
    if "/devtools/" in url:
        url = url.replace("ws://", "http://").partition("/devtools")[0] + "/"
    given = {"ENDPOINT": f"{url}?token={TOKEN}", "ALLOW_WEAKER": ",".join(lacking.split())}
    named = {f"RUNNER_BROWSER_{name}": value for name, value in given.items()}
    return Workplace(folder, named)


def tokens_under(place: Workplace, said: bytes) -> list[Leak]:
    canary = {"token": TOKEN}
    return [*find_under(place.scanned, canary), *find_in(said, canary, "output")]


@pytest.mark.parametrize(
    ("start", "lacking"), [pytest.param(chromium, CDP, marks=pytest.mark.slow, id="cdp"), STARTS[1]]
)
@pytest.mark.timeout(400)
def test_the_main_job_elsewhere_leaves_no_canary_here_or_there(
    start: Any, lacking: str, tmp_path: Path, site: Site
) -> None:
    account = site.new_account(totp=True)
    with start(tmp_path / "elsewhere") as there:
        place = workplace(tmp_path / "user", there, lacking)
        secret = place.store(account, site.origin)
        run = place.call(*place.run_words(secret, site))
        assert run.code == 0, run.stderr.decode()
        assert run.document["result"]["guests"]
        assert {line["state"] for line in run.document["artifacts"]} == {"kept"}
        told = [line.split(": ")[1] for line in run.document["notices"] if "weaker" in line]
        assert told == [name for name in WORDS if name in lacking.split()]
        there.wait_until_empty()
        assert leaks_of(place, account, run) == []
        canaries = {"password": account.password, "key": account.totp_key}
        assert find_under([there.folder], canaries) == []
        assert tokens_under(place, run.stdout + run.stderr) == []
        assert list(find_in(b"\n".join(run.cmdlines), {"token": TOKEN}, "a command line")) == []
        # The one process with the token in its environment is the one it was given to.
        named = [environ for environ in run.environs if TOKEN.encode() in environ]
        assert named, "the processes were not watched"
        assert all(b"RUNNER_HOME=" in environ for environ in named)
        assert ocr_leaks(place, account) == []


@pytest.mark.parametrize(("start", "lacking"), STARTS)
def test_a_run_that_is_killed_leaves_nothing_open_and_nothing_lying_there(
    start: Any, lacking: str, tmp_path: Path, site: Site
) -> None:
    account = site.new_account(totp=True)
    with start(tmp_path / "elsewhere") as there:
        place = workplace(tmp_path / "user", there, lacking)
        secret = place.store(account, site.origin)
        run = place.start(*place.run_words(secret, site))
        posted = site.log.wait_for(lambda one: account.username.encode() in one.body, 60)
        assert posted is not None
        if start is chromium:
            assert there.pages(), "the run was over before it was killed"
        else:
            # Positive control: this is what `recording` is about.
            assert list((there.folder / "tmp").glob("playwright-artifacts-*"))
        os.kill(run.pid, signal.SIGKILL)
        run.communicate()
        there.wait_until_empty()
        assert find_under([there.folder], {"password": account.password}) == []
        restart = place.call("runs", "list", "--json")
        assert (restart.code, leaks_of(place, account, restart)) == (0, [])
