"""What the browser's processes may know of this one: next to nothing.

The node driver and Chromium get an allow-listed environment, so no key or passphrase of the runner
can be read from theirs, no ``DEBUG`` switch makes the driver print what it types, and every file
they make lands in the run's private folder.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import resource
import sys
import threading
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agent.vault.sourcing.surroundings import replaced_by

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from agent.browser.folder import PrivateFolder

_PASSED = frozenset(
    {
        "PATH", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "PLAYWRIGHT_NODEJS_PATH",
        "SystemRoot",
    }
)  # fmt: skip
_PASSED_HEADED = frozenset({"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"})
_PR_SET_DUMPABLE = 4
_PATCHING = threading.Lock()


def child_environment(
    parent: Mapping[str, str], folder: PrivateFolder, *, headed: bool
) -> dict[str, str]:
    """Return the environment for the driver and the browser: allow-listed, folders inside ours."""
    names = _PASSED | _PASSED_HEADED if headed else _PASSED
    kept = {name: value for name, value in parent.items() if name in names or name[:3] == "LC_"}
    if headed:
        # The X server's cookie stays where the user's home is; ours is empty.
        cookie = Path(parent.get("HOME", "/")) / ".Xauthority"
        kept.setdefault("XAUTHORITY", str(cookie))
        _pass_wayland_socket(parent, kept)
    home = folder.sub("home")
    places = {
        "HOME": home,
        "TMPDIR": folder.sub("tmp"),
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_DATA_HOME": home / ".local",
        "XDG_STATE_HOME": home / ".state",
        "XDG_RUNTIME_DIR": folder.sub("runtime"),
    }
    return kept | {name: str(path) for name, path in places.items()}


def _pass_wayland_socket(parent: Mapping[str, str], kept: dict[str, str]) -> None:
    display, runtime = parent.get("WAYLAND_DISPLAY"), parent.get("XDG_RUNTIME_DIR")
    if display and runtime:
        # Relative to XDG_RUNTIME_DIR, which is ours from here on.
        kept["WAYLAND_DISPLAY"] = str(Path(runtime) / display)


@asynccontextmanager
async def only_environment(environment: Mapping[str, str]) -> AsyncIterator[None]:
    """Make ``environment`` this process's own while the block runs, one block at a time.

    Playwright copies ``os.environ`` when it starts its driver and takes no other: so it is changed
    around that start alone, under a lock, and put back; ``surroundings`` gives this process's own
    meanwhile. Files made in the block are private.
    """
    # The holder may be a task of this same event loop, so this must not block.
    while not _PATCHING.acquire(blocking=False):  # noqa: ASYNC110  an Event belongs to one loop
        await asyncio.sleep(0.002)
    mask = os.umask(0o077)
    try:
        with replaced_by(environment):
            yield
    finally:
        os.umask(mask)
        _PATCHING.release()


def harden_process() -> None:
    """Keep this process's memory out of core dumps and away from other processes of this user.

    Sets the umask to 077 and the core size to 0 (inherited by the browser) and, on Linux, makes
    ``/proc/self/mem`` and ptrace unavailable to others. The command line calls it first thing.
    """
    os.umask(0o077)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with suppress(OSError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
