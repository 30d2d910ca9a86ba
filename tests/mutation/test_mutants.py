"""Each bound field, check and guard is taken out in turn; a named test must notice.

A mutant (``mutants.toml``) is the package with one piece of text replaced, in a copy; the test it
names must fail there, and passes in the copy as it is. No mutant may survive.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VAULT = "agent/vault"
UNIT = "tests/unit/vault"


@dataclass(frozen=True)
class Mutant:
    """``old`` of ``module`` becomes ``new``; the tests of the file ``test`` must fail then."""

    name: str
    module: str
    old: str
    new: str
    test: str


MUTANTS = [
    Mutant(**one)
    for one in tomllib.loads((Path(__file__).with_name("mutants.toml")).read_text("utf-8"))[
        "mutant"
    ]
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its unit tests that may be broken."""
    folder = tmp_path_factory.mktemp("mutants")
    without = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "agent", folder / "agent", ignore=without)
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=without)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def passes(folder: Path, tests: list[str]) -> bool:
    """Run these tests of the vault in the copy, on the copy."""
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
            *(f"{UNIT}/{test}" for test in tests),
        ],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    # 0: all passed; 1: some failed. Anything else is no answer.
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode == 0


@pytest.mark.slow
def test_the_named_tests_pass_on_the_copy_as_it_is(copy: Path) -> None:
    assert passes(copy, sorted({mutant.test for mutant in MUTANTS}))


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_noticed(copy: Path, mutant: Mutant) -> None:
    module = copy / VAULT / mutant.module
    text = module.read_text("utf-8")
    assert mutant.old in text, "the text to replace is gone: bring the mutant up to date"
    module.write_text(text.replace(mutant.old, mutant.new), "utf-8")
    try:
        assert not passes(copy, [mutant.test]), "the mutant survived"
    finally:
        module.write_text(text, "utf-8")
