"""Film a run: pictures of the page it works in, masked like all others, a few a second.

Playwright's own video cannot be masked, so there is none. From the first character of a secret
until the document it was typed into is gone, the film shows a plain picture that says so; also
where the camera gives no picture, and while a person has the browser.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from agent.artifacts.archive import write_private
from agent.artifacts.camera import Camera, Form
from agent.artifacts.raw import Picture, RawArtifact
from agent.registry import Table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from agent.browser.session import Session

MOST_BYTES = 48 * 1024 * 1024
MOST_STILLS = 6_000
NAME = "video.webm"

_PAUSE_SECONDS = 0.2
# A look at a page takes part of a processor: the run is to have most of it.
_REST_FOR_WORK = 1.5
_MISSES = 3
_NOTHING_YET = "no page is shown yet"
_TYPED = "a secret was typed into this page, which is hidden until it is gone"
_GIVEN_AWAY = "a person has the browser"
_EMPTY = "about:blank"
_TOO_LONG = "the film ends here: it would be larger than a film may be"

_STILLS: Table[Callable[..., bytes]] = Table("agent.artifacts", {"notice": "stills:notice"})


class Film:
    """One film: ``stills`` in order, each shown until the next; made by ``filming`` alone.

    ``shows`` is what the last one says, nothing where it shows a page; ``looks`` counts the times
    the page was looked at.
    """

    def __init__(self, session: Session, canvas: tuple[int, int]) -> None:
        self._session = session
        self._canvas = canvas
        self._camera = Camera(session, form=Form("webp", canvas))
        self._folder = session.folder.sub("pictures")
        self._began = time.monotonic()
        self._length = 0
        self._size = 0
        self._misses = 0
        self._typings = session.typed_into.typings
        self._over = asyncio.Event()
        self.shows = ""
        self.looks = 0
        self.stills: list[Picture] = []
        self._times: list[int] = []

    async def roll(self) -> None:
        """Take pictures until ``stop``, and one more; never raises for what a page does."""
        await self._say(_NOTHING_YET)
        while not (self._over.is_set() or self._is_full()):
            started = time.monotonic()
            await self._take()
            self.looks += 1
            rest = max(_PAUSE_SECONDS, (time.monotonic() - started) * _REST_FOR_WORK)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), rest)
        if self._is_full():
            await self._say(_TOO_LONG)
        else:
            await self._take()
        self._length = self._at(time.monotonic())

    def stop(self) -> None:
        """Ask for the last picture."""
        self._over.set()

    def raw(self) -> list[RawArtifact]:
        """The film as it lies in the private folder; nothing where no page was ever shown."""
        if len(self.stills) <= 1:
            return []
        content = {
            "size": self._canvas,
            "length": max(self._length, self._times[-1] + 1),
            "stills": [
                {"at": at, "file": picture.path.name}
                for at, picture in zip(self._times, self.stills, strict=True)
            ],
        }
        path = self._folder / f"{uuid4().hex}.json"
        write_private(path, json.dumps(content).encode())
        return [RawArtifact("video", path, NAME)]

    async def _take(self) -> None:
        session = self._session
        page, typings = session.page, session.typed_into.typings
        if session.given_away:
            await self._say(_GIVEN_AWAY)
        elif typings != self._typings or page in session.typed_into:
            # said also of a page that is gone by now: what was there before shows no longer
            await self._say(_TYPED, self._at(session.typed_into.since))
            self._typings = typings
        elif page.url != _EMPTY:
            at = self._at(time.monotonic())
            picture = await self._camera.capture("film")
            if typings == session.typed_into.typings and page is session.page:
                await self._taken(at, picture)
            else:
                _forget(picture)

    async def _taken(self, at: int, picture: Picture | None) -> None:
        """Keep it, or say why there is none, unless the page only went away meanwhile."""
        if self._session.given_away:
            _forget(picture)
        elif picture is not None:
            self._misses = 0
            self._keep(at, picture)
        else:
            self._misses += 1
            if self._misses >= _MISSES:
                await self._say(self._camera.dropped[-1].reason)

    async def _say(self, reason: str, at: int | None = None) -> None:
        step = self._session.secrets.redactor.redact_text(self._session.step)
        lines = (f"No picture here: {reason}.", *((f"step: {step}",) if step else ()))
        if self.stills and self.shows == "".join(lines):
            return
        shown_from = self._at(time.monotonic()) if at is None else at
        webp = await asyncio.to_thread(partial(_STILLS["notice"], lines, self._canvas))
        path = self._folder / f"{uuid4().hex}.webp"
        try:
            write_private(path, webp)
        except OSError:
            # there is no room for any further picture: what was shown so far is the film
            self._size = MOST_BYTES
            return
        digest = hashlib.sha256(webp).hexdigest()
        self._keep(shown_from, Picture(path, "film", shown_from, *self._canvas, digest))
        self.shows = "".join(lines)

    def _keep(self, at: int, picture: Picture) -> None:
        """Put a picture into the film, unless the one before it is the same."""
        if self.stills and self.stills[-1].sha256 == picture.sha256:
            _forget(picture)
            return
        self.shows = ""
        self._size += picture.path.stat().st_size
        self.stills.append(picture)
        self._times.append(max(at, self._times[-1] + 1) if self._times else 0)

    def _is_full(self) -> bool:
        return self._size >= MOST_BYTES or len(self.stills) >= MOST_STILLS

    def _at(self, moment: float) -> int:
        """How many milliseconds into the film a moment of ``time.monotonic`` is."""
        return round((moment - self._began) * 1000)


@asynccontextmanager
async def filming(session: Session, *, wanted: bool) -> AsyncIterator[Film | None]:
    """Film what happens inside, if it is wanted and there is a page to be filmed."""
    if not wanted:
        yield None
        return
    size = session.page.viewport_size or {"width": 1280, "height": 720}
    # VP8 stores colours for squares of two by two
    film = Film(session, (size["width"] // 2 * 2, size["height"] // 2 * 2))
    rolling = asyncio.create_task(film.roll())
    try:
        yield film
    finally:
        film.stop()
        await rolling


def _forget(picture: Picture | None) -> None:
    if picture is not None:
        picture.path.unlink(missing_ok=True)
