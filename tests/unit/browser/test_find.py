from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import async_playwright

from agent.browser import find
from agent.browser.find import (
    find_browser,
    look_for_browsers,
    playwrights_own,
    require_display,
    unpacked_browser,
)
from agent.errors import BrowserMissing, DisplayMissing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment of a machine without any browser."""
    monkeypatch.setattr(find, "_CHANNELS", {})
    (tmp_path / "bin").mkdir()
    return {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin")}


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_an_explicit_path_is_the_only_candidate(bare: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path / "bin" / "chromium")
    mine = program(tmp_path / "mine")
    assert find_browser(mine, environ=bare).path == mine
    with pytest.raises(BrowserMissing, match="absent"):
        find_browser(tmp_path / "absent", environ=bare)


def test_playwrights_own_comes_before_the_path(bare: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path / "bin" / "chromium-headless-shell")
    own = playwrights_own("chromium-headless-shell", bare)
    assert own is not None
    program(own)
    assert find_browser(environ=bare).path == own


def test_headless_prefers_the_shell_and_headed_the_whole_browser(
    bare: dict[str, str], tmp_path: Path
) -> None:
    shell = program(tmp_path / "bin" / "chromium-headless-shell")
    whole = program(tmp_path / "bin" / "chromium")
    assert find_browser(environ=bare).path == shell
    assert find_browser(headed=True, environ=bare | {"DISPLAY": ":7"}).path == whole


def test_a_file_that_cannot_be_run_is_passed_over(bare: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path / "bin" / "chromium-headless-shell").chmod(0o644)
    with pytest.raises(BrowserMissing):
        find_browser(environ=bare)


def test_a_machine_without_a_browser_says_how_to_get_one(bare: dict[str, str]) -> None:
    with pytest.raises(BrowserMissing) as caught:
        find_browser(environ=bare)
    assert "make setup" in caught.value.hint
    tried = look_for_browsers(environ=bare)
    assert tried
    assert not any(place.found for place in tried)


def test_headed_without_a_display_names_the_xvfb_command() -> None:
    with pytest.raises(DisplayMissing) as caught:
        require_display({})
    assert "xvfb-run -a runner run" in caught.value.hint


@pytest.mark.parametrize("place", ["", "/opt/browsers"])
def test_the_cheap_search_agrees_with_playwright(
    place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", place)

    async def playwrights_answer() -> str:
        async with async_playwright() as playwright:
            return playwright.chromium.executable_path

    assert str(playwrights_own("chromium", os.environ)) == asyncio.run(playwrights_answer())


def test_what_the_set_up_unpacked_is_the_last_resort(bare: dict[str, str], tmp_path: Path) -> None:
    unpacked = program(unpacked_browser(bare))
    assert find_browser(environ=bare).path == unpacked
    installed = program(tmp_path / "bin" / "chromium-headless-shell")
    assert find_browser(environ=bare).path == installed
