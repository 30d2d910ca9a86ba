"""``runner scan`` on files of any origin: what is found is named, never shown."""

from __future__ import annotations

import gzip
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
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
def folder(tmp_path: Path) -> Path:
    """A folder with one leak inside a zip inside a folder, and one in a file's name."""
    inside = tmp_path / "found" / "deeper"
    inside.mkdir(parents=True)
    (inside / "notes.txt").write_text("nothing here")
    (inside / f"of-{VALUE}.txt").write_text("nothing here")
    with zipfile.ZipFile(inside / "old.zip", "w") as archive:
        archive.writestr("log.gz", gzip.compress(f"pw={VALUE}".encode()))
    return tmp_path / "found"


def test_a_value_is_named_by_kind_place_and_label_and_never_shown(
    call: Call, values: Path, folder: Path
) -> None:
    said = call("scan", folder, "--values-from", values, "--no-ocr", "--json")
    assert said.code == 7
    assert VALUE not in said.everything
    found = {(hit["kind"], hit["member"], hit["label"]) for hit in said.document["hits"]}
    assert found == {("archive", "log.gz", "HOTEL.password"), ("text", "", "HOTEL.password")}
    assert said.document["files"] == 3
    told = call("scan", folder, "--values-from", values, "--no-ocr")
    assert told.code == 7
    assert "old.zip!log.gz: archive: a value was found: HOTEL.password" in told.out
    assert VALUE not in told.everything


def test_a_clean_folder_ends_with_zero(call: Call, values: Path, folder: Path) -> None:
    said = call("scan", folder / "deeper" / "notes.txt", "--values-from", values)
    assert (said.code, said.out) == (0, "")
    assert "1 files, 0.0 MB, 0 hits" in said.err


def test_secrets_of_the_vault_are_looked_for_by_name(
    call: Call, stored: Callable[..., Any], tmp_path: Path
) -> None:
    stored("Hotel admin", username="ann.of.hotel", password=VALUE, totp="JBSWY3DPEHPK3PXP")
    (tmp_path / "a.log").write_text(f"hello ann.of.hotel and {VALUE}")
    for chosen in ("Hotel admin", "vault"):
        said = call("scan", tmp_path / "a.log", "--secret-from", chosen)
        assert said.code == 7
        assert "Hotel_admin".upper() + ".password" in said.out
        assert "HOTEL_ADMIN.username" in said.out
    audit = call("audit", "list", "--json")
    assert "open" in audit.out


def test_values_that_others_can_read_are_refused(call: Call, values: Path, folder: Path) -> None:
    values.chmod(0o644)
    said = call("scan", folder, "--values-from", values)
    assert "can be read by others" in said.fails_in_one_line(2)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"A": 7}', '{"A": "'])
def test_a_file_that_holds_no_values_is_refused_without_repeating_it(
    call: Call, values: Path, folder: Path, content: str
) -> None:
    values.write_text(content)
    said = call("scan", folder, "--values-from", values)
    said.fails_in_one_line(2)


def test_the_values_have_one_source(call: Call, folder: Path, values: Path) -> None:
    call("scan", folder).fails_in_one_line(2)
    call("scan", folder, "--values-from", values, "--secret-from", "x").fails_in_one_line(2)


def test_a_value_too_short_to_be_found_is_told(call: Call, values: Path, folder: Path) -> None:
    values.write_text(json.dumps({"PIN": "12", "HOTEL": "something long"}))
    said = call("scan", folder, "--values-from", values, "--no-ocr")
    assert said.code == 0
    assert "not looked for: PIN" in said.err
