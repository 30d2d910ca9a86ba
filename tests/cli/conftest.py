"""The real ``runner`` executable in a process of its own, with a data folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

EXECUTABLE = Path(sys.executable).parent / "runner"


@dataclass(frozen=True, slots=True)
class Said:
    """What one call said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def everything(self) -> str:
        return self.out + self.err

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    def fails_in_one_line(self, code: int) -> str:
        """Check that the call failed as a person should see it; gives the line."""
        assert self.code == code, self.everything
        errors = [line for line in self.err.splitlines() if not line.startswith("hint: ")]
        assert len(errors) == 1, self.err
        assert errors[0].startswith("error: ")
        assert "Traceback" not in self.everything
        return errors[0]


Call = Callable[..., Said]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of this user's own is seen."""
    places = ("HOME", "RUNNER_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR")
    made = {name: tmp_path / "places" / name.lower() for name in places}
    for path in made.values():
        path.mkdir(parents=True)
    passed = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return passed | {name: str(path) for name, path in made.items()}


@pytest.fixture
def call(environment: dict[str, str], tmp_path: Path) -> Call:
    """Call ``runner`` with arguments; ``piped`` goes to its standard input as JSON or as text."""

    def call_runner(*arguments: str | Path, piped: object = "", timeout: float = 60) -> Said:
        done = subprocess.run(
            [EXECUTABLE, *arguments],
            input=piped if isinstance(piped, str) else json.dumps(piped),
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
            timeout=timeout,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return call_runner


@pytest.fixture
def task_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a task with one login slot; keyword arguments replace its parts."""

    def write(**parts: Any) -> Path:
        task = {
            "name": "demo",
            "slots": {
                "ADMIN": {
                    "type": "login",
                    "fields": ["username", "password"],
                    "totp": "required",
                    "origins": ["https://hotel.example"],
                }
            },
            "steps": [
                {"type": "goto", "url": "https://hotel.example/login"},
                {"type": "sign_in", "slot": "ADMIN"},
            ],
        }
        path = tmp_path / "task.json"
        path.write_text(json.dumps(task | parts, indent=2), encoding="utf-8")
        return path

    return write


@pytest.fixture
def stored(call: Call) -> Callable[..., Any]:
    """Store a secret and give its card."""

    def store(
        name: str = "Hotel admin",
        kind: str = "login",
        origin: str = "https://hotel.example",
        **fields: str,
    ) -> Any:
        fields = fields or {"username": "ann", "password": "pw-1", "totp": "JBSWY3DPEHPK3PXP"}
        said = call(
            "secrets", "add", "--name", name, "--type", kind, "--origin", origin,
            "--stdin", "--json", piped=fields,
        )  # fmt: skip
        assert said.code == 0, said.err
        return said.document

    return store


def heading_behind_the_login(origin: str) -> list[dict[str, Any]]:
    """Give the steps that sign in with ADMIN and read the heading there."""
    return [
        {"type": "goto", "url": origin},
        {"type": "sign_in", "slot": "ADMIN"},
        {
            "type": "extract",
            "target": {"css": "h1"},
            "fields": {"text": {"css": ":scope"}},
            "save_as": "heading",
        },
    ]
