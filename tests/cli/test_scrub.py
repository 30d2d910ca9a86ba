"""``runner scrub``: clean copies beside the files, and a word about what is different in them."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.leak.recording import Recording

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Call

VALUE = "Kumquat-Lantern-4417"


@pytest.fixture
def values(tmp_path: Path) -> Path:
    path = tmp_path / "values.json"
    path.write_text(json.dumps({"HOTEL": {"password": VALUE}}))
    path.chmod(0o600)
    return path


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    recording = Recording.plain()
    recording.snapshot(["HTML", {}, ["BODY", {}, f"hello {VALUE}"]])
    recording.members["screencast/page@1-1.jpeg"] = b"\xff\xd8\xff"
    path = tmp_path / "trace.zip"
    path.write_bytes(recording.packed())
    return path


def test_the_changes_are_told_by_count_and_place(call: Call, trace: Path, values: Path) -> None:
    before = trace.read_bytes()
    said = call("scrub", trace, "--values-from", values)
    assert said.code == 0, said.err
    assert VALUE not in said.everything
    assert "trace.trace: 1 × HOTEL.password" in said.out
    assert "screencast: 1 × left out" in said.out
    assert trace.read_bytes() == before
    with zipfile.ZipFile(trace.with_name("trace.scrubbed.zip")) as clean:
        assert "‹HOTEL.password›".encode() in clean.read("trace.trace")


def test_a_log_is_cleaned_line_by_line(call: Call, values: Path, tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    log.write_text(
        f'pw:api fill("{VALUE}")\nkept\nauthorization: Bearer abcdef123\nGET https://a.example/?token=x9y8z7w6v5\n{VALUE[::-1]}\n'
    )
    said = call("scrub", log, "--values-from", values, "--output", tmp_path / "out", "--json")
    assert said.code == 0, said.err
    clean = (tmp_path / "out" / "run.scrubbed.log").read_text()
    assert clean.splitlines() == [
        "pw:api fill([REDACTED])",
        "kept",
        "authorization: [REDACTED]",
        "GET https://a.example/?token=[REDACTED]",
        "‹HOTEL.password›",
    ]
    changes = said.document["files"][0]["changes"]
    assert {"place": "run.scrubbed.log", "what": "HOTEL.password", "count": 1} in changes


def test_what_cannot_be_cleaned_is_withheld(call: Call, values: Path, tmp_path: Path) -> None:
    unknown = tmp_path / "old.zip"
    with zipfile.ZipFile(unknown, "w") as archive:
        archive.writestr("trace.trace", json.dumps({"type": "context-options", "version": 3}))
    said = call("scrub", unknown, "--values-from", values)
    assert said.code == 7
    assert "version is not known" in said.err
    assert not unknown.with_name("old.scrubbed.zip").exists()
