"""The script of set-up, on a made-up machine that has few programs and a package manager."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "setup"
TOOLS = ("sh", "cat", "cksum", "cmp", "dirname", "ls", "mkdir", "touch", "tr")
READ = ("uv.lock", "pyproject.toml", "requirements.lock", ".ci/setup", ".ci/browser.py")
PROGRAMS = {
    "tesseract-ocr": "tesseract",
    "xvfb": "Xvfb",
    "xauth": "xauth",
    "xdotool": "xdotool",
    "age": "age",
    "chromium": "chromium",
    "docker-compose": "docker-compose",
    "shellcheck": "shellcheck",
    "openssh-server": "sshd",
    "postgresql": "initdb",
}
APT = """#!/bin/sh
[ "$1" = update ] && exit 0
for package; do :; done
echo "$package" >> "$ASKED"
[ "$package" = "$CANNOT" ] && exit 100
case $package in
{cases}
esac
"""


class Machine:
    """A checkout whose packages and browser are there, and a folder of programs."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self.programs = folder / "checkout", folder / "bin"
        self.asked = folder / "asked"
        for place in (".ci", ".setup", ".venv/bin"):
            (self.checkout / place).mkdir(parents=True)
        for name in READ:
            (self.checkout / name).write_text("")
        shutil.copy(SCRIPT, self.checkout / ".ci" / "setup")
        self.program(self.checkout / ".venv/bin/runner", "")
        self.programs.mkdir()
        for name in TOOLS:
            (self.programs / name).symlink_to(shutil.which(name) or name)
        self.program(self.programs / "id", "echo 0")
        cases = "\n".join(
            f"{package}) : > {self.programs / name}; /bin/chmod 755 {self.programs / name} ;;"
            for package, name in PROGRAMS.items()
        )
        self.program(self.programs / "apt-get", APT.replace("{cases}", cases))
        (self.checkout / ".setup/browser").write_text(f"{sys.executable}\n")
        sums = subprocess.run(
            ["cksum", *READ], cwd=self.checkout, capture_output=True, text=True, check=True
        )
        (self.checkout / ".setup/stamp").write_text(f"{sums.stdout}{sys.executable}\n")

    def program(self, path: Path, text: str) -> None:
        path.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def set_up(self, wanted: str, cannot: str = "") -> str:
        """Call the script, without a package that cannot be had; gives what it said."""
        self.asked.write_text("")
        done = subprocess.run(
            [self.checkout / ".ci/setup", wanted],
            env={
                "PATH": str(self.programs),
                "PYTHON": sys.executable,
                "ASKED": str(self.asked),
                "CANNOT": cannot,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    if not os.access("/bin/chmod", os.X_OK):
        pytest.skip("the made-up package manager needs /bin/chmod")
    return Machine(tmp_path)


def test_a_package_that_cannot_be_had_keeps_no_other_away(machine: Machine) -> None:
    said = machine.set_up("test", cannot="tesseract-ocr")
    assert "not found: tesseract-ocr. The tests" in said
    assert all((machine.programs / name).exists() for name in ("xdotool", "age", "shellcheck"))


def test_what_lacks_is_tried_again_and_what_is_there_is_not(machine: Machine) -> None:
    machine.set_up("test", cannot="age")
    assert not (machine.checkout / ".setup/tests").exists()
    assert machine.set_up("test") == "set-up: installing age\n"
    assert machine.asked.read_text() == "age\n"
    assert machine.set_up("test") == ""
    assert machine.asked.read_text() == ""
