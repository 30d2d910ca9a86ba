"""Pictures of every surface a page can show a value on, read again by OCR."""

from __future__ import annotations

import re
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from agent.artifacts import camera as camera_module
from agent.artifacts.camera import Camera
from agent.login.account import Account as SignInAccount
from agent.login.sign_in import sign_in
from fixtures.login_site.accounts import Account
from fixtures.login_site.surfaces import SURFACES
from tests.integration.conftest import SLOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from agent.artifacts.seen_page import Box
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


async def test_a_picture_is_painted_while_the_run_goes_on(
    session: Session, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_paint = threading.Event()
    painted = camera_module._PAINTERS["jpeg"]

    def waiting(shot: bytes, boxes: list[Box], width: float) -> tuple[bytes, int, int]:
        may_paint.wait(60)
        if not boxes:
            raise ValueError("as a painter may fail")
        return painted(shot, boxes, width)

    monkeypatch.setattr(camera_module, "_PAINTERS", {"jpeg": waiting})
    monkeypatch.setattr(camera_module, "LONGEST_SECONDS", 60.0)
    await show(session, site, *SURFACES)
    async with Camera(session) as camera:
        await camera.shoot("first")
        await session.page.evaluate("document.body.append('and more')")
        await camera.shoot("second")
        await session.page.goto("about:blank")
        await camera.shoot("nothing to paint")
        assert camera.frames == []
        may_paint.set()
    assert [picture.name for picture in camera.frames] == ["first", "second"]
    assert [lost.name for lost in camera.dropped] == ["nothing to paint"]
    assert pieces_of_word(read_text(camera.frames[0].path)) == 0


async def test_a_page_that_stands_still_is_shot_once(session: Session) -> None:
    page = session.page
    await page.set_content("<style>p:hover { color: red }</style><p>guests</p><b>rooms</b>")
    async with Camera(session) as camera:
        await camera.shoot("first")
        await camera.shoot("second")
        await page.hover("p")
        await camera.shoot("hovered")
        await page.evaluate("document.querySelector('b').textContent = 'ROOMS'")
        await camera.shoot("changed")
        await camera.shoot("still changed")
    assert camera.dropped == []
    names = ["first", "second", "hovered", "changed", "still changed"]
    assert [picture.name for picture in camera.frames] == names
    times = [picture.taken_at for picture in camera.frames]
    assert times == sorted(times)
    files = [picture.path for picture in camera.frames]
    assert files[0] == files[1]
    assert files[3] == files[4]
    assert len({files[0], files[2], files[3]}) == 3


async def test_a_picture_that_was_begun_shows_the_page_as_it_stood(session: Session) -> None:
    await session.page.set_content("<p style='font-size: 40px'>MANGOSTEEN</p>")
    change = "document.querySelector('p').textContent = 'PERSIMMON'"
    async with Camera(session) as camera:
        camera.shoot_soon("before")
        assert camera.frames == camera.dropped == []
        await session.settled()
        await session.page.evaluate(change)
        camera.shoot_soon("after")
        camera.shoot_soon("again")
    assert [picture.name for picture in camera.frames] == ["before", "after", "again"]
    assert "MANGO" in read_text(camera.frames[0].path)
    assert "PERSIM" in read_text(camera.frames[1].path)


async def test_a_sign_in_waits_for_the_picture_before_each_of_its_moves(
    open_session: Opener, site: Site
) -> None:
    typed: list[str] = []

    async def settled() -> None:
        fields = "[...document.querySelectorAll('input')].map(field => field.value).join('')"
        typed.append(await session.page.evaluate(fields))

    async def moved(_words: str) -> None:
        moves.append(len(typed))

    moves: list[int] = []
    async with open_session(site.new_account(), record=False) as session:
        await session.page.goto(f"{site.origin}/login")
        empty = await session.page.evaluate(
            "[...document.querySelectorAll('input')].map(field => field.value).join('')"
        )
        session.settled = settled
        await sign_in(session, SignInAccount(session.secrets[SLOT]), url=None, after_move=moved)
    assert typed[0] == empty
    assert typed[1] != empty, "the second move's wait finds what the first has typed"
    assert moves == sorted(moves)
    assert moves[0] >= 1


async def test_a_value_that_became_known_is_painted_though_the_page_stands_still(
    session: Session,
) -> None:
    await session.page.set_content("<p style='font-size: 40px'>MANGOSTEEN</p>")
    async with Camera(session) as camera:
        await camera.shoot("not known yet")
        session.secrets.learn("LOGIN.code", "MANGOSTEEN")
        await camera.shoot("known")
    assert "MANGOSTEEN" in read_text(camera.frames[0].path)
    assert "MANGO" not in read_text(camera.frames[1].path)


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


@pytest.mark.parametrize("density", [1, 2])
async def test_boxes_are_in_place_on_a_scrolled_page_and_a_dense_screen(
    open_session: Opener, site: Site, density: int
) -> None:
    options = {"viewport": (700, 400), "context": {"device_scale_factor": density}}
    async with open_session(Account(WORD, PASSWORD), record=False, **options) as session:
        await show(session, site, "text", "closed-shadow", "frame", "srcdoc", "after", "title")
        await session.page.evaluate(
            """(word) => { document.body.style.height = '3000px';
            const header = document.createElement('p'); header.textContent = word;
            header.style = 'position:fixed;bottom:20px;right:20px;margin:0;font:24px sans-serif';
            document.body.append(header); scrollTo(0, 60); }""",
            WORD,
        )
        picture = await Camera(session).capture("scrolled")
        assert picture is not None
        assert pieces_of_word(read_text(picture.path)) == 0


async def test_what_is_typed_is_hidden_also_where_the_site_shows_it(
    session: Session, site: Site
) -> None:
    await session.page.goto(site.url("one-page"))
    await session.page.locator("#username").fill("SOMEONEELSE")
    await session.page.locator("#password").fill("NOTASECRETATALL")
    await session.page.evaluate(
        """() => { document.querySelector('#password').type = 'text';
        document.adoptedStyleSheets.at(-1).replaceSync(''); }"""
    )
    picture = await Camera(session).capture("without the sheet")
    assert picture is not None
    text = read_text(picture.path)
    assert "NOTASECRET" not in text
    assert "SOMEONE" not in text


@pytest.mark.parametrize("allowed", [True, False])
async def test_frames_of_another_process_are_read_there(
    open_session: Opener, site: Site, *, allowed: bool
) -> None:
    arguments = ("--site-per-process",)
    origins = [site.origin, site.desk.evil_at("localhost")] if allowed else [site.origin]
    async with open_session(
        Account(WORD, PASSWORD), record=False, arguments=arguments, origins=origins
    ) as session:
        await session.page.goto(f"{site.origin}/surfaces?u=nothing&only=title")
        async with session.page.expect_event("framenavigated"):
            await session.page.evaluate(
                """(address) => { const frame = document.createElement('iframe');
                frame.src = address; frame.style = 'border:7px solid;padding:9px;width:500px';
                document.body.append(frame); }""",
                f"{site.desk.evil_at('localhost')}/echo?u=hello",
            )
        frame = session.page.frames[-1]
        await frame.evaluate(
            "(word) => { document.body.innerHTML = '<p>public words</p><p>' + word + '</p>';"
            "document.body.style.font = '24px sans-serif'; }",
            WORD,
        )
        camera = Camera(session)
        picture = await camera.capture("far frame")
        if not allowed:
            # a frame that prints guesses must not see which of them was painted over
            assert camera.dropped[0].reason == "an origin shows a value that is not for it"
            return
        assert picture is not None, camera.dropped
        text = read_text(picture.path)
        assert "PUBLICWORDS" in text, "the frame is read, not painted over as a whole"
        assert pieces_of_word(text) == 0


async def _dropped(session: Session, name: str = "none") -> str:
    camera = Camera(session)
    assert await camera.capture(name) is None
    assert camera.frames == []
    return camera.dropped[0].reason


async def test_a_page_too_large_to_read_has_no_picture(session: Session, site: Site) -> None:
    await session.page.goto(f"{site.origin}/wide?n=4100")
    assert "4000 elements" in await _dropped(session)


async def test_a_page_that_is_not_html_has_no_picture(session: Session) -> None:
    await session.page.goto("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert await _dropped(session) == "not an HTML page"


async def test_a_value_inside_an_address_of_a_style_has_no_picture(
    session: Session, site: Site
) -> None:
    await show(session, site, "title")
    await session.page.add_style_tag(content=f"body {{ background: url('data:,{WORD}') }}")
    assert "style sheet" in await _dropped(session)


async def test_a_page_whose_values_keep_changing_has_no_picture(
    session: Session, site: Site
) -> None:
    await show(session, site, "title")
    await session.page.evaluate(
        "(word) => { setInterval(() => document.body.append(word + ' '), 1); }", WORD
    )
    assert "changed while" in await _dropped(session)


async def test_a_closed_page_is_no_failure_of_the_run(session: Session) -> None:
    await session.page.close()
    assert "could not be read" in await _dropped(session)
