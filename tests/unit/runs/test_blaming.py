"""A run that failed on a full disk says so, whatever failed first; other runs say what failed."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import pytest

from agent.browser.room import DiskFull, blames_disk, without_room
from agent.errors import RunInterrupted, StepFailed
from agent.runs.blaming import Disks
from agent.runs.course import Course

HERE = Path("/somewhere/runs")


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    usage: Any = shutil._ntuple_diskusage(100, 100, 0)  # type: ignore[attr-defined]
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)


def failed(error: Exception) -> Course:
    course = Course("run-1", "demo", ())
    course.fail(Disks((HERE,)).told_as(error, course))
    Disks((HERE,)).blame(course)
    return course


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("error", [StepFailed("the page fell over"), RuntimeError("Target closed")])
def test_whatever_failed_on_a_full_disk_failed_because_of_it(error: Exception) -> None:
    told = failed(error).error
    assert isinstance(told, DiskFull)
    assert str(HERE) in told.message
    # Only our own words are repeated.
    assert ("fell over" in told.message) == isinstance(error, StepFailed)


@pytest.mark.usefixtures("full")
def test_a_run_that_was_stopped_was_stopped() -> None:
    assert isinstance(failed(RunInterrupted("lost")).error, RunInterrupted)


def test_with_room_an_error_is_what_it_is_and_one_nobody_thought_of_is_raised() -> None:
    assert isinstance(failed(StepFailed("no such button")).error, StepFailed)
    with pytest.raises(RuntimeError):
        failed(RuntimeError("Target closed"))


def test_a_write_that_was_refused_for_want_of_room_is_told_from_others() -> None:
    refused = OSError(errno.ENOSPC, "No space left on device")
    assert isinstance(failed(refused).error, DiskFull)
    wrapped = StepFailed("nothing was kept")
    wrapped.__cause__ = refused
    assert blames_disk(wrapped)
    assert not blames_disk(OSError(errno.EACCES, "Permission denied"))


def test_a_place_that_is_not_there_yet_is_judged_by_the_folder_above_it(tmp_path: Path) -> None:
    place = tmp_path / "not" / "there"
    assert without_room((place,), 1) is None
    assert without_room((place,), 1 << 60) == place
