"""Whole runs in browsers that somebody else started: what is named, refused, and left there."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.browser.remote.weaknesses import WORDS
from agent.runs.watcher import NobodyWatches
from tests.integration.browser.acts import eventually
from tests.integration.remote.conftest import Place
from tests.standins.browsers import chromium, playwright_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.runs.report import Report
    from fixtures.login_site.serving import Site
    from tests.standins.browsers import Elsewhere

pytestmark = pytest.mark.browser

CDP = "other_machine shared_browser switches sandbox"
PLAIN = f"{CDP} recording"
WILLING = "other_machine sandbox recording"  # as root, a sandbox cannot be asked for
KINDS = [("cdp", CDP), ("plain", PLAIN), ("willing", WILLING)]
GUESTS = {"type": "goto", "url": "${inputs.site}/guests"}


@pytest.fixture
def there(request: pytest.FixtureRequest, kind: str) -> Elsewhere:
    found: Elsewhere = request.getfixturevalue(kind)
    return found


@pytest.mark.parametrize(("kind", "lacking"), KINDS)
async def test_a_run_says_what_is_weaker_and_leaves_nothing_open(
    there: Elsewhere, lacking: str, tmp_path: Path, site: Site
) -> None:
    place = Place(tmp_path, site, there.url, lacking)
    report = await place.run(GUESTS)
    assert (report.status, report.outcome) == ("succeeded", "passed"), report.error
    assert report.environment["weaker there"].split(", ") == [n for n in WORDS if n in lacking]
    told = [line.split(": ")[1] for line in report.notices if line.startswith("weaker")]
    assert told == [name for name in WORDS if name in lacking.split()]
    kinds = {(one.kind, one.state) for one in report.artifacts}
    assert {("trace", "kept"), ("screenshot", "kept"), ("report", "kept")} <= kinds
    await eventually(lambda: not list((there.folder / "tmp").glob("playwright-artifacts-*")))


@pytest.mark.parametrize(("kind", "lacking"), KINDS)
async def test_a_run_is_refused_while_nobody_allows_what_is_weaker(
    there: Elsewhere, lacking: str, tmp_path: Path, site: Site
) -> None:
    place = Place(tmp_path, site, there.url)
    report = await place.run()
    assert report.error is not None
    assert (report.outcome, report.error.code) == ("browser_weaker", "browser_weaker")
    told = report.error.message.partition("keeps less than is promised: ")[2]
    assert told.split(", ") == [name for name in WORDS if name in lacking.split()]
    assert "\n" not in report.error.message
    assert place.account.username.encode() not in site.log.everything()


async def test_a_task_may_allow_what_the_settings_do_not(
    willing: Elsewhere, tmp_path: Path, site: Site
) -> None:
    place = Place(tmp_path, site, willing.url, "other_machine recording")
    assert (await place.run()).outcome == "browser_weaker"
    assert (await place.run(allow=("sandbox",))).status == "succeeded"


async def test_what_a_server_may_not_keep_is_not_missed_where_nothing_is_recorded(
    willing: Elsewhere, tmp_path: Path, site: Site
) -> None:
    place = Place(tmp_path, site, willing.url, "other_machine sandbox")
    assert (await place.run(tracing="off")).status == "succeeded"
    assert (await place.run()).outcome == "browser_weaker"


async def test_the_doctor_tries_the_browser_and_says_what_is_weaker(
    plain: Elsewhere, tmp_path: Path, site: Site
) -> None:
    for allowed, ok in ((PLAIN, True), ("sandbox", False)):
        place = Place(tmp_path / str(ok), site, plain.url, allowed)
        checks = await asyncio.to_thread(place.runner.checks)
        (found,) = [check for check in checks if check.name == "browser"]
        assert found.ok is ok
        assert "chromium 1" in found.detail
        assert found.detail.endswith(", ".join(name for name in WORDS if name in PLAIN.split()))
        assert ("other_machine, shared_browser, switches, recording" in found.hint) is not ok


async def test_the_doctor_says_when_nothing_answers(tmp_path: Path, site: Site) -> None:
    place = Place(tmp_path, site, "http://127.0.0.1:9/?token=hidden")
    checks = await asyncio.to_thread(place.runner.checks)
    (found,) = [check for check in checks if check.name == "browser"]
    assert (found.ok, "http://127.0.0.1:9" in found.detail) == (False, True)
    assert "hidden" not in f"{found}"


class At(NobodyWatches):
    """Does something in the middle of a run."""

    def __init__(self, line: int, act: Callable[[], None]) -> None:
        self.line, self.act = line, act

    def step_started(self, index: int, title: str) -> None:
        super().step_started(index, title)
        if index == self.line:
            self.act()


WAIT: dict[str, Any] = {
    "type": "wait_for", "target": {"css": "#never-there"}, "timeout": 60,
}  # fmt: skip
GONE = "no trace: the browser went before it was saved"


def _of_the_trace(report: Report) -> list[str]:
    return [line for line in report.notices if "trace" in line]


@pytest.mark.parametrize(("start", "lacking"), [(chromium, CDP), (playwright_server, PLAIN)])
async def test_a_browser_that_dies_ends_the_run_with_its_own_outcome(
    start: Any, lacking: str, tmp_path: Path, site: Site
) -> None:
    with start(tmp_path / "elsewhere") as browser:
        place = Place(tmp_path / "here", site, f"{browser.url}", lacking)
        dying = At(1, lambda: browser.signal(signal.SIGKILL))
        report = await place.run(WAIT, watcher=dying)
    assert (report.status, report.outcome) == ("failed", "browser_lost"), report.error
    assert [step.status for step in report.steps] == ["passed", "failed"]
    assert _of_the_trace(report) == [GONE]
    assert report.seconds < 30


@pytest.mark.parametrize(("start", "lacking"), [(chromium, CDP), (playwright_server, PLAIN)])
async def test_a_browser_that_falls_silent_ends_the_run_as_well(
    start: Any, lacking: str, tmp_path: Path, site: Site
) -> None:
    with start(tmp_path / "elsewhere") as browser:
        place = Place(tmp_path / "here", site, browser.url, lacking)
        tools = place.settings.browser.remote
        assert tools is not None
        quick = replace(tools, pulse=0.2, patience=1.0)
        place.use(replace(place.settings.browser, remote=quick))
        silent = At(1, lambda: browser.signal(signal.SIGSTOP))
        report = await place.run(WAIT, watcher=silent)
    assert (report.status, report.outcome) == ("failed", "browser_lost"), report.error
    assert _of_the_trace(report) == [GONE]
    assert report.seconds < 40


async def test_nothing_stays_open_in_a_browser_that_goes_on(
    cdp: Elsewhere, tmp_path: Path, site: Site
) -> None:
    place = Place(tmp_path, site, cdp.url, CDP)
    seen: list[list[str]] = []

    def look() -> None:
        seen.append(cdp.pages())

    assert (await place.run(GUESTS, watcher=At(1, look))).status == "succeeded"
    assert len(seen[0]) == 1
    assert cdp.pages() == []
    stopped = asyncio.create_task(place.run(WAIT, watcher=At(1, look)))
    await eventually(lambda: len(seen) == 2, 30)
    stopped.cancel()
    assert (await stopped).outcome == "interrupted"
    assert cdp.pages() == []
