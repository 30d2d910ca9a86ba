"""Runs the suite of a made-up user in a process and a folder of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import playwright

from agent.browser.find import find_browser
from agent.settings import Settings
from agent.wiring import build

if TYPE_CHECKING:
    from agent.runner import Runner
    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site

SUITE = Path(__file__).parent / "suite"
NAMES = {"MANAGEMENT_LOGIN": "Hotel admin", "WITH_CODE": "Hotel desk"}
_BIND = "\n    ".join(f"{slot}={name}" for slot, name in NAMES.items())
_INI = f"""[pytest]
python_files = suite_*.py
runner_task = guests.json
runner_bind =
    {_BIND}
"""


@dataclass(frozen=True)
class Said:
    """How a suite ended: its exit code and all it printed."""

    code: int
    text: str


@dataclass(frozen=True)
class Child:
    """A user's project in ``folder``; ``places`` holds home, vault and temporary files."""

    folder: Path
    places: Path
    site: Site
    accounts: tuple[Account, Account]

    @classmethod
    def made(cls, tmp_path: Path, site: Site, password: str) -> Child:
        accounts = site.new_account(password=password, totp=False), site.new_account()
        child = cls(tmp_path / "project", tmp_path / "places", site, accounts)
        shutil.copytree(SUITE, child.folder, ignore=shutil.ignore_patterns("__pycache__"))
        (child.places / "tmp").mkdir(parents=True)
        (child.folder / "pytest.ini").write_text(_INI)
        admin, made_up = "MANAGEMENT_LOGIN", "MADE_UP"
        tasks = {"guests": ("Guests", admin), "wrong": ("Nowhere", admin)}
        for name, parts in (tasks | {"made-up": ("Made up", made_up)}).items():
            (child.folder / f"{name}.json").write_text(json.dumps(_task(*parts)))
        careless = child.places / "careless"
        careless.write_text(password, encoding="utf-8")
        _stand_in_for_ffmpeg(child.places)
        runner = child.runner()
        for account, name in zip(accounts, NAMES.values(), strict=True):
            fields = {"username": account.username, "password": account.password}
            fields |= {"totp": account.totp_key} if account.has_totp else {}
            runner.add_secret(name, "login", fields, [site.origin])
        return child

    def runner(self) -> Runner:
        """Build the runner of the user's own, as the next command would."""
        return build(Settings.load(self.environment(), self.folder))

    def environment(self) -> dict[str, str]:
        passed = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return passed | {
            "HOME": str(self.places),
            "TMPDIR": str(self.places / "tmp"),
            "RUNNER_HOME": str(self.places / "runner"),
            "RUNNER_KEY_FILE": str(self.places / "keys" / "vault.key"),
            "SITE": self.site.origin,
            "DESK": self.accounts[1].username,
            "CARELESS": str(self.places / "careless"),
            "BROWSER": str(find_browser().path),
        }

    def run(self, *words: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=170,
            check=False,
        )
        return Said(done.returncode, done.stdout)

    @property
    def canaries(self) -> dict[str, str]:
        """What must be found nowhere."""
        admin, desk = self.accounts
        return {
            "password": admin.password,
            "another password": desk.password,
            "totp key": desk.totp_key,
        }

    def tokens(self) -> dict[str, str]:
        """The sessions the site gave out, by what its log has of them."""
        sent = self.site.log.everything().decode("utf-8", "replace")
        given = set(re.findall(r"meridian_session=([\w.-]{8,})", sent))
        assert given
        return {f"session {number}": value for number, value in enumerate(sorted(given))}

    @property
    def looked_at(self) -> list[Path]:
        """Every folder the suite may have written to but the vault's key."""
        return [self.folder, self.places / "tmp", self.places / "runner"]


def _stand_in_for_ffmpeg(home: Path) -> None:
    """Put a program where Playwright looks for its own encoder: it keeps the pictures as they are.

    Playwright downloads that encoder, and a test that downloads fails with the network.
    """
    package = Path(playwright.__file__).parent / "driver" / "package"
    listed = json.loads((package / "browsers.json").read_bytes())["browsers"]
    [revision] = [one["revision"] for one in listed if one["name"] == "ffmpeg"]
    folder = home / ".cache" / "ms-playwright" / f"ffmpeg-{revision}"
    folder.mkdir(parents=True)
    name = "ffmpeg-mac" if sys.platform == "darwin" else "ffmpeg-linux"
    webm = "printf '\\032\\105\\337\\243'"
    script = f'#!/bin/sh\nfor last; do :; done\n{{ {webm}; cat; }} > "$last"\n'
    (folder / name).write_text(script)
    (folder / name).chmod(0o755)


def _task(heading: str, slot: str) -> dict[str, object]:
    return {
        "name": heading,
        "slots": {slot: {"type": "login", "origins": ["${inputs.site}"]}},
        "inputs": {"site": {}},
        "steps": [
            {"type": "sign_in", "slot": slot, "url": "${inputs.site}/login"},
            {"type": "goto", "url": "${inputs.site}/guests"},
            {
                "type": "expect",
                "target": {"role": "heading", "name": heading, "exact": True},
                "timeout": 3,
            },
            {
                "type": "extract",
                "target": {"css": "h1"},
                "fields": {"text": {"css": ":scope"}},
                "save_as": "headings",
            },
        ],
    }
