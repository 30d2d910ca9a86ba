"""What a run keeps besides trace, pictures and report, when it is asked to.

Each is made raw in the run's private folder, from the recording or from the page, and goes the way
of every artifact: its kind's cleaner, the gate, and only then the destination.
"""

from __future__ import annotations

import asyncio
import base64
import json
import zipfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from agent.artifacts.archive import open_private, write_private
from agent.artifacts.bodies import LARGEST_BODY
from agent.artifacts.foreign import Foreign
from agent.artifacts.json_stream import lines_of
from agent.artifacts.leavings import DOWNLOAD
from agent.artifacts.raw import RawArtifact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from agent.browser.session import Session

RECORDED = frozenset({"console", "har", "websocket"})
_SECONDS = 5.0
_BROWSER = {"name": "slotrunner", "version": "1"}


async def from_page(session: Session, wanted: frozenset[str]) -> list[RawArtifact]:
    """Take what only the open browser has: the page's HTML, its aria snapshot, its downloads.

    What the page does not give in time is left out.
    """
    folder = session.folder.sub("raw")
    found: list[RawArtifact] = []
    for name, read in (("html", _html), ("aria", _aria)):
        if name in wanted:
            with suppress(PlaywrightError, TimeoutError):
                async with asyncio.timeout(_SECONDS):
                    text = await read(session)
                if _is_for_others(session, text):
                    continue
                kind, file = _PAGE_FILES[name]
                write_private(folder / file, text.encode("utf-8", "replace"))
                found.append(RawArtifact(kind, folder / file, file))
    if "download" in wanted:
        found += await _downloads(session)
    return found


def from_recordings(
    recordings: Sequence[Path], folder: Path, wanted: frozenset[str]
) -> list[RawArtifact]:
    """Make what the recording, in one part or more, holds already: HAR, console log, messages."""
    found = []
    with ExitStack() as stack:
        parts = _Parts([stack.enter_context(zipfile.ZipFile(path)) for path in recordings])
        for name, (kind, file, make) in _FROM_RECORDING.items():
            path = folder / f"raw-{file}"
            if name in wanted and _written(path, make(parts)):
                found.append(RawArtifact(kind, path, file))
    return found


def _written(path: Path, content: Iterable[bytes]) -> bool:
    """Write what there is, piece by piece; whether there was anything."""
    with open_private(path) as out:
        for piece in content:
            out.write(piece)
    if path.stat().st_size:
        return True
    path.unlink()
    return False


def _is_for_others(session: Session, text: str) -> bool:
    """Whether the page shows a value that is not for its origin: then nothing of it is kept."""
    labels = {
        found.label for found in session.secrets.redactor.find(text.encode("utf-8", "replace"))
    }
    return Foreign(session.secrets).shows_at(session.page.url, labels)


async def _html(session: Session) -> str:
    # not Playwright's own call, which the recording would hold
    cdp = await session.cdp(session.page)
    document = await cdp.send("DOM.getDocument", {"depth": 0})
    node = {"nodeId": document["root"]["nodeId"]}
    return str((await cdp.send("DOM.getOuterHTML", node))["outerHTML"])


async def _aria(session: Session) -> str:
    return await session.page.locator("body").aria_snapshot(timeout=_SECONDS * 1000)


async def _downloads(session: Session) -> list[RawArtifact]:
    found = []
    for download in session.downloads:
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(_SECONDS):
                path = await download.path()
            found.append(RawArtifact(DOWNLOAD, path, download.suggested_filename))
    return found


@dataclass(frozen=True, slots=True)
class _Parts:
    """The members of a recording's parts, read when asked for."""

    archives: Sequence[zipfile.ZipFile]

    def events(self, suffix: str) -> Iterator[dict[str, Any]]:
        for archive in self.archives:
            for name in sorted(archive.namelist()):
                if name.endswith(suffix):
                    with archive.open(name) as member:
                        yield from map(json.loads, lines_of(member))

    def names(self, suffix: str) -> list[str]:
        return sorted({n for one in self.archives for n in one.namelist() if n.endswith(suffix)})

    def body(self, name: str) -> bytes:
        for archive in reversed(self.archives):
            if name in archive.namelist():
                fits = archive.getinfo(name).file_size <= LARGEST_BODY
                return archive.read(name) if fits else b""
        return b""


def _har(parts: _Parts) -> Iterator[bytes]:
    entries = (event["snapshot"] for event in parts.events(".network") if "snapshot" in event)
    head = json.dumps({"version": "1.2", "creator": _BROWSER, "pages": []})[:-1]
    yield f'{{"log": {head}, "entries": ['.encode()
    for number, entry in enumerate(entries):
        content = entry.get("response", {}).get("content", {})
        body = parts.body(str(content.pop("_file", "")))
        if body:
            content |= {"text": base64.b64encode(body).decode(), "encoding": "base64"}
        yield (",\n" if number else "").encode() + json.dumps(entry).encode()
    yield b"]}}"


def _console(parts: _Parts) -> Iterator[bytes]:
    for event in parts.events(".trace"):
        if event.get("type") == "console" or event.get("method") == "pageError":
            yield json.dumps(event).encode() + b"\n"


def _messages(parts: _Parts) -> Iterator[bytes]:
    for name in parts.names(".jsonl"):
        yield parts.body(name)


_PAGE_FILES = {"html": ("page_html", "page.html"), "aria": ("aria_snapshot", "aria.yml")}
_FROM_RECORDING: dict[str, tuple[str, str, Callable[[_Parts], Iterator[bytes]]]] = {
    "har": ("har", "network.har", _har),
    "console": ("console_log", "console.jsonl", _console),
    "websocket": ("websocket", "websocket.jsonl", _messages),
}
