from __future__ import annotations

import os
import select
import stat
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from agent.browser import folder as folder_module
from agent.browser.folder import PREFIX, PrivateFolder, sweep_abandoned

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys, pathlib, subprocess, time
from agent.browser import folder
folder.ENOUGH_BYTES = 1 << 62          # no tmpfs is that roomy: the given root is used
with folder.PrivateFolder.create(pathlib.Path(sys.argv[1])) as private:
    (private.sub("trace") / "raw.trace").write_text("a password")
    left = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"],
                            env={"TMPDIR": str(private.sub("tmp"))}, stdin=subprocess.PIPE)
    print(private.path, left.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(folder_module, "MEMORY", tmp_path / "no-tmpfs-here")
    monkeypatch.setattr(folder_module.tempfile, "gettempdir", lambda: str(tmp_path))
    return tmp_path


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_its_owner_can_enter_it_whatever_the_umask(on_disk: Path) -> None:
    before = os.umask(0)
    try:
        with PrivateFolder.create(on_disk) as private:
            assert permissions(private.path) == 0o700
            assert permissions(private.sub("trace")) == 0o700
    finally:
        os.umask(before)


def test_it_lies_in_memory_where_there_is_a_roomy_tmpfs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "MEMORY", tmp_path)
    monkeypatch.setattr(folder_module, "ENOUGH_BYTES", 1)
    with PrivateFolder.create() as private:
        assert private.in_memory
        assert private.path.parent == tmp_path


def test_it_falls_back_to_the_given_root_when_the_tmpfs_is_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "MEMORY", tmp_path)
    monkeypatch.setattr(folder_module, "ENOUGH_BYTES", 1 << 62)
    with PrivateFolder.create(tmp_path / "runs") as private:
        assert not private.in_memory
        assert private.path.parent == tmp_path / "runs"


def test_it_is_gone_after_the_block(on_disk: Path) -> None:
    with PrivateFolder.create(on_disk) as private:
        (private.sub("trace") / "raw.trace").write_text("a password")
    assert list(on_disk.iterdir()) == []


def test_it_is_gone_after_an_error(on_disk: Path) -> None:
    with suppress(ZeroDivisionError), PrivateFolder.create(on_disk) as private:
        (private.path / "raw.trace").write_text("a password")
        raise ZeroDivisionError
    assert list(on_disk.iterdir()) == []


def test_a_live_folder_is_not_swept(on_disk: Path) -> None:
    with PrivateFolder.create(on_disk) as private:
        assert sweep_abandoned([on_disk]) == 0
        assert private.path.is_dir()


def test_what_a_killed_owner_left_is_swept_with_its_processes(on_disk: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(on_disk)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        path, left = owner.stdout.readline().split()
        owner.kill()
        # The left process holds our pipe open, so only the pid is waited for.
        os.waitpid(owner.pid, 0)
        owner.returncode = -9
        pinned = os.pidfd_open(int(left))
        assert (on_disk / path / "trace" / "raw.trace").exists()

        assert sweep_abandoned([on_disk]) == 1

        assert folder_module.os.path.lexists(path) is False
        assert _has_ended(pinned)
        os.close(pinned)


def _has_ended(pinned: int) -> bool:

    return bool(select.select([pinned], [], [], 0)[0])


def test_a_killed_owners_files_stay_until_the_sweep(on_disk: Path) -> None:
    """Positive control: without the sweep a kill leaves the raw recording."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(on_disk)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        path = owner.stdout.readline().split()[0]
        owner.kill()
    assert (on_disk / path / "trace" / "raw.trace").read_text() == "a password"


@pytest.mark.parametrize("name", ["someone-elses", f"{PREFIX}artifacts", f"{PREFIX}{'0' * 15}"])
def test_another_programs_folder_is_not_swept(on_disk: Path, name: str) -> None:
    (on_disk / name).mkdir()
    assert sweep_abandoned([on_disk]) == 0
    assert (on_disk / name).is_dir()


def test_positive_control_a_folder_with_a_runs_name_is(on_disk: Path) -> None:
    (on_disk / f"{PREFIX}{'0' * 16}").mkdir()
    assert sweep_abandoned([on_disk]) == 1


def test_a_link_that_looks_like_a_run_folder_is_not_followed(on_disk: Path) -> None:
    precious = on_disk / "precious"
    precious.mkdir()
    (on_disk / f"{PREFIX}{'0' * 16}").symlink_to(precious)
    assert sweep_abandoned([on_disk]) == 0
    assert precious.is_dir()
