"""Suites that were written over a file, run once more over PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.standins.postgres import programs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed"),
]

ROOT = Path(__file__).parents[2]
# Of the vault's, those that neither look into the file nor speak SQLite's dialect.
SUITES = {
    "vault": [
        f"tests/unit/vault/test_{name}.py"
        for name in [
            "audit",
            "custody",
            "exchange",
            "lockout",
            "modes",
            "open",
            "people",
            "shelf",
            "trials",
            "wear",
        ]
    ],
    "api": [
        f"tests/integration/api/test_{name}.py"
        for name in ["limits", "runs", "schedules", "secrets", "webhooks"]
    ],
}


@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_holds_on_postgresql_too(suite: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow"]
    done = subprocess.run(
        [*command, *SUITES[suite]],
        cwd=ROOT,
        env={**os.environ, "TEST_DATABASE": "postgresql"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
