"""Sign-ins that are photographed: the pictures of one shape, and what can be read in them."""

from __future__ import annotations

import asyncio
import hashlib
import io
import random
import subprocess
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

from PIL import Image
from playwright.async_api import Error as PlaywrightError
from sqlalchemy import create_engine

from agent.artifacts import camera as cameras
from agent.artifacts.camera import Camera
from agent.artifacts.film import filming
from agent.artifacts.ocr import reader
from agent.artifacts.paint import painted
from agent.artifacts.stills import still
from agent.browser import dressing
from agent.browser.typed import TypedInto
from agent.errors import RunnerError
from agent.login.account import Account
from agent.login.sign_in import Wish, sign_in
from agent.vault.keyslots.file import FileKey
from agent.vault.store import Vault
from agent.vault.tables import metadata
from fixtures.login_site.gallery import GALLERY
from tests.integration.conftest import SLOT, Opener

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agent.artifacts.raw import Picture
    from agent.browser.session import Session
    from agent.vault.needles import Needles
    from fixtures.login_site.accounts import Account as SiteAccount
    from fixtures.login_site.serving import Site

SECONDS = 20.0
READ_SECONDS = 600.0
# Letters that are read well, so that a shape without masks is never empty by misreading.
LETTERS = "acdefhkmnprtuvwxy"
TELLING = 8
# The first column of what tesseract says of a page.
PAGE, LINE, WORD = "1", "4", "5"
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
FAMILIES = ("as it is", "shown", "repeated", "film")


class Taken(NamedTuple):
    """One picture: of which family, and its bytes."""

    family: str
    content: bytes


@dataclass(slots=True)
class Looked:
    """What was photographed of one shape; ``needles`` know the values that must not be read.

    ``typed`` says whether a value was typed at all: some shapes get none.
    """

    name: str
    needles: Needles
    pictures: list[Taken] = field(default_factory=list)
    stills: list[Taken] = field(default_factory=list)
    dropped: int = 0
    typed: bool = False


class Reader:
    """Reads pictures, many in one go, and each with the same pixels once."""

    def __init__(self) -> None:
        self._words: dict[bytes, str] = {}
        self.asked = 0

    @property
    def read(self) -> int:
        """How many pictures were really read."""
        return len(self._words)

    def labels(self, looked: Looked, every: int = 1) -> list[str]:
        """The values that can be read, each after the family of its picture."""
        pictures = [*looked.pictures, *looked.stills][::every]
        told = zip(pictures, self._words_of(pictures), strict=True)
        return [f"{one.family}: {label}" for one, words in told for label in _in(words, looked)]

    def families(self, looked: Looked) -> list[str]:
        """The families in which a value can be read; the reading of each ends at the first."""
        rows = [
            [one for one in (*looked.pictures, *looked.stills) if one.family == family]
            for family in FAMILIES
        ]
        found: set[str] = set()
        for many in zip_longest(*rows):
            left = [one for one in many if one is not None and one.family not in found]
            told = zip(left, self._words_of(left), strict=True)
            found |= {one.family for one, words in told if _in(words, looked)}
        return [family for family in FAMILIES if family in found]

    def _words_of(self, many: Sequence[Taken]) -> list[str]:
        self.asked += len(many)
        plain = {_digest(picture): picture for picture in map(_plain, many)}
        new = {digest: picture for digest, picture in plain.items() if digest not in self._words}
        self._words.update(zip(new, _words_in(list(new.values())), strict=True))
        return [self._words[_digest(_plain(one))] for one in many]


def _in(words: str, looked: Looked) -> frozenset[str]:
    seen = looked.needles.labels_seen(words, least=TELLING)
    return seen | looked.needles.labels_in(words.encode())


def _plain(taken: Taken) -> Image.Image:
    with Image.open(io.BytesIO(taken.content)) as picture:
        return picture.convert("RGB")


def _digest(picture: Image.Image) -> bytes:
    return hashlib.sha256(repr(picture.size).encode() + picture.tobytes()).digest()


def _words_in(pictures: Sequence[Image.Image]) -> list[str]:
    """What is read in each, as the gate reads it; to start tesseract costs more than to read."""
    program = reader()
    assert program, "tesseract is not installed"
    if not pictures:
        return []
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number:04d}.png" for number in range(len(pictures))]
        for path, picture in zip(paths, pictures, strict=True):
            twice = picture.resize((picture.width * 2, picture.height * 2))
            twice.save(path, compress_level=1)
        many = Path(folder) / "pictures.txt"
        many.write_text("".join(f"{path}\n" for path in paths))
        done = subprocess.run(
            [program, str(many), "stdout", "--psm", "11", "tsv"],
            capture_output=True,
            check=True,
            timeout=READ_SECONDS * len(pictures),
            env={"OMP_THREAD_LIMIT": "1"},
        )
    pages = _pages(done.stdout.decode("utf-8", "replace"))
    assert len(pages) == len(pictures), "each picture is a page"
    return pages


def _pages(table: str) -> list[str]:
    """The words of each page, a line as it was found: a row is a page, a block … or a word."""
    pages: list[str] = []
    for row in table.splitlines()[1:]:
        level, *_, word = row.split("\t")
        if level == PAGE:
            pages.append("")
        elif level in (LINE, WORD):
            pages[-1] += "\n" if level == LINE else f" {word}"
    return pages


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
        mock.patch.object(dressing, "MASK_SCRIPT", ""),
        mock.patch.object(TypedInto, "note"),
    ):
        yield


async def photographed(opener: Opener, site: Site, name: str, **options: Any) -> Looked:
    """Sign in at a shape with a camera at hand."""
    shape = GALLERY[name]
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
            await camera.capture("as it is")
        looked = Looked(name, session.secrets.needles, dropped=len(camera.dropped))
        looked.typed = session.typed_into.typings > 0
        looked.pictures = taken(camera.frames)
        looked.stills = taken(film.stills if film else [])
    return looked


def taken(pictures: Iterable[Picture]) -> list[Taken]:
    """The pictures out of the private folder, which will be gone."""
    return [Taken(one.name, one.path.read_bytes()) for one in pictures]


def account_for(site: Site, digits: int = 6) -> SiteAccount:
    """Open an account whose name and password are read well."""
    letters = random.choices(LETTERS, k=22)  # noqa: S311 - made-up values
    name, password = "".join(letters[:10]), "".join(letters[10:])
    return site.new_account(username=name, password=f"{password}-A4", digits=digits)


async def around(session: Session, camera: Camera) -> None:
    """Take three pictures: as it is, with passwords shown, with what was typed repeated."""
    await camera.capture("as it is")
    for family, script in (("shown", SHOWN), ("repeated", ECHO)):
        await on_page(session, script, shown=True)
        await camera.capture(family)
        await on_page(session, script, shown=False)


async def on_page(session: Session, script: str, *, shown: bool) -> None:
    """Change every frame of the page; one that went away meanwhile is no matter."""
    for frame in session.page.frames:
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(2):
                await frame.evaluate(script, shown)


@contextmanager
def opener_in(folder: Path, site: Site) -> Iterator[Opener]:
    """A vault of its own, and browsers that hold what is in it."""
    engine = create_engine(f"sqlite:///{folder / 'vault.db'}", hide_parameters=True)
    metadata.create_all(engine)
    with ExitStack() as stack:
        yield Opener(Vault(engine, FileKey(folder / "keys")), site.origin, stack)
    engine.dispose()
