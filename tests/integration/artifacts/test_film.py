"""The film of a run: what it shows, what it hides, and that a browser plays it."""

from __future__ import annotations

import asyncio
import base64
import re
from typing import TYPE_CHECKING

import pytest

from agent.artifacts import camera as camera_module
from agent.artifacts import film as film_module
from agent.artifacts.film import filming
from agent.artifacts.ocr import words_in
from agent.artifacts.publish import publish_now
from agent.vault.needles import Needles
from agent.vault.open import RunSecrets
from fixtures.login_site.accounts import Account
from tests.integration.test_flow_runs import Bench
from tests.leak.scan import seen_in
from tests.unit.artifacts.films import CANVAS, film_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.artifacts.film import Film
    from agent.browser.session import Session
    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

WORD = "KUMQUATPEPPER"
SECONDS = 30.0
_PLAYED = """async ([film, moments]) => {
  const video = document.createElement('video');
  video.muted = true;
  video.src = 'data:video/webm;base64,' + film;
  const told = (name) => new Promise((done, failed) => {
    video.addEventListener(name, done, {once: true});
    video.addEventListener('error', () => failed(video.error.message), {once: true});
  });
  document.body.append(video);
  await told('loadeddata');
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const pencil = canvas.getContext('2d');
  const colours = [], times = [];
  for (const moment of moments) {
    const there = new Promise((done) => video.requestVideoFrameCallback((_, of) => done(of)));
    video.currentTime = moment;
    times.push((await there).mediaTime);
    pencil.drawImage(video, 0, 0);
    colours.push([...pencil.getImageData(20, 20, 1, 1).data].slice(0, 3));
  }
  video.currentTime = 0;
  const over = told('ended');
  video.playbackRate = 4;
  await video.play();
  await over;
  return [video.duration, canvas.width, canvas.height, colours, times, video.currentTime];
}"""


async def until(film: Film, reached: Callable[[Film], bool]) -> None:
    """Wait until a film is as far as that."""
    async with asyncio.timeout(SECONDS):
        while not reached(film):  # noqa: ASYNC110 - a film tells nobody how far it is
            await asyncio.sleep(0.02)


async def until_looked(film: Film) -> None:
    """Wait for a look that was begun from now on."""
    looks = film.looks
    await until(film, lambda one: one.looks > looks + 1)


def read(film: Film) -> list[str]:
    return [words_read_of(still.path) for still in film.stills]


def shows(text: str, value: str) -> bool:
    """Whether a text that was read shows a value, letters that look alike taken for each other."""
    needles = Needles()
    needles.add("value", value)
    return seen_in(text, value) or bool(needles.labels_seen(text))


def words_read_of(webp: Path) -> str:
    words = "".join(words_in(webp.read_bytes(), SECONDS))
    return re.sub(r"\s+", "", words).lower()


async def sign_in(session: Session, site: Site, film: Film) -> None:
    """Sign in by hand, slowly, with the password shown and the name echoed."""
    secret = session.secrets["MANAGEMENT_LOGIN"]
    await session.page.goto(site.url("one-page"))
    await until_looked(film)
    for name in ("username", "password"):
        field = await session.page.wait_for_selector(f"#{name}")
        await session.keyboard.type_field(field, secret, name)
    await session.page.evaluate("document.querySelector('#password').type = 'text'")
    await until(film, lambda one: "a secret was typed" in one.shows)
    await session.page.locator("#password").press("Enter")
    await session.page.get_by_text("Signed in as").wait_for()
    await until_looked(film)


async def test_a_film_of_a_sign_in_shows_no_value_and_says_when_it_shows_nothing(
    open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account, record=False) as session:
        async with filming(session, wanted=True) as film:
            assert film is not None
            await sign_in(session, site, film)
        seen = read(film)
    assert "signin" in seen[1], "before anything is typed the page is shown"
    assert any("asecretwastypedintothispage" in text for text in seen)
    assert "goodmorning" in seen[-1], "and it is shown again when that page is gone"
    for value in (account.username, account.password):
        assert not any(shows(text, value) for text in seen)


async def test_without_masks_the_same_film_can_be_read(
    open_session: Opener, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpainted(shot: bytes, _boxes: object, *size: object) -> tuple[bytes, int, int]:
        return painted(shot, (), *size)

    painted = camera_module._PAINTERS["webp"]
    monkeypatch.setattr(camera_module, "_PAINTERS", {"webp": unpainted})
    account = site.new_account()
    async with open_session(account, record=False) as session:
        async with filming(session, wanted=True) as film:
            assert film is not None
            await sign_in(session, site, film)
        assert any(shows(text, account.username) for text in read(film))


async def test_a_page_that_a_person_has_or_that_may_show_no_picture_is_not_filmed(
    open_session: Opener, site: Site
) -> None:
    async with open_session(Account(WORD, "x" * 12), record=False) as session:
        async with filming(session, wanted=True) as film:
            assert film is not None
            await session.page.goto(f"{site.origin}/surfaces?u=nothing&only=title")
            await until_looked(film)
            async with session.unrecorded():
                await until(film, lambda one: "a person" in one.shows)
            await session.page.goto(f"{site.origin}/wide?n=4100")
            await until(film, lambda one: "4000" in one.shows)
        seen = read(film)
    assert "apersonhasthebrowser" in seen[2]
    assert "morethan4000elements" in seen[-1]


async def test_pages_that_come_and_go_quickly_leave_nothing_of_the_last_one(
    open_session: Opener, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_module, "_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(film_module, "_REST_FOR_WORK", 0.0)
    async with open_session(Account(WORD, "x" * 12), record=False) as session:
        async with filming(session, wanted=True) as film:
            assert film is not None
            for turn in range(4):
                for shown in (f"u={WORD}&only=text,title", "u=nothing&only=title"):
                    looks = film.looks
                    await session.page.goto(f"{site.origin}/surfaces?{shown}&n={turn}")
                    # one look began while the page came; in each other turn there is a whole one
                    await until(film, lambda one, enough=looks + turn % 2: one.looks > enough)
        seen = read(film)
    assert sum("seemytitle" in text for text in seen) > 1
    assert not any(shows(text, WORD) for text in seen)


async def test_a_browser_plays_a_film_to_its_end_and_finds_every_picture(
    open_session: Opener, tmp_path: Path
) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "kept").mkdir()
    raw, stills = film_in(tmp_path / "raw", length=2500)
    with RunSecrets(()) as nothing:
        artifact = publish_now(raw, tmp_path / "kept", nothing, pictures=stills)
    film = base64.b64encode(artifact.path.read_bytes()).decode()
    async with open_session(record=False) as session:
        await session.page.goto("about:blank")
        moments = [0.7, 1.9, 2.2, 0.4]
        played = await session.page.evaluate(_PLAYED, [film, moments])
    duration, width, height, colours, times, ended = played
    assert times == pytest.approx([0.5, 1.2, 2.0, 0.0])
    assert duration == pytest.approx(2.5)
    assert ended == pytest.approx(2.5, abs=0.1)
    assert (width, height) == CANVAS
    lime, blue, said, red = colours
    assert [max(range(3), key=one.__getitem__) for one in (red, lime, blue)] == [0, 1, 2]
    assert max(said) < 80


@pytest.mark.parametrize(
    ("video", "broken", "kept"),
    [("only-on-failure", False, False), ("only-on-failure", True, True)],
)
async def test_a_run_keeps_its_film_as_it_was_asked(
    tmp_path: Path, site: Site, video: str, *, broken: bool, kept: bool
) -> None:
    nowhere = {"type": "click", "target": {"css": "#nowhere"}, "timeout": 0.2}
    steps = [{"type": "goto", "url": f"{site.origin}/playground"}, *([nowhere] if broken else [])]
    report = await Bench(tmp_path).run(*steps, video=video)
    assert (report.status == "failed") == broken
    films = [line for line in report.artifacts if line.kind == "video"]
    assert [line.state for line in films] == ["kept"] * kept
    assert all(line.path.endswith("video.webm") for line in films)


async def test_a_run_without_a_page_has_no_film(tmp_path: Path) -> None:
    report = await Bench(tmp_path).run({"type": "set", "save_as": "a", "value": 1}, video="on")
    assert report.outcome == "passed"
    assert [line.kind for line in report.artifacts if line.kind == "video"] == []


async def test_a_film_that_grows_too_large_says_where_it_ends(
    open_session: Opener, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_module, "MOST_STILLS", 2)
    async with open_session(record=False) as session:
        async with filming(session, wanted=True) as film:
            assert film is not None
            await session.page.goto(f"{site.origin}/playground")
            await until(film, lambda one: len(one.stills) > 2)
        assert len(film.stills) == 3
        assert "the film ends here" in film.shows
        assert len(film.raw()) == 1
