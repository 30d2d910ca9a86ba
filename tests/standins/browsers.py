"""Browsers on another machine, here on loopback: a Chromium of its own, and a Playwright server."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.browser.find import find_browser, playwrights_own

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_SPOKEN = re.compile(rb"istening on (ws://[^\s]+)")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A browser, or a server of browsers, that is not ours: where it is, and its process."""

    url: str
    process: subprocess.Popen[bytes]
    folder: Path

    def pages(self) -> list[str]:
        """List the pages and contexts that are open in a browser driven over CDP."""
        where, over_cdp, _ = self.url.replace("ws://", "http://").partition("/devtools")
        if not over_cdp:
            return []
        with urllib.request.urlopen(f"{where}/json/list") as answer:  # noqa: S310 - on loopback
            return [page["url"] for page in json.load(answer)]

    def wait_until_empty(self, seconds: float = 30.0) -> None:
        """Wait until no page is open and nothing lies in its temporary folder."""
        ends = time.monotonic() + seconds
        while self.pages() or list((self.folder / "tmp").glob("playwright*")):
            assert time.monotonic() < ends
            time.sleep(0.1)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all of its processes."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


@contextmanager
def chromium(folder: Path, switches: Sequence[str] = ()) -> Iterator[Elsewhere]:
    """Run a Chromium that is driven over CDP; ``url`` is its own socket."""
    path = str(find_browser().path)
    words = [path, "--remote-debugging-port=0", f"--user-data-dir={folder / 'profile'}", *switches]
    if os.geteuid() == 0:
        words.append("--no-sandbox")
    with _running(words, folder, dict(os.environ)) as browser:
        yield browser


@contextmanager
def playwright_server(folder: Path, *words: str) -> Iterator[Elsewhere]:
    """Run ``playwright run-server``; the browser it looks for is the one of this machine."""
    environ = dict(os.environ) | {"PLAYWRIGHT_BROWSERS_PATH": str(folder / "browsers")}
    expected = playwrights_own("chromium-headless-shell", environ)
    assert expected is not None
    expected.parent.mkdir(parents=True)
    expected.symlink_to(find_browser().path)
    server = [
        sys.executable,
        "-m",
        "playwright",
        "run-server",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
    ]
    with _running([*server, *words], folder, environ) as running:
        yield running


@contextmanager
def _running(words: Sequence[str], folder: Path, environ: dict[str, str]) -> Iterator[Elsewhere]:
    (folder / "tmp").mkdir(parents=True)
    said = folder / "said.txt"
    with said.open("wb") as out:
        process = subprocess.Popen(
            words,
            env=environ | {"TMPDIR": str(folder / "tmp"), "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = None
    try:
        running = Elsewhere(_address(process, said), process, folder)
        yield running
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    """Wait until it says where it listens."""
    while True:
        if (found := _SPOKEN.search(said.read_bytes())) is not None:
            return found[1].decode()
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
            raise AssertionError(said.read_text("utf-8", "replace"))
