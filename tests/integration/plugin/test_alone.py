"""The plugin where it is not wanted, where pytest-playwright is missing, and wrongly used."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

ALONE = ("-p", "no:cacheprovider", "-p", "no:playwright", "-p", "no:hypothesispytest")
HEAVY = ("playwright", "sqlalchemy", "cryptography", "pydantic", "click", "agent.runner")


def pytest_says(folder: Path, source: str, *words: str) -> tuple[int, str]:
    (folder / "test_it.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *ALONE, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_suite_that_does_not_use_it_imports_nothing_of_it(tmp_path: Path) -> None:
    source = (
        f"import sys\ndef test_it():\n    assert not [n for n in {HEAVY} if n in sys.modules]\n"
    )
    code, said = pytest_says(tmp_path, source + "    assert 'agent.pytest_plugin' in sys.modules\n")
    assert code == 0, said
    assert "slotrunner:" not in said


def test_a_page_without_pytest_playwright_is_one_line(tmp_path: Path) -> None:
    code, said = pytest_says(tmp_path, "def test_it(logged_in_page): ...")
    assert code == 1
    assert "logged_in_page needs pytest-playwright" in said
    assert "without_pages.py" not in said


@pytest.mark.parametrize("words", ["MANAGEMENT_LOGIN", "=x", "A="])
def test_a_binding_that_is_none_stops_the_suite(tmp_path: Path, words: str) -> None:
    code, said = pytest_says(tmp_path, "def test_it(): ...", "--runner-bind", words)
    assert code == 4
    assert "ERROR: --runner-bind: write SLOT=NAME, the name of a secret" in said


def test_what_is_missing_is_told_in_one_line(tmp_path: Path) -> None:
    source = """
import pytest
def test_slot(secret_slot): secret_slot("NOBODY")
def test_state(login_state): ...
def test_task(run_task): run_task("none.json")
@pytest.mark.runner(task="none.json")
def test_nothing(): ...
"""
    code, said = pytest_says(tmp_path, source, "--runner-vault", str(tmp_path / "vault"))
    assert code == 1, said
    assert "3 passed" not in said
    for told in (
        "no secret is bound to the slot NOBODY",
        "which task signs in?",
        "none.json",
    ):
        assert told in said
    assert "agent/pytest_plugin" not in said
    assert (tmp_path / "vault" / "runner.db").is_file()
