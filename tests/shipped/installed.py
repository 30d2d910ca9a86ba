"""Installs the wheel of this checkout outside of it, beside what its metadata asks for alone.

Packages are links to those of the tests' own environment, so that nothing is fetched: one the
metadata forgets is missing, as it would be for a user.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Installed:
    """A virtual environment, and the wheel that is or will be in it."""

    folder: Path
    wheel: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def runner(self) -> Path:
        return self.folder / "bin" / "runner"

    @property
    def packages(self) -> Path:
        return next((self.folder / "lib").glob("python3*/site-packages"))

    def with_package(self) -> Installed:
        """Install the wheel with pip."""
        _call(self.python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", self.wheel)
        return self


def prepared(folder: Path, extras: frozenset[str], *more: str) -> Installed:
    """Build the wheel, and an environment with what it declares; ``more`` are further packages."""
    wheels = folder / "wheels"
    _call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels, cwd=ROOT)
    _call(sys.executable, "-m", "venv", folder / "venv")
    (wheel,) = wheels.glob("*.whl")
    made = Installed(folder / "venv", wheel)
    (described,) = (
        entry for entry in zipfile.Path(wheel).iterdir() if entry.name.endswith(".dist-info")
    )
    linked: set[str] = set()
    for requirement in [*_wanted(PathDistribution(described), extras), *map(Requirement, more)]:
        _link(requirement, made.packages, linked)
    return made


def environment(home: Path) -> dict[str, str]:
    """Give the environment of a user who has nothing yet, and a data folder below ``home``."""
    passed = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    places = {"HOME": home, "RUNNER_HOME": home / "runner", "RUNNER_KEY_FILE": home / "keys/v.key"}
    return passed | {name: str(path) for name, path in places.items()}


def _wanted(found: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    for text in found.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": one}) for one in extras | {""}):
            yield requirement


def _link(requirement: Requirement, packages: Path, linked: set[str]) -> None:
    key = f"{requirement.name}[{','.join(sorted(requirement.extras))}]"
    if key in linked:
        return
    linked.add(key)
    found = distribution(requirement.name)
    for top in {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", ".")}:
        source, target = Path(str(found.locate_file(top))), packages / top
        if source.exists() and not target.exists():
            target.symlink_to(source)
    for inner in _wanted(found, frozenset(requirement.extras)):
        _link(inner, packages, linked)


def _call(*words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        words, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
