"""Every channel by every encoding of the traces page, each cell one generated leak.

A cell is a recording (or another file a run or a tool leaves) that holds one value in one place in
one writing. Cleaned and published, nothing of it survives; with the cleaner switched off the gate
finds it, so that no cell is empty. ``python -m tests.leak.matrix`` runs all cells with all kinds of
secret and prints what each row came to; the test suite runs each cell with one of them.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import zlib
from collections import Counter
from dataclasses import dataclass
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import brotli
import zstandard
from PIL import Image, ImageDraw, ImageFont

from agent.artifacts.gate import inspect
from agent.artifacts.publish import publish_now
from agent.artifacts.raw import RawArtifact
from agent.vault.open import RunSecrets
from tests.leak.files import PACKED_PLACES, PLACES, SPLIT_PLACES
from tests.leak.recording import (
    PACKED_SPOTS,
    PICTURE_SPOTS,
    SPLIT_SPOTS,
    SPOTS,
    Recording,
    Spot,
    text_of,
)
from tests.leak.scan import find_in, unpacked_in
from tests.unit.vault.writings import SPLIT, WRITINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tests.leak.files import Place

LABEL = "LOGIN.secret"
VALUES = {
    "password": "hunter2-S3cret-XYZ",
    "hard password": 'p@ss "w0rd"&<é>+/=%\\Zq7',
    "username": "alice.o'neil+qa@exämple.com",
    "code": "492816",
    "seed": "JBSWY3DPEHPK3PXP",
    "cookie": "s%3Ae9Xk2.q81+zz/T0",
    "refresh token": "rt-7fa9c1d2e3b4958601",
    "access token": "ya29.a0AfB_byC-9Qk3xTz7Lw2",
    "authorization code": "SplxlOBeZQQYbYS6WxSbIA",
    "form token": "c5rf-9b1f0c7e2d3a4f58",
    "basic pair": "alice:hunter2-S3cret-XYZ",
    "stored value": "sess|9f31-77ab|Qm9",
    "id token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl",
}
# So much of a value may stay of what is seen of it while it is typed.
LONGEST_PREFIX = 4
_ONE_LETTER = re.compile(r'"((?:[^"\\]|\\u[0-9a-f]{4}|\\[^u]))"')
# The table of the traces page: which encodings must be clean in a row.
TABLE = {
    1: "RCJPFHBUXWSKD", 2: "RCJPHBU", 3: "RCJPFHBUXWKD", 4: "RCJPFHBUXK", 5: "RCJPFHBUXWSD",
    6: "RCJPFBU", 7: "RCJPFBUXD", 8: "RCJPHBUXWSD", 9: "RCJBUK", 10: "RCJPFHBUX",
    11: "RCJPFBUXD", 12: "RCJPFHBUXWZSD", 13: "RCJPFHBUXWZSD", 14: "RBWZV", 15: "RCJPBUXWZSK",
    16: "RCJPFS", 17: "RJBD", 18: "RPBUXD", 19: "RCJPFHBUXWZSD", 20: "RCJPHBU", 22: "RCJPBUSK",
    24: "RCJPBUXSD",
}  # fmt: skip
# Rows 21 (pixels) and 23 (disks) are not made of text: tests.leak.pixels and tests.leak.kills look
# at them.
_WORDS = "ein längerer Satz davor, "


def _said(value: str) -> bytes:
    return (_WORDS * 4 + value).encode()


PACKED: dict[str, Callable[[str], bytes]] = {
    "Z gzip": lambda v: gzip.compress(_said(v), mtime=0),
    "Z zlib": lambda v: zlib.compress(_said(v)),
    "Z deflate": lambda v: zlib.compress(_said(v), wbits=-15),
    "Z brotli": lambda v: brotli.compress(_said(v)),
    "Z zstd": lambda v: zstandard.compress(_said(v)),
    "Z gzip twice": lambda v: gzip.compress(gzip.compress(_said(v), mtime=0), mtime=0),
}
TAGGED: dict[str, Callable[[str], bytes]] = {
    "S tags": lambda v: f"<b>{escape(v[:4])}</b><i>{escape(v[4:])}</i>".encode(),
}


def _drawn(form: str) -> Callable[[str], bytes]:
    def draw(value: str) -> bytes:
        picture = Image.new("RGB", (900, 60), "white")
        ImageDraw.Draw(picture).text((9, 9), value, "black", font=ImageFont.load_default(30))
        file = io.BytesIO()
        picture.save(file, form)
        return file.getvalue()

    return draw


DRAWN = {f"V {form}": _drawn(form) for form in ("PNG", "JPEG", "GIF", "WEBP")}
ALL: dict[str, Callable[[str], bytes]] = {**WRITINGS, **SPLIT, **PACKED, **TAGGED, **DRAWN}


def _in_traces(spots: Mapping[int, Mapping[str, Spot]]) -> dict[int, dict[str, Place]]:
    """Places of a recording as places of a file."""

    def place(spot: Spot) -> Place:
        def leaking(written: bytes) -> tuple[str, bytes]:
            recording = Recording.plain()
            spot(recording, written)
            return "trace", recording.packed()

        return leaking

    return {row: {name: place(spot) for name, spot in at.items()} for row, at in spots.items()}


PLAIN_AT = _in_traces(SPOTS) | PLACES
PACKED_AT = _in_traces(PACKED_SPOTS) | PACKED_PLACES
DRAWN_AT = _in_traces(PICTURE_SPOTS)
SPLIT_AT = _in_traces(SPLIT_SPOTS) | SPLIT_PLACES
_AT = {"Z": PACKED_AT, "V": DRAWN_AT}
NAMES = {
    "trace": "trace.zip", "har": "network.har", "page_html": "page.html", "report": "report.json",
    "download": "list.csv", "junit": "junit.xml",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One leak: a row of the table, a place in it, a writing, and the value's kind."""

    row: int
    spot: str
    writing: str
    kind: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.spot}, {self.writing}, {self.kind}"

    @property
    def letters(self) -> str:
        """The letters of the encodings that it shows; a value in pieces shows two of them."""
        return "SK" if self.spot in SPLIT_AT.get(self.row, {}) else self.writing[0]

    @property
    def written(self) -> bytes:
        """The value as it is written in the recording."""
        return ALL[self.writing](VALUES[self.kind])

    def raw(self) -> tuple[str, bytes]:
        """The kind of artifact, and the file that leaks."""
        at = _AT.get(self.writing[0], PLAIN_AT)
        place = {**at.get(self.row, {}), **SPLIT_AT.get(self.row, {})}[self.spot]
        return place(self.written)


def cells(*, every_kind: bool = False, every_writing: bool = False) -> Iterator[Cell]:
    """All cells of the table.

    Each place is leaked at in each encoding: in one writing of it and with one kind of secret,
    both in turn, or in every writing, or with every kind as well.
    """
    number = 0
    for row, letters in TABLE.items():
        for letter in letters:
            for spot, writings in _written_at(row, letter):
                number += 1
                chosen = writings if every_writing else [writings[number % len(writings)]]
                for turn, writing in enumerate(chosen, start=number):
                    fitting = [kind for kind in VALUES if _says_something(writing, VALUES[kind])]
                    kinds = fitting if every_kind else [fitting[turn % len(fitting)]]
                    yield from (Cell(row, spot, writing, kind) for kind in kinds)


def _written_at(row: int, letter: str) -> Iterator[tuple[str, list[str]]]:
    """The places of a row for an encoding, each with the writings of it."""
    if letter in "SK":
        yield from ((spot, ["R raw"]) for spot in SPLIT_AT.get(row, {}))
    writings = [name for name in ALL if name[0] == letter]
    if writings:
        yield from ((spot, writings) for spot in _AT.get(letter, PLAIN_AT)[row])


def _says_something(writing: str, value: str) -> bool:
    """Whether a writing of this value is another one than the value itself."""
    written = ALL[writing](value)
    return writing[0] == "R" or (written != value.encode() and not _is_half(writing, value))


def _is_half(writing: str, value: str) -> bool:
    # A code in six digits that something cuts in two is two numbers to every reader.
    return value.isdigit() and writing in ("S line end", "S json line end")


def survivors(cell: Cell, folder: Path) -> tuple[str, list[str]]:
    """Publish the cell's recording; its state, and where the value still stands in what is kept."""
    value = VALUES[cell.kind]
    kind, content = cell.raw()
    name = NAMES.get(kind, f"{kind}.txt")
    raw = folder / f"raw-{name}"
    raw.write_bytes(content)
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    with RunSecrets(()) as secrets:
        secrets.learn(LABEL, value)
        artifact = publish_now(RawArtifact(kind, raw, name), kept, secrets)
    content = artifact.path.read_bytes()
    artifact.path.unlink()
    found = [f"{leak.where}: {leak.form}" for leak in find_in(content, {LABEL: value}, "kept")]
    return artifact.state, found + list(_written_in(content, cell))


def _written_in(content: bytes, cell: Cell) -> Iterator[str]:
    """Where the very writing of the cell still stands, in the zip's members and their strings."""
    written = cell.written
    forms = {written, json.dumps(text_of(written), ensure_ascii=False)[1:-1].encode()}
    for name, member in unpacked_in(content):
        if any(form in member or form in name.encode() for form in forms):
            yield f"{name}: as it was written"
    if cell.spot in SPLIT_AT.get(cell.row, {}):
        yield from _pieces_in(content, VALUES[cell.kind])


def _pieces_in(content: bytes, value: str) -> Iterator[str]:
    """Where a value that was cut in two, or typed letter by letter, can be put together again."""
    half = len(value) // 2
    pieces = [json.dumps(part, ensure_ascii=False)[1:-1] for part in (value[:half], value[half:])]
    for name, member in unpacked_in(content):
        text = member.decode("utf-8", "replace")
        letters = "".join(json.loads(f'"{one}"') for one in _ONE_LETTER.findall(text))
        if all(piece in text for piece in pieces) or value in letters:
            yield f"{name}: in pieces"
        if json.dumps(value[:LONGEST_PREFIX], ensure_ascii=False)[1:-1] in text:
            yield f"{name}: its beginning"


def found_by_gate(cell: Cell, folder: Path) -> bool:
    """Whether the gate finds the value in the recording as it was, with no cleaner before it."""
    kind, content = cell.raw()
    raw = folder / f"uncleaned-{NAMES.get(kind, kind)}"
    raw.write_bytes(content)
    with RunSecrets(()) as secrets:
        secrets.learn(LABEL, VALUES[cell.kind])
        hits = inspect(raw, secrets.needles)
    # pictures are not read: only those the camera took may stay
    is_picture = cell.spot.startswith("image")
    return any(hit.label == LABEL or (is_picture and "camera" in hit.rule) for hit in hits)


def wrong_cells(chosen: Iterable[Cell], folder: Path, tally: Counter[str]) -> Iterator[str]:
    """Run cells; yield what is wrong with any, and count cells and withheld artifacts."""
    for cell in chosen:
        state, left = survivors(cell, folder)
        tally["cells"] += 1
        tally[state] += 1
        yield from (f"LEAK {cell}: {place}" for place in left)
        if not found_by_gate(cell, folder):
            yield f"EMPTY {cell}: the gate does not find it uncleaned"


def main() -> int:
    """Run every cell in every writing, with ``--all`` every kind of secret; 1 when any is wrong."""
    rows = {int(word) for word in sys.argv[1:] if word.isdigit()} or set(TABLE)
    chosen = list(cells(every_kind="--all" in sys.argv, every_writing=True))
    wrong = 0
    with TemporaryDirectory() as name:
        for row in sorted(rows):
            tally: Counter[str] = Counter()
            of_row = [cell for cell in chosen if cell.row == row]
            for line in wrong_cells(of_row, Path(name), tally):
                wrong += 1
                sys.stdout.write(line + "\n")
            sys.stdout.write(f"row {row}: {tally['cells']} cells, {tally['withheld']} withheld\n")
    sys.stdout.write(f"{len(chosen)} cells, {wrong} wrong\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
