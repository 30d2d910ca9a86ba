"""One real application: set up, started and stopped by its own scripts.

A case is a folder with ``case.json``, ``setup.sh``, ``start.sh`` and ``stop.sh``. What it installs
goes below ``APPS_ROOT`` and stays there, so a second call sets nothing up again.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("APPS_FOLDER", REPOSITORY.parent / "shared" / "apps"))
INSTALLED = Path(os.environ.get("APPS_ROOT", Path(tempfile.gettempdir()) / "slotrunner-apps"))
PERIOD = 30  # seconds of a code, in every one of them
SET_UP = 300  # seconds an application may take to be installed
START = 150


class NotToBeHad(Exception):
    """The application cannot be installed or started here; the text says why."""


def names() -> list[str]:
    """Name the applications that ``APPS`` asks for, all there are by default."""
    found = sorted(path.parent.name for path in FOLDER.glob("*/case.json"))
    wanted = os.environ.get("APPS", "").split()
    return [name for name in found if name in wanted] if wanted else found


@dataclass(frozen=True)
class App:
    """What ``case.json`` says of an application."""

    name: str
    case: dict[str, Any]

    @classmethod
    def of(cls, name: str) -> App:
        return cls(name, json.loads((FOLDER / name / "case.json").read_text("utf-8")))

    @property
    def has_totp(self) -> bool:
        return bool(self.case.get("totp_secret"))

    @property
    def origin(self) -> str:
        scheme, _, rest = str(self.case["url"]).partition("://")
        return f"{scheme}://{rest.partition('/')[0]}"

    @property
    def origins(self) -> list[str]:
        """Where the secret may go: the page's own origin, or what the case names."""
        return list(self.case.get("origins", [self.origin]))

    @property
    def tells_the_code_apart(self) -> bool:
        """Whether the site has words of its own for a wrong code."""
        wrong_code = self.case.get("totp_failure", {}).get("text")
        return bool(wrong_code) and wrong_code != self.case["failure"].get("text")

    def set_up(self) -> None:
        """Install it where it is not installed yet. Raises ``NotToBeHad``."""
        log = INSTALLED / "_logs" / f"{self.name}.setup.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        mark = INSTALLED / "_ready" / self.name
        if not mark.exists():
            self._script("setup.sh", log, SET_UP)
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()

    @contextmanager
    def running(self) -> Iterator[App]:
        """Start it, and stop it when the block ends. Raises ``NotToBeHad``."""
        self._script("start.sh", INSTALLED / "_logs" / f"{self.name}.start.log", START)
        try:
            yield self
        finally:
            self._script("stop.sh", INSTALLED / "_logs" / f"{self.name}.stop.log", START)

    def wait_for_an_unused_code(self) -> None:
        """Wait until no code of this moment was used by an earlier call of these tests."""
        used = INSTALLED / "_last_step" / self.name
        used.parent.mkdir(parents=True, exist_ok=True)
        last = int(used.read_text()) if used.exists() else -1
        time.sleep(max(0.0, (last + 1) * PERIOD - time.time()))
        # A code may be one of the next step, where this one is nearly over.
        used.write_text(str(int(time.time() + 6) // PERIOD))

    def _script(self, script: str, log: Path, seconds: float) -> None:
        """Run one of its scripts, which may install Python's and Debian's packages."""
        left_out = ("VIRTUAL_ENV", "PYTHONPATH")
        passed = {key: value for key, value in os.environ.items() if key not in left_out}
        with log.open("wb") as output:
            try:
                done = subprocess.run(
                    ["bash", FOLDER / self.name / script],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=passed | {"APPS_ROOT": str(INSTALLED)},
                    timeout=seconds,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise NotToBeHad(f"{script} took longer than {seconds:g} s; see {log}") from None
        if done.returncode:
            last = log.read_text("utf-8", errors="replace").strip().splitlines()[-1:]
            raise NotToBeHad(f"{script} failed: {' '.join(last)[:200]}; see {log}")
