"""The leak matrix, a test for each row of its table; see ``tests.leak.matrix``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from agent.artifacts.artifact import Artifact
from tests.leak.matrix import TABLE, Cell, cells, found_by_gate, survivors, wrong_cells

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.raw import RawArtifact


@pytest.mark.parametrize("row", TABLE)
def test_nothing_of_a_row_survives_and_no_cell_is_empty(row: int, tmp_path: Path) -> None:
    tally: Counter[str] = Counter()
    chosen = [cell for cell in cells() if cell.row == row]
    assert list(wrong_cells(chosen, tmp_path, tally)) == []
    assert tally["cells"] == len(chosen) > 0
    assert tally["kept"] == len(chosen), "a cell whose artifact is withheld shows nothing"


def test_every_encoding_of_the_table_has_its_cells() -> None:
    there = {(cell.row, letter) for cell in cells() for letter in cell.letters}
    asked = {(row, letter) for row, letters in TABLE.items() for letter in letters}
    assert asked - there == set()


def test_a_cell_that_leaks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = Cell(8, "text node", "R raw", "password")
    monkeypatch.setattr("tests.leak.matrix.publish_now", _uncleaned)
    state, left = survivors(cell, tmp_path)
    assert state == "kept"
    assert left


def test_a_cell_without_a_value_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = Cell(8, "text node", "R raw", "password")
    monkeypatch.setattr("tests.leak.recording.text_of", lambda _written: "nothing")
    assert not found_by_gate(cell, tmp_path)


def _uncleaned(raw: RawArtifact, destination: Path, _secrets: object) -> Artifact:
    target = destination / "trace.zip"
    target.write_bytes(raw.path.read_bytes())
    return Artifact("trace", "trace.zip", target, "kept")
