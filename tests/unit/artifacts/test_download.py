"""A file the site sent is kept only if it can be shown to hold no secret."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from agent.artifacts.publish import publish_now
from agent.artifacts.raw import RawArtifact
from agent.vault.open import RunSecrets

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.artifact import Artifact

VALUE = "Kumquat-Lantern-4417"


def pdf(text: str) -> bytes:
    stream = zlib.compress(f"BT ({text}) Tj ET".encode())
    return b"%PDF-1.7\n1 0 obj<</Length 9>>stream\n" + stream + b"\nendstream endobj\n%%EOF\xff"


def office(text: str) -> bytes:
    page = io.BytesIO()
    with zipfile.ZipFile(page, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<t>{text}</t>")
    return page.getvalue()


def published(folder: Path, content: bytes, name: str, kind: str = "download") -> Artifact:
    secrets = RunSecrets(())
    secrets.learn("SLOT.password", VALUE)
    raw = RawArtifact(kind, folder / "raw", name)
    raw.path.write_bytes(content)
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    return publish_now(raw, kept, secrets)


def test_a_value_in_a_text_is_marked(tmp_path: Path) -> None:
    artifact = published(tmp_path, f"a,{VALUE}\n".encode(), "x.csv", "records")
    assert artifact.state == "kept"
    assert artifact.path.read_text() == "a,\u2039SLOT.password\u203a\n"
    content = json.dumps([{"a": VALUE}]).encode()
    assert json.loads(published(tmp_path, content, "x.json").path.read_text()) == [
        {"a": "\u2039SLOT.password\u203a"}
    ]


@pytest.mark.parametrize("make", [pdf, office])
def test_a_file_that_is_looked_into_is_kept_without_a_value_and_withheld_with_one(
    tmp_path: Path, make: object
) -> None:
    assert callable(make)
    clean = make("room 304")
    artifact = published(tmp_path, clean, "x.bin")
    assert artifact.state == "kept", artifact.reason
    assert artifact.path.read_bytes() == clean
    artifact = published(tmp_path, make(VALUE), "y.bin")
    assert artifact.state == "withheld"
    assert "SLOT.password" in artifact.reason


@pytest.mark.parametrize("start", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n", b"GIF89a"])
def test_a_picture_is_withheld_as_nobody_can_search_it(tmp_path: Path, start: bytes) -> None:
    assert published(tmp_path, start + b"\0" * 50, "x.jpeg").state == "withheld"


def test_a_text_that_begins_like_a_bitmap_is_kept_as_it_came_and_a_bitmap_is_not(
    tmp_path: Path,
) -> None:
    text = b"\xef\xbb\xbfBMW;304\n"
    assert published(tmp_path, text, "cars.csv").path.read_bytes() == text
    assert published(tmp_path, b"BMW;304\n", "plain.csv").state == "kept"
    bitmap = b"BM" + (60).to_bytes(4, "little") + bytes(4) + b"\x36\0\0\0" + bytes(40)
    assert published(tmp_path, bitmap, "drawn.bmp").state == "withheld"


def test_records_keep_their_columns_whatever_these_are_called(tmp_path: Path) -> None:
    content = json.dumps([{"password": "shown on the page", "note": VALUE}]).encode()
    artifact = published(tmp_path, content, "x.json", "records")
    assert json.loads(artifact.path.read_text()) == [
        {"password": "shown on the page", "note": "\u2039SLOT.password\u203a"}
    ]
