"""A trace too large to be held: the same result as one that is held, in bounded memory."""

from __future__ import annotations

import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest

from agent.artifacts.artifact import Refused
from agent.artifacts.cleaning import Budget, Cleaning
from agent.artifacts.kinds.trace import TraceKind
from agent.artifacts.raw import RawArtifact
from benchmarks.artifacts import page
from benchmarks.large_files import made_events
from tests.leak.recording import SPOTS, Recording
from tests.unit.artifacts.conftest import PASSWORD, USERNAME

if TYPE_CHECKING:
    from pathlib import Path

    from agent.vault.open import RunSecrets

KIBIBYTE = 1024


def cleaned(raw: Path, secrets: RunSecrets, held: int) -> dict[str, bytes]:
    """The members of what is made of a recording."""
    workspace = raw.parent / f"with-{held}"
    workspace.mkdir(exist_ok=True)
    cleaning = Cleaning(secrets, workspace, budget=Budget(seconds=600))
    path = TraceKind(held=held).clean(RawArtifact("trace", raw, raw.name), cleaning)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    path.unlink()
    assert list(workspace.iterdir()) == [], "nothing else is left in the workspace"
    return members


def test_what_is_read_again_line_by_line_comes_out_as_what_was_held(
    tmp_path: Path, secrets: RunSecrets
) -> None:
    recording = Recording.plain()
    for row in range(1, 14):
        for number, place in enumerate(SPOTS[row].values()):
            place(recording, (USERNAME if number % 2 else PASSWORD).encode())
    raw = tmp_path / "raw.zip"
    raw.write_bytes(recording.packed())
    held = cleaned(raw, secrets, 64 * 1024 * KIBIBYTE)
    assert "‹LOGIN.password›".encode() in b"".join(held.values())
    assert cleaned(raw, secrets, 0) == held


def test_a_value_over_lines_and_pages_far_apart_is_marked_in_the_first_of_them(
    tmp_path: Path, secrets: RunSecrets
) -> None:
    recording = Recording.plain()
    said = {"type": "console", "messageType": "log", "time": 1, "args": [], "location": {}}
    for text in (PASSWORD[:9], PASSWORD[9:]):
        recording.trace.append({**said, "text": text})
        # call logs come between, and are no part of what the console said
        recording.trace.append({"type": "log", "callId": "c", "time": 1, "message": "a line"})
    raw = tmp_path / "raw.zip"
    raw.write_bytes(recording.packed())
    for held in (0, 1024 * KIBIBYTE):
        trace = cleaned(raw, secrets, held)["trace.trace"]
        assert PASSWORD[:9].encode() not in trace
        assert PASSWORD[9:].encode() not in trace
        assert trace.count("‹LOGIN.password›".encode()) == 1


def test_read_again_line_by_line_a_trace_takes_a_fraction_of_the_memory(
    tmp_path: Path, secrets: RunSecrets
) -> None:
    raw = made_events(tmp_path / "raw.zip", 0.5, page)
    bounded, held = peak(raw, secrets, 16 * KIBIBYTE), peak(raw, secrets, 1024 * KIBIBYTE)
    assert bounded < held / 2, "benchmarks.artifacts shows that it does not grow"


def peak(raw: Path, secrets: RunSecrets, held: int) -> int:
    """How much memory cleaning a recording takes at its most."""
    workspace = raw.parent / f"{raw.stem}-{held}"
    workspace.mkdir()
    cleaning = Cleaning(secrets, workspace, budget=Budget(seconds=600))
    tracemalloc.start()
    TraceKind(held=held).clean(RawArtifact("trace", raw, raw.name), cleaning)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("line", [b"[1]", b"{", b'{"type":"log"}'])
def test_a_line_that_is_no_event_and_a_trace_without_a_version_are_refused(
    tmp_path: Path, secrets: RunSecrets, line: bytes
) -> None:
    raw = tmp_path / "raw.zip"
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("trace.trace", line + b"\n")
    for held in (0, 1024 * KIBIBYTE):
        with pytest.raises(Refused):
            cleaned(raw, secrets, held)
        (tmp_path / f"with-{held}" / "trace.zip").unlink()
