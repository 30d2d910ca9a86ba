from __future__ import annotations

import base64
import gzip
import html
import io
import json
import zipfile
import zlib
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from PIL import Image

from agent.artifacts.gate import Limits, inspect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.vault.open import RunSecrets

SECRET = 'Zebra "quoted" <4417>&é'


def zipped(content: bytes, name: str = "trace.trace") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


def as_json(text: str) -> str:
    return json.dumps({"text": text})


PACKINGS: dict[str, Callable[[str], bytes]] = {
    "raw": lambda text: text.encode(),
    "json": lambda text: as_json(text).encode(),
    "json in json": lambda text: as_json(as_json(text)).encode(),
    "percent in json": lambda text: as_json(quote(text, safe="")).encode(),
    "html in json": lambda text: as_json(html.escape(text)).encode(),
    "percent twice": lambda text: quote(quote(text, safe=""), safe="").encode(),
    "html": lambda text: html.escape(text).encode(),
    "split markup": lambda text: "".join(f"<i>{html.escape(c)}</i>" for c in text).encode(),
    "split nodes": lambda text: json.dumps(["P", {}, *(["B", {}, c] for c in text)]).encode(),
    "style escapes": lambda text: "".join(f"\\{ord(c):06x}" for c in text).encode(),
    "script escapes": lambda text: "".join(f"\\u{ord(c):04x}" for c in text).encode(),
    "base64": lambda text: b"x " + base64.b64encode(text.encode()),
    "base64 shifted": lambda text: base64.b64encode(b"u:" + text.encode()),
    "base64url of json": lambda text: base64.urlsafe_b64encode(as_json(text).encode()),
    "gzip": lambda text: gzip.compress(text.encode()),
    "gzip in base64": lambda text: base64.b64encode(gzip.compress(text.encode())),
    "zlib": lambda text: zlib.compress(text.encode()),
    "utf-16": lambda text: text.encode("utf-16-le"),
    "zip in zip": lambda text: zipped(text.encode()),
    "hex": lambda text: text.encode().hex().encode(),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_value_is_found_however_it_is_packed(
    secrets: RunSecrets, tmp_path: Path, packing: str
) -> None:
    secrets.learn("A.password", SECRET)
    path = tmp_path / "trace.zip"
    path.write_bytes(
        zipped(
            b"before " + PACKINGS[packing](SECRET)
            if packing == "raw"
            else PACKINGS[packing](SECRET)
        )
    )
    assert "A.password" in {hit.label for hit in inspect(path, secrets.needles)}
    path.write_bytes(zipped(PACKINGS[packing]("an innocent sentence")))
    assert inspect(path, secrets.needles) == ()


@pytest.mark.parametrize(
    "name", ["resources/da39a3ee5e6b4b0d3255bfef95601890afd80709.html", "x", "src/a.py"]
)
def test_names_we_do_not_give_are_refused(secrets: RunSecrets, tmp_path: Path, name: str) -> None:
    path = tmp_path / "trace.zip"
    path.write_bytes(zipped(b"", name))
    assert [hit.rule for hit in inspect(path, secrets.needles)] == [
        "a member's name is not one we give"
    ]


def picture(**options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", **options)
    return file.getvalue()


def test_only_the_cameras_pictures_pass(secrets: RunSecrets, tmp_path: Path) -> None:
    path = tmp_path / "a.jpeg"
    path.write_bytes(picture())
    known = Limits(frozenset({sha256(picture()).hexdigest()}))
    assert inspect(path, secrets.needles, known) == ()
    assert inspect(path, secrets.needles)[0].rule == "a picture that is not from the camera"


def test_pictures_with_metadata_or_a_tail_are_refused(secrets: RunSecrets, tmp_path: Path) -> None:
    path = tmp_path / "a.jpeg"
    for content in (picture(comment=b"hello"), picture() + b"tail"):
        path.write_bytes(content)
        known = Limits(frozenset({sha256(content).hexdigest()}))
        assert inspect(path, secrets.needles, known)[0].rule == "a picture with metadata"


def test_inlined_pictures_are_held_to_the_same_rule(secrets: RunSecrets, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(b'<img src="data:image/jpeg;base64,' + base64.b64encode(picture()) + b'">')
    known = Limits(frozenset({sha256(picture()).hexdigest()}))
    assert inspect(path, secrets.needles, known) == ()
    assert inspect(path, secrets.needles)[0].rule == "a picture that is not from the camera"


def test_no_time_and_no_room_are_hits(secrets: RunSecrets, tmp_path: Path) -> None:
    path = tmp_path / "trace.zip"
    path.write_bytes(zipped(b"x" * 5_000))
    assert inspect(path, secrets.needles, Limits(seconds=-1.0))
    assert inspect(path, secrets.needles, Limits(size=1_000))


def test_what_is_no_zip_is_a_hit(secrets: RunSecrets, tmp_path: Path) -> None:
    path = tmp_path / "trace.zip"
    path.write_bytes(b"PK\x03\x04 broken")
    assert inspect(path, secrets.needles)
