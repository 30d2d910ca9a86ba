from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.integration.browser.acts import PASSWORD, type_in
from tests.integration.test_flow_runs import Bench, Helping
from tests.standins.screen import HAS_SCREEN, virtual_screen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not HAS_SCREEN, reason="needs Xvfb and a browser with windows"),
]


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A virtual display of this test alone."""
    with virtual_screen() as name:
        monkeypatch.setenv("DISPLAY", name)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        yield name


async def test_a_headed_browser_types_as_a_headless_one_does(
    display: str, open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account, headed=True, slow_mo=5.0) as session:
        assert display == os.environ["DISPLAY"]
        await session.page.goto(f"{site.origin}/login")
        await type_in(session, PASSWORD, "password")
        assert await session.page.input_value(PASSWORD) == account.password
        assert await session.page.evaluate("outerHeight > innerHeight"), "a window, not a shell"


@pytest.mark.usefixtures("display")
async def test_a_person_takes_over_and_what_is_done_meanwhile_is_in_no_trace(
    tmp_path: Path, site: Site
) -> None:
    watching = Helping()
    steps = [
        {"type": "goto", "url": f"{site.origin}/playground"},
        {"type": "pause", "message": "Please solve the puzzle."},
        {"type": "click", "target": {"text": "Twice"}},
    ]
    report = await Bench(tmp_path).run(*steps, watcher=watching, headed=True, tracing="on")
    assert report.outcome == "passed", report.error
    assert watching.asked == ["Please solve the puzzle."]
    traces = [one.path.rpartition("/")[2] for one in report.artifacts if one.kind == "trace"]
    assert traces == ["trace-1.zip", "trace.zip"]
    assert {one.state for one in report.artifacts} == {"kept"}
