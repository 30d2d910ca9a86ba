"""A real pytest-playwright suite with everything recorded, and what it leaves."""

from __future__ import annotations

import shutil
import signal
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from fixtures.login_site.serving import running_site
from tests.integration.plugin.child import NAMES, Child, Said
from tests.leak.scan import find_in, find_under

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.browser

# Tests with a page, and runs of tasks that keep a trace of their own.
RECORDED, TASKS = 8, 3
EVERYTHING = ("--tracing", "on", "--screenshot", "on", "--video", "on")
PASSWORD = 'p@ss "w0rd"&<é>+/=%\\Zq7'


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    with running_site() as site:
        yield Child.made(tmp_path_factory.mktemp("plugin"), site, PASSWORD)


@pytest.fixture(scope="module")
def said(child: Child) -> Said:
    more = ("-n", "2", "--showlocals", "-rA", "-vv", "--junitxml", "junit.xml")
    return child.run(*EVERYTHING, *more)


def test_the_suite_ends_as_its_author_meant(said: Said) -> None:
    assert "2 failed, 8 passed" in said.text, said.text


def test_nothing_it_leaves_or_says_holds_a_value(child: Child, said: Said) -> None:
    canaries = child.canaries | child.tokens()
    assert find_under(child.looked_at, canaries) == []
    assert list(find_in(said.text.encode(), canaries, "output")) == []


def test_traces_are_cleaned_and_pixels_withheld(child: Child, said: Said) -> None:
    results = child.folder / "test-results"
    assert len(list(results.rglob("trace.zip"))) == RECORDED + TASKS, said.text
    notes = sorted(path.name for path in results.rglob("*.withheld.json"))
    assert notes.count("video.webm.withheld.json") == RECORDED
    assert sum(name.startswith("test-") for name in notes) == RECORDED
    assert f"slotrunner: {RECORDED} recordings cleaned, {2 * RECORDED} withheld" in said.text
    for path in results.rglob("trace.zip"):
        with zipfile.ZipFile(path) as archive:
            assert not [name for name in archive.namelist() if name.startswith("src/")]
    source = {"source": "canary-of-the-source-8842"}
    assert find_under([results], source) == []


def test_a_failure_is_still_told_in_full(said: Said, child: Child) -> None:
    assert "read_back  = '‹MANAGEMENT_LOGIN.password›'" in said.text
    assert "captured: ‹MANAGEMENT_LOGIN.password› ['‹session.cookie›']" in said.text
    assert "login      = SecretSlot(MANAGEMENT_LOGIN: ***)" in said.text
    assert "Nowhere: step_failed: step 3" in said.text
    shown = [line for line in said.text.splitlines() if line.startswith("FAILED")]
    assert len(shown) == 2
    assert "- assert LoginState(1 cookies) ==" in shown[0] + shown[1]
    suites = ElementTree.parse(child.folder / "junit.xml").getroot()  # noqa: S314 - our own
    named = [one.get("value", "") for one in suites.iter("property")]
    traces = [child.folder / one for one in named if one.endswith("trace.zip")]
    assert len(traces) == 2 * RECORDED
    assert all(path.is_file() for path in traces)


def test_nothing_raw_outlives_the_suite(child: Child, said: Said) -> None:
    assert "passed" in said.text
    left = {path.name for path in (child.places / "tmp").iterdir()}
    assert {name for name in left if not name.startswith("pytest-of-")} == set()


def test_the_made_up_site_and_its_secret_go_with_the_suite(child: Child, said: Said) -> None:
    assert "PASSED made_up/suite_of_the_site.py" in said.text
    assert {card.name for card in child.runner().secrets()} == set(NAMES.values())


def test_a_killed_suite_leaves_nothing_raw_where_anyone_looks(child: Child) -> None:
    done = child.run("killed.py", "--tracing", "on", "--video", "on")
    assert done.code == -signal.SIGKILL, done.text
    aside = Path((child.folder / "aside").read_text())
    assert not any(aside.is_relative_to(folder) for folder in child.looked_at)
    assert find_under(child.looked_at, child.canaries) == []
    # Any start of a runner removes it; one of another test may be at it already.
    until = time.monotonic() + 60
    while aside.parent.exists():
        assert time.monotonic() < until, aside
        child.runner()


def test_without_the_plugin_the_value_is_found(child: Child) -> None:
    folder = child.folder / "unclean"
    words = ("-k", "careless", "-p", "no:slotrunner", "--tracing", "on", "--output", str(folder))
    done = child.run(*words)
    assert "1 passed" in done.text, done.text
    found = {leak.name for leak in find_under([folder], child.canaries)}
    shutil.rmtree(folder)
    assert found == {"password"}
