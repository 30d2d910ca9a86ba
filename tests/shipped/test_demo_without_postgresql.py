"""What ``make scale-demo`` says where PostgreSQL does not come up."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.postgres import NotThere, running_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def broken() -> Iterator[Path]:
    """A folder with an ``initdb`` that fails, which any user of the machine may call."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "initdb").write_text("#!/bin/sh\necho 'there is: no room' >&2\nexit 7\n")
        (folder / "initdb").chmod(0o755)
        folder.chmod(0o755)
        yield folder


def test_a_server_that_does_not_come_up_is_told_in_one_line(broken: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fixtures.scale_demo", "1"],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{broken}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.stderr == "scale-demo: PostgreSQL's initdb failed: there is: no room\n"
    assert done.returncode == 3


def test_a_program_that_may_not_be_called_is_told_in_one_line(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (broken / "initdb").write_text("")
    monkeypatch.setenv("PATH", str(broken))
    with pytest.raises(NotThere, match=r"^PostgreSQL's initdb cannot be called: "):
        running_cluster().__enter__()
