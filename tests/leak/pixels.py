"""Row 21 of the matrix: what can be read, by OCR, in every picture and film of every login shape.

A sign-in goes through a shape as it does in a run, filmed, with a picture after each move: as the
page is, with every password field shown as text, and with what was typed repeated on the page. No
value may be read in any of them. With the masks switched off the same pictures show one, so that no
shape is empty. ``python -m tests.leak.pixels [--headed] [SHAPE …]`` does it; 1 when anything is
wrong. ``--headed`` needs a display: ``xvfb-run -a``.
"""

from __future__ import annotations

import asyncio
import random
import sys
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest import mock

from playwright.async_api import Error as PlaywrightError
from sqlalchemy import create_engine

from agent.artifacts import camera as cameras
from agent.artifacts.camera import Camera
from agent.artifacts.film import filming
from agent.artifacts.ocr import words_in
from agent.artifacts.paint import painted
from agent.artifacts.stills import still
from agent.browser import session as sessions
from agent.browser.typed import TypedInto
from agent.errors import RunnerError
from agent.login.account import Account
from agent.login.sign_in import Wish, sign_in
from agent.vault.keyslots.file import FileKey
from agent.vault.store import Vault
from agent.vault.tables import metadata
from fixtures.login_site.gallery import GALLERY
from fixtures.login_site.serving import running_site
from tests.integration.conftest import SLOT, Opener

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.artifacts.raw import Picture
    from agent.browser.session import Session
    from fixtures.login_site.accounts import Account as SiteAccount
    from fixtures.login_site.serving import Site

SECONDS = 20.0
READ_SECONDS = 120.0
# Letters that are read well, so that a shape without masks is never empty by misreading.
LETTERS = "acdefhkmnprtuvwxy"
TELLING = 8
SHOWN = """(shown) => {
  for (const field of document.querySelectorAll('input')) {
    if (shown && field.type === 'password') { field.type = 'text'; field.dataset.was = '1'; }
    else if (!shown && field.dataset.was) { field.type = 'password'; delete field.dataset.was; }
  }
}"""
ECHO = """(echo) => {
  document.querySelector('#the-echo')?.remove();
  if (!echo) return;
  const said = document.createElement('p');
  said.id = 'the-echo';
  said.style = 'position:fixed;left:9px;top:9px;z-index:99999;background:white;color:black;' +
    'font:20px sans-serif;margin:0';
  const values = [...document.querySelectorAll('input')].map((field) => field.value);
  said.textContent = values.filter((value) => value.length > 7).join(' and ');
  document.body.append(said);
}"""


@dataclass(slots=True)
class Looked:
    """What was photographed of one shape, and what could be read in it; values by their labels."""

    name: str
    pictures: list[Picture] = field(default_factory=list)
    stills: list[Picture] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    dropped: int = 0


@contextmanager
def unmasked() -> Iterator[None]:
    """Switch off what hides values in pictures: the sheet, the paint and the plain pictures."""

    def plain(shot: bytes, _boxes: object, width: float) -> tuple[bytes, int, int]:
        return painted(shot, (), width)

    def plain_still(shot: bytes, _boxes: object, width: float, canvas: tuple[int, int]) -> Any:
        return still(shot, (), width, canvas)

    forms = {"jpeg": plain, "webp": plain_still}
    with (
        mock.patch.object(cameras, "_PAINTERS", forms),
        mock.patch.object(sessions, "MASK_SCRIPT", ""),
        mock.patch.object(TypedInto, "note"),
    ):
        yield


async def photographed(
    opener: Opener,
    site: Site,
    name: str,
    *,
    most: int | None = None,
    every: int = 1,
    **options: Any,
) -> Looked:
    """Sign in at a shape with a camera at hand, and read every picture.

    ``most`` ends the reading after so many values; of the pictures one in ``every`` is read.
    """
    shape, looked = GALLERY[name], Looked(name)
    account = account_for(site, shape.digits)
    places = {"site": site.origin, "provider": site.provider}
    origins = [places[one] for one in shape.origins] or [site.origin]
    wish = Wish(**({"timeout": SECONDS} | shape.wish))
    async with opener(account, origins=origins, record=False, **options) as session:
        camera = Camera(session)

        async def after_move(_words: str) -> None:
            await around(session, camera)

        async with filming(session, wanted=True) as film:
            with suppress(RunnerError):
                async with asyncio.timeout(SECONDS * 3):
                    held = Account(session.secrets[SLOT])
                    address = site.url(name)
                    await sign_in(session, held, url=address, after_move=after_move, wish=wish)
            await camera.capture("at the end")
        looked.pictures, looked.stills = camera.frames, film.stills if film else []
        looked.dropped = len(camera.dropped)
        found = islice(labels_in(looked, session, every), most)
        looked.read = await asyncio.to_thread(list, found)
    return looked


def account_for(site: Site, digits: int = 6) -> SiteAccount:
    """Open an account whose name and password are read well."""
    letters = random.choices(LETTERS, k=22)  # noqa: S311 - made-up values
    name, password = "".join(letters[:10]), "".join(letters[10:])
    return site.new_account(username=name, password=f"{password}-A4", digits=digits)


async def around(session: Session, camera: Camera) -> None:
    """Take three pictures: as it is, with passwords shown, with what was typed repeated."""
    await camera.capture("as it is")
    for script in (SHOWN, ECHO):
        await on_page(session, script, shown=True)
        await camera.capture("shown")
        await on_page(session, script, shown=False)


async def on_page(session: Session, script: str, *, shown: bool) -> None:
    """Change every frame of the page; one that went away meanwhile is no matter."""
    for frame in session.page.frames:
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(2):
                await frame.evaluate(script, shown)


def labels_in(looked: Looked, session: Session, every: int = 1) -> Iterator[str]:
    """The labels of values that can be read in the pictures, each picture read once."""
    needles = session.secrets.needles
    pictures = {one.sha256: one for one in (*looked.pictures, *looked.stills)}
    for picture in list(pictures.values())[::every]:
        for words in words_in(picture.path.read_bytes(), READ_SECONDS):
            labels = needles.labels_seen(words, least=TELLING) | needles.labels_in(words.encode())
            yield from (f"{picture.name}: {label}" for label in labels)


@contextmanager
def opener_in(folder: Path, site: Site) -> Iterator[Opener]:
    """A vault of its own, and browsers that hold what is in it."""
    engine = create_engine(f"sqlite:///{folder / 'vault.db'}", hide_parameters=True)
    metadata.create_all(engine)
    with ExitStack() as stack:
        yield Opener(Vault(engine, FileKey(folder / "keys")), site.origin, stack)
    engine.dispose()


async def wrong_shapes(names: Sequence[str], opener: Opener, site: Site, **options: Any) -> int:
    """Look at shapes with and without masks; say what is wrong, and how many are."""
    wrong = pictures = 0
    for name in names:
        masked = await photographed(opener, site, name, **options)
        with unmasked():
            bare = await photographed(opener, site, name, most=1, **options)
        pictures += len(masked.pictures) + len(masked.stills)
        typed_nothing = GALLERY[name].ends["right"].startswith(("origin_refused", "timeout"))
        empty = not bare.read and not typed_nothing
        wrong += bool(masked.read) + empty
        told = f"LEAK {masked.read}" if masked.read else "EMPTY" if empty else "clean"
        control = "a value" if bare.read else "nothing"
        sys.stdout.write(
            f"{name}: {told}, {len(masked.pictures)} pictures, {len(masked.stills)} of the film,"
            f" {masked.dropped} not taken; without masks {control} is read\n"
        )
        sys.stdout.flush()
    sys.stdout.write(f"{len(names)} shapes, {pictures} pictures, {wrong} wrong\n")
    return wrong


def main() -> int:
    """Look at every shape, or at those named; 1 when anything is wrong."""
    names = [word for word in sys.argv[1:] if not word.startswith("-")] or list(GALLERY)
    options = {"headed": "--headed" in sys.argv}
    with (
        TemporaryDirectory() as folder,
        running_site() as site,
        opener_in(Path(folder), site) as opener,
    ):
        wrong = asyncio.run(wrong_shapes(names, opener, site, **options))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
