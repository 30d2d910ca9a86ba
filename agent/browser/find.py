"""Find a browser to run, in a fixed order, and remember what was tried."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import BrowserMissing, DisplayMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PLAYWRIGHTS = {
    ("chromium", "linux", "x64"): "chrome-linux64/chrome",
    ("chromium", "linux", "arm64"): "chrome-linux-arm64/chrome",
    ("chromium", "darwin", "x64"): (
        "chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing"
    ),
    ("chromium", "darwin", "arm64"): (
        "chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing"
    ),
    ("chromium-headless-shell", "linux", "x64"): (
        "chrome-headless-shell-linux64/chrome-headless-shell"
    ),
    ("chromium-headless-shell", "linux", "arm64"): (
        "chrome-headless-shell-linux-arm64/chrome-headless-shell"
    ),
    ("chromium-headless-shell", "darwin", "x64"): (
        "chrome-headless-shell-mac-x64/chrome-headless-shell"
    ),
    ("chromium-headless-shell", "darwin", "arm64"): (
        "chrome-headless-shell-mac-arm64/chrome-headless-shell"
    ),
}
_CHANNELS = {
    "linux": ("/opt/google/chrome/chrome", "/opt/microsoft/msedge/msedge"),
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
}
_ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_UNPACKED = Path("usr", "lib", "chromium", "chromium-headless-shell")
_HINT = "Install one: `make setup`, or `apt-get install chromium-headless-shell` on Debian."


@dataclass(frozen=True, slots=True)
class Tried:
    """One place that was looked at; ``source`` says in words why."""

    source: str
    path: str
    found: bool


@dataclass(frozen=True, slots=True)
class FoundBrowser:
    """The browser to start, and all that was looked at until it was found."""

    path: Path
    source: str
    tried: tuple[Tried, ...]


def find_browser(
    explicit: Path | None = None,
    *,
    headed: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> FoundBrowser:
    """Return the first browser of the order; an explicit path is the only candidate.

    The order: the explicit path, Playwright's own download, Chrome's and Edge's usual places, then
    ``PATH``, then what the set-up unpacked. Headless prefers a headless shell, which starts faster
    and keeps fewer files. Raises ``BrowserMissing``, or ``DisplayMissing`` when a headed one has
    nowhere to appear.
    """
    if headed:
        require_display(environ)
    tried = look_for_browsers(explicit, headed=headed, environ=environ)
    if tried and tried[-1].found:
        return FoundBrowser(Path(tried[-1].path), tried[-1].source, tried)
    if explicit is not None:
        raise BrowserMissing(f"no browser can be started at {explicit}", hint=_HINT)
    raise BrowserMissing(
        f"no Chromium was found in {len(tried)} places", hint=f"{_HINT} Tried: `runner doctor`."
    )


def look_for_browsers(
    explicit: Path | None = None,
    *,
    headed: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> tuple[Tried, ...]:
    """Return the places looked at, in order, up to the first hit: only the last may be found."""
    tried: list[Tried] = []
    for source, path in _candidates(explicit, environ, headed=headed):
        tried.append(Tried(source, path, _is_program(path)))
        if tried[-1].found:
            break
    return tuple(tried)


def require_display(environ: Mapping[str, str] = os.environ) -> None:
    """Raise ``DisplayMissing`` where a window could not appear."""
    if sys.platform != "linux" or environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return
    raise DisplayMissing(
        "a headed browser needs a display, and DISPLAY is not set",
        hint="Run it in a virtual one: xvfb-run -a runner run … --headed  (Debian package: xvfb)",
    )


def _candidates(
    explicit: Path | None, environ: Mapping[str, str], *, headed: bool
) -> Iterator[tuple[str, str]]:
    if explicit is not None:
        yield "the path given", str(explicit)
        return
    kinds = ("chromium",) if headed else ("chromium-headless-shell", "chromium")
    for kind in kinds:
        own = playwrights_own(kind, environ)
        if own is not None:
            yield f"Playwright's own {kind}", str(own)
    for path in _CHANNELS.get(sys.platform, ()):
        yield "the usual place", path
    for name in _ON_PATH if headed else ("chromium-headless-shell", *_ON_PATH):
        yield "PATH", shutil.which(name, path=environ.get("PATH")) or name
    if not headed:
        yield "unpacked by the set-up", str(unpacked_browser(environ))


def unpacked_browser(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the set-up unpacks Debian's headless shell for one who is not root."""
    return _cache(environ) / "slotrunner" / "chromium" / _UNPACKED


def _is_program(path: str) -> bool:
    return Path(path).is_absolute() and Path(path).is_file() and os.access(path, os.X_OK)


def playwrights_own(kind: str, environ: Mapping[str, str]) -> Path | None:
    """Return where Playwright would keep its own ``kind`` of browser, whether it is there or not.

    Read from Playwright's ``browsers.json`` without importing or starting Playwright, which costs
    more than the rest of the search. ``None`` on a platform Playwright has no build for.
    """
    inside = _PLAYWRIGHTS.get((kind, sys.platform, _machine()))
    spec = find_spec("playwright")
    if inside is None or spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent / "driver" / "package"
    listed = json.loads((package / "browsers.json").read_bytes())["browsers"]
    revisions = {entry["name"]: entry["revision"] for entry in listed}
    folder = f"{kind.replace('-', '_')}-{revisions[kind]}"
    return _downloads(package, environ) / folder / inside


def _downloads(package: Path, environ: Mapping[str, str]) -> Path:
    asked = environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if asked == "0":
        return package / ".local-browsers"
    if asked:
        return Path(asked).absolute()
    return _cache(environ) / "ms-playwright"


def _cache(environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return home / "Library" / "Caches"
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache")


def _machine() -> str:
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x64"
