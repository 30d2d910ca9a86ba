"""Pictures that sign-ins leave, read by OCR; ``python -m tests.leak.pixels`` does every shape."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from agent.artifacts.camera import Camera
from tests.leak.sittings import (
    LETTERS,
    Looked,
    Reader,
    account_for,
    photographed,
    taken,
    unmasked,
)
from tests.standins.screen import HAS_SCREEN, virtual_screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.browser.session import Session
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs tesseract"),
]

# A list the browser drops down, one a page drops down, and what the browser fills in by itself.
LISTS = """(value) => {
  document.body.style.font = '22px sans-serif';
  document.body.innerHTML = '<p>who is it?</p><input id=a list=known><datalist id=known>' +
    `<option value="${value}"></datalist><select id=b><option>one<option>${value}</select>` +
    `<ul role=listbox><li role=option>${value}</ul><input id=c autocomplete=username>`;
  document.querySelector('#c').value = value;
}"""


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with virtual_screen() as name:
        monkeypatch.setenv("DISPLAY", name)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        yield


async def dropped_down(session: Session, site: Site, value: str) -> Looked:
    """Photograph lists of names while they are open."""
    looked, camera = Looked("lists", session.secrets.needles), Camera(session)
    await session.page.goto(f"{site.origin}/surfaces?u=nothing&only=title")
    await session.page.evaluate(LISTS, value)
    await session.page.locator("#a").click()
    await session.page.keyboard.press("ArrowDown")
    await camera.capture("a list of the browser's")
    await session.page.keyboard.press("Escape")
    await session.page.locator("#b").focus()
    await session.page.keyboard.press("Space")
    await camera.capture("choices")
    assert camera.dropped == []
    looked.pictures = taken(camera.frames)
    return looked


@pytest.mark.skipif(not HAS_SCREEN, reason="needs Xvfb and a browser with windows")
@pytest.mark.usefixtures("display")
async def test_in_a_window_no_picture_of_a_sign_in_and_of_lists_shows_a_value(
    open_session: Opener, site: Site
) -> None:
    looked = await photographed(open_session, site, "show-password", headed=True)
    assert len(looked.pictures) > 3
    assert len(looked.stills) > 1
    assert Reader().labels(looked, every=3) == []
    account = account_for(site)
    async with open_session(account, record=False, headed=True) as session:
        lists = await dropped_down(session, site, account.username)
    assert Reader().labels(lists) == []


async def test_without_masks_the_same_lists_and_fields_are_read(
    open_session: Opener, site: Site
) -> None:
    account = account_for(site)
    assert set(account.username) <= set(LETTERS)
    with unmasked():
        async with open_session(account, record=False) as session:
            lists = await dropped_down(session, site, account.username)
    assert any("MANAGEMENT_LOGIN.username" in line for line in Reader().labels(lists))
