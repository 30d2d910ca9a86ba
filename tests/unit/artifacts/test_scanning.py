"""The scanner behind the gate: streams of any size, packed in any way, with limits that hold."""

from __future__ import annotations

import base64
import gzip
import io
import itertools
import json
import shutil
import tracemalloc
import zipfile
import zlib
from typing import TYPE_CHECKING

import brotli
import pytest
import zstandard
from PIL import Image, ImageDraw, ImageFont

from agent.artifacts.folder_scan import FolderScan
from agent.artifacts.scanning import Hit, Limits, Scan
from agent.artifacts.windows import OVERLAP, SIZE, windows
from agent.vault.needles import Needles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

VALUE = "Kumquat-Lantern-4417"
LABEL = "A.password"
WORDS = "ein längerer Satz davor, " * 40
SAID = (WORDS + VALUE).encode()


@pytest.fixture
def needles() -> Needles:
    known = Needles()
    known.add(LABEL, VALUE)
    return known


def hits_in(content: bytes, needles: Needles, limits: Limits | None = None) -> list[Hit]:
    scan = Scan(needles, limits or Limits())
    return list(scan.file(io.BytesIO(content), "file"))


def labels_in(content: bytes, needles: Needles) -> set[str]:
    return {hit.label for hit in hits_in(content, needles)}


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside", content)
    return file.getvalue()


def in_json(content: bytes) -> bytes:
    return json.dumps({"a": base64.b64encode(content).decode()}).encode()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "deflate": lambda content: zlib.compress(content, wbits=-15),
    "brotli": brotli.compress,
    "zstd": zstandard.compress,
    "zip": zipped,
    "zip in zip": lambda content: zipped(zipped(content)),
    "brotli in gzip": lambda content: gzip.compress(brotli.compress(content)),
    "second gzip member": lambda content: gzip.compress(b"first") + gzip.compress(content),
    "gzip among others": lambda content: b"\x00\x01\x02" * 30 + gzip.compress(content) + b"\x00",
    "stream of a pdf": lambda content: b"%PDF\nstream\r\n" + zlib.compress(content) + b"\nend",
    "zstd in base64": lambda content: in_json(zstandard.compress(content)),
    "brotli in base64": lambda content: in_json(brotli.compress(content)),
    "quoted printable": lambda content: content[:-6] + b"=\r\n" + content[-6:],
}  # fmt: skip


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_value_is_found_in_every_packing(packing: str, needles: Needles) -> None:
    assert LABEL in labels_in(PACKINGS[packing](SAID), needles)
    assert labels_in(PACKINGS[packing](WORDS.encode()), needles) <= {""}


@pytest.mark.parametrize("at", [SIZE - 9, SIZE - OVERLAP - 9, 2 * SIZE - OVERLAP, SIZE])
def test_a_value_across_the_border_of_two_windows_is_found(at: int, needles: Needles) -> None:
    content = b"z " * (at // 2) + VALUE.encode() + b" y" * (SIZE // 2)
    assert labels_in(content, needles) == {LABEL}


def test_windows_are_the_whole_stream_and_overlap_by_a_whole_value() -> None:
    stream = b"".join(b"%07d\n" % number for number in range(400_000))
    pieces = list(windows(iter([stream[at : at + 70_001] for at in range(0, len(stream), 70_001)])))
    assert pieces[0].content == stream[: len(pieces[0].content)]
    for one, other in itertools.pairwise(pieces):
        start = stream.index(other.content[:64])
        assert stream[start : start + len(other.content)] == other.content
        assert stream.index(one.content[:64]) + len(one.content) - start >= OVERLAP
    assert [piece.cut for piece in pieces] == [True] * (len(pieces) - 1) + [False]


def test_packed_bytes_too_long_to_be_followed_are_a_hit(needles: Needles) -> None:
    noise = base64.b64encode(gzip.compress(bytes(range(256)) * 12_000, 0))
    content = b'{"a":"' + noise + noise + b'"}'
    assert "too large" in hits_in(content, needles)[0].rule


def test_a_bomb_reaches_the_limit_instead_of_the_memory(needles: Needles) -> None:
    bomb = gzip.compress(bytes(40 * SIZE), compresslevel=1)
    tracemalloc.start()
    found = hits_in(bomb, needles, Limits(size=3 * SIZE))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [hit.rule for hit in found] == ["larger than can be inspected"]
    assert peak < 24 * SIZE


def test_what_begins_like_an_archive_and_is_none_is_a_hit(needles: Needles) -> None:
    assert hits_in(b"PK\x03\x04" + bytes(64), needles)
    assert hits_in(gzip.compress(SAID)[:-20] + bytes(64), needles)


def drawn(words: str) -> Image.Image:
    image = Image.new("RGB", (700, 120), "white")
    font = ImageFont.load_default(32)
    ImageDraw.Draw(image).text((20, 40), words, fill="black", font=font)
    return image


def pictures(words: str) -> Iterator[bytes]:
    still = io.BytesIO()
    drawn(words).save(still, "PNG")
    yield still.getvalue()
    moving = io.BytesIO()
    drawn("hello").save(moving, "GIF", save_all=True, append_images=[drawn(words)])
    yield moving.getvalue()


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_a_value_in_pixels_is_read_also_in_a_later_frame(needles: Needles) -> None:
    limits = Limits(read_pictures=True)
    for picture in pictures(VALUE):
        assert {hit.label for hit in hits_in(picture, needles, limits)} == {LABEL}
        assert hits_in(picture, needles) == [], "it is the reading that finds it"
    assert hits_in(next(pictures("a guest list")), needles, limits) == []
    assert "cannot be read" in hits_in(b"\x89PNG\r\n\x1a\n", needles, limits)[0].rule


def test_a_value_in_the_bytes_of_a_picture_is_found(needles: Needles) -> None:
    picture = next(pictures("hello"))
    assert labels_in(picture + VALUE.encode(), needles) == {LABEL}


def test_what_cannot_be_opened_is_told(needles: Needles, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "link").symlink_to("/etc/passwd")
    scan = FolderScan(needles, Limits())
    assert list(scan.places([tmp_path])) == []
    assert scan.files == 2
    missing = list(scan.places([tmp_path / "none"]))
    assert "cannot be read" in missing[0].hit.rule


def test_text_spread_over_events_of_a_document_longer_than_a_window_is_found(
    needles: Needles,
) -> None:
    nodes = [["SPAN", {}, letter] for letter in VALUE]
    page = json.dumps([{"pad": "a " * SIZE}, nodes, {"pad": "b " * SIZE}]).encode()
    assert labels_in(page, needles) == {LABEL}
