"""A virtual screen, and a person at it: real keys, sent by the X server to the window."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.browser.find import look_for_browsers

if TYPE_CHECKING:
    from collections.abc import Iterator

# A headless shell, which is all that most tests need, opens no window.
_HAS_WINDOWS = any(tried.found for tried in look_for_browsers(headed=True))
HAS_SCREEN = shutil.which("Xvfb") is not None and _HAS_WINDOWS
_LOOKS = 5
HAS_PERSON = HAS_SCREEN and shutil.which("xdotool") is not None


@contextmanager
def virtual_screen() -> Iterator[str]:
    """Start Xvfb and give the name of its display; Xvfb says which number it took."""
    reading, writing = os.pipe()
    size = ["-screen", "0", "1280x900x24"]
    command = ["Xvfb", "-displayfd", str(writing), *size, "-nolisten", "tcp"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, pass_fds=[writing], stdout=quiet, stderr=quiet) as server:
        os.close(writing)
        with os.fdopen(reading) as told:
            name = f":{told.readline().strip()}"
        try:
            yield name
        finally:
            server.terminate()


@dataclass(frozen=True)
class Hands:
    """What a person does at a display."""

    display: str

    def look_at(self, title: str) -> None:
        """Wait until a window of this title is there, and turn to it."""
        words = ("search", "--sync", "--onlyvisible", "--name", title, "windowfocus", "--sync")
        # A window that goes away while all are looked through ends the search.
        for _ in range(_LOOKS - 1):
            with suppress(subprocess.CalledProcessError):
                self._do(*words)
                return
        self._do(*words)

    def type(self, text: str) -> None:
        """Type a text, letter by letter."""
        self._do("type", "--delay", "15", text)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other; they are called as X calls them."""
        self._do("key", "--delay", "30", *keys)

    def _do(self, *words: str) -> None:
        environ = os.environ | {"DISPLAY": self.display}
        subprocess.run(["xdotool", *words], env=environ, check=True, timeout=60)
