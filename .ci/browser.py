"""Find a browser for this checkout, and get one where there is none.

Looks where the runner itself looks; then tries Playwright's own download, then Debian's package
(installed as root, unpacked into the user's cache folder otherwise). Prints the executable's path
on standard output and what was tried on standard error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from agent.browser.find import find_browser, unpacked_browser
from agent.errors import BrowserMissing

PACKAGE = "chromium-headless-shell"
DOWNLOAD_SECONDS = 180


def say(text: str) -> None:
    """Tell a person what the set-up does."""
    sys.stderr.write(f"set-up: {text}\n")


def attempt(*command: str, folder: Path | None = None, seconds: float = 600) -> bool:
    """Run one command quietly; tell whether it came to a good end in time."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands of this file
            command,
            cwd=folder,
            check=False,
            timeout=seconds,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def playwright_download() -> bool:
    """Fetch the browser this Playwright was built with."""
    return attempt(
        sys.executable, "-m", "playwright", "install", "--only-shell", "chromium",
        seconds=DOWNLOAD_SECONDS,
    )  # fmt: skip


def debian_package() -> bool:
    """Install the package, as root."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    return attempt("apt-get", "update") and attempt("apt-get", "install", "-y", PACKAGE)


def debian_unpacked() -> bool:
    """Unpack the package without root; its shared libraries must be on the machine already."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        return False
    target = unpacked_browser().parents[3]
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return attempt("apt-get", "download", PACKAGE, "chromium-common", folder=folder) and all(
            attempt("dpkg", "-x", str(package), str(target)) for package in folder.glob("*.deb")
        )


WAYS = {
    "Playwright's own download": playwright_download,
    f"Debian's {PACKAGE} (as root)": debian_package,
    f"Debian's {PACKAGE} unpacked into the cache folder": debian_unpacked,
}


def main() -> int:
    """Print the browser's path; the exit code is the error's own where there is none."""
    named = os.environ.get("RUNNER_BROWSER")
    for way in [None, *WAYS]:
        if way is not None:
            say(f"no browser yet; trying {way}")
            if not WAYS[way]():
                continue
        try:
            found = find_browser(Path(named) if named else None, headed=False)
        except BrowserMissing as error:
            last = error
            continue
        say(f"browser: {found.path} ({found.source})")
        sys.stdout.write(f"{found.path}\n")
        return 0
    say(f"{last.message} {last.hint}")
    return last.exit_code


if __name__ == "__main__":
    sys.exit(main())
