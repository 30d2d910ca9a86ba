"""Pictures of every surface a page can show a value on, read again by OCR."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from agent.artifacts import camera as camera_module
from agent.artifacts.camera import Camera
from fixtures.login_site.accounts import Account
from fixtures.login_site.surfaces import SURFACES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from agent.browser.session import Session
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

WORD = "KUMQUATPEPPER"
PASSWORD = "zebra-Lantern-4417"
SMALLEST_PIECE = 5


def read_text(picture: Path) -> str:
    """Everything tesseract reads in a picture, twice as large, without spaces."""
    larger = picture.with_suffix(".ocr.png")
    with Image.open(picture) as image:
        image.resize((image.width * 2, image.height * 2)).save(larger)
    command = ["tesseract", str(larger), "-", "--psm", "11"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return re.sub(r"\W", "", answer.stdout).upper()


def pieces_of_word(text: str) -> int:
    """How often any five letters of the word stand in a text."""
    parts = {WORD[at : at + SMALLEST_PIECE] for at in range(len(WORD) - SMALLEST_PIECE + 1)}
    return sum(text.count(part) for part in parts)


@pytest.fixture
async def session(open_session: Opener) -> AsyncIterator[Session]:
    async with open_session(Account(WORD, PASSWORD), record=False) as opened:
        yield opened


async def show(session: Session, site: Site, *surfaces: str) -> None:
    await session.page.goto(f"{site.origin}/surfaces?u={WORD}&only={','.join(surfaces)}")
    await session.page.wait_for_load_state("networkidle")


async def test_no_surface_shows_the_value_in_a_picture(session: Session, site: Site) -> None:
    await show(session, site, *SURFACES)
    camera = Camera(session)
    picture = await camera.capture("all surfaces")
    assert picture is not None, camera.dropped
    text = read_text(picture.path)
    assert "SEEMYTITLE" in text, "what is not secret stays readable"
    assert pieces_of_word(text) == 0


async def test_without_painting_the_same_page_can_be_read(
    session: Session, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpainted(shot: bytes, _boxes: object, width: float) -> tuple[bytes, int, int]:
        return painted(shot, (), width)

    painted = camera_module._PAINTERS["jpeg"]
    monkeypatch.setattr(camera_module, "_PAINTERS", {"jpeg": unpainted})
    await show(session, site, *SURFACES)
    picture = await Camera(session).capture("positive control")
    assert picture is not None
    assert pieces_of_word(read_text(picture.path)) > 50
