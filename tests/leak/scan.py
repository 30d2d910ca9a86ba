"""A third reader, of the tests alone: what a run left, in every encoding, compressed or in pixels.

Shares no code with the cleaner or with the gate. Encodings are those of the channel matrix; what
cannot be enumerated (escape dialects) is found by spelling a value in the dialects that programs
write.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import os
import re
import shutil
import subprocess
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


TELLING_BASE64 = 8


@dataclass(frozen=True)
class Leak:
    """Where a canary was found; never the canary itself."""

    where: str
    name: str
    form: str


@cache
def forms(value: str) -> dict[str, bytes]:
    """Spell ``value`` in every encoding that is searched for; trivial repeats are left out."""
    raw = value.encode()
    every_byte = "".join(f"%{byte:02X}" for byte in raw)
    spelled = {
        "raw": raw,
        "nfc": unicodedata.normalize("NFC", value).encode(),
        "nfd": unicodedata.normalize("NFD", value).encode(),
        "reversed": value[::-1].encode(),
        "upper": value.upper().encode(),
        "lower": value.lower().encode(),
        "json": json.dumps(value)[1:-1].encode(),
        "json twice": json.dumps(json.dumps(value))[3:-3].encode(),
        "json unicode": json.dumps(value, ensure_ascii=False)[1:-1].encode(),
        "percent": quote(value, safe="").encode(),
        "percent component": quote(value, safe="!~*'()").encode(),
        "percent lower": re.sub("%..", lambda hit: hit[0].lower(), quote(value, safe="")).encode(),
        "percent every byte": every_byte.encode(),
        "percent twice": quote(quote(value, safe=""), safe="").encode(),
        "form": quote_plus(value).encode(),
        "html": html.escape(value).encode(),
        "html decimal": "".join(f"&#{ord(letter)};" for letter in value).encode(),
        "html hex": "".join(f"&#x{ord(letter):x};" for letter in value).encode(),
        "hex": raw.hex().encode(),
        "hex upper": raw.hex().upper().encode(),
        "utf-16-le": value.encode("utf-16-le"),
        "utf-16-be": value.encode("utf-16-be"),
        "base64 twice": base64.b64encode(base64.b64encode(raw)).rstrip(b"="),
    }
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + raw)
        known = whole[4 if shift else 0 : -4 if (len(raw) + shift) % 3 else None]
        # A few letters of base64 stand in every picture: too few say nothing.
        if len(known) >= TELLING_BASE64:
            spelled[f"base64 +{shift}"] = known
            spelled[f"base64url +{shift}"] = known.translate(bytes.maketrans(b"+/", b"-_"))
    for name in ("md5", "sha1", "sha256"):
        digest = hashlib.new(name, raw, usedforsecurity=False)
        spelled[name] = digest.hexdigest().encode()
        spelled[f"{name} base64"] = base64.b64encode(digest.digest()).rstrip(b"=")
    return {form: text for form, text in spelled.items() if len(text) >= 4}


def find_in(content: bytes, canaries: Mapping[str, str], where: str) -> Iterator[Leak]:
    """Search one blob and everything packed in it."""
    told = without_huffman_tables(content)
    for name, value in canaries.items():
        found: dict[bytes, bool] = {}
        for form, spelled in forms(value).items():
            # Many forms of a plain value are the same bytes: those are looked for once.
            if spelled not in found:
                found[spelled] = _holds(told, spelled, digits=value.isdigit())
            if found[spelled]:
                yield Leak(where, name, form)
    for member, inner in _unpacked(content):
        yield from find_in(member.encode() + b"\n" + inner, canaries, f"{where}!{member}")


def find_under(folders: Iterable[Path], canaries: Mapping[str, str]) -> list[Leak]:
    """Search every file below ``folders``, names included."""
    leaks: list[Leak] = []
    for folder in folders:
        for path in below(folder):
            leaks += find_in(str(path.relative_to(folder)).encode(), canaries, f"name of {path}")
            leaks += find_in(_content(path), canaries, str(path))
    return leaks


def below(folder: Path) -> list[Path]:
    """List what is below a folder; a folder of another run may go while it is looked at."""
    # os.walk goes on where rglob raises.
    walked = os.walk(folder)
    return sorted(Path(place) / name for place, *names in walked for name in chain(*names))


def _content(path: Path) -> bytes:
    """Read a file; another run's private folder may go while it is looked at."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except FileNotFoundError:
        return b""


def _holds(content: bytes, spelled: bytes, *, digits: bool) -> bool:
    if spelled not in content:
        return False
    if not digits or not spelled.isdigit():
        return True
    # Six digits stand in many longer numbers; a code is one that stands by itself.
    return re.search(rb"(?<![\d.])" + re.escape(spelled) + rb"(?!\d)", content) is not None


def without_huffman_tables(content: bytes) -> bytes:
    """Cut the DHT segments out of a JPEG: those that every encoder writes spell ``456789``.

    A code may have those six digits too. Other content comes back as it is (ITU-T T.81, B.2.4.2).
    """
    kept, at = [content[:2]], 2
    if kept[0] != b"\xff\xd8":
        return content
    while content[at : at + 1] == b"\xff" and content[at + 1 : at + 2] != b"\xda":
        length = 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if content[at + 1] != 0xC4:
            kept.append(content[at : at + length])
        at += length
    return b"".join(kept) + content[at:]


def _unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield member, archive.read(member)
    elif content[:2] == b"\x1f\x8b":
        yield "gzip", gzip.decompress(content)
    elif content[:2] in {b"\x78\x01", b"\x78\x9c", b"\x78\xda"}:
        try:
            yield "zlib", zlib.decompress(content)
        except zlib.error:
            return


def unpacked_in(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Give a file's own bytes, or the members of a zip by their names."""
    if content[:2] == b"PK":
        yield from _unpacked(content)
    else:
        yield "", content


def stills_in(webm: bytes) -> Iterator[tuple[str, bytes]]:
    """Give every picture of a film as a WebP: a block of VP8 (RFC 9559) is the middle of one."""
    block = re.compile(rb"\xa3\x01(.{7})\x81\x00\x00\x80(?=...\x9d\x01\x2a)", re.DOTALL)
    for number, found in enumerate(block.finditer(webm)):
        frame = webm[found.end() : found.end() + int.from_bytes(found[1]) - 4]
        box = b"WEBPVP8 " + len(frame).to_bytes(4, "little") + frame + bytes(len(frame) % 2)
        yield f"still {number}", b"RIFF" + len(box).to_bytes(4, "little") + box


def pictures_under(folders: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Give every picture file below ``folders``, and every picture inside a zip or film there."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".jpeg", ".jpg", ".png"}:
                yield str(path), path.read_bytes()
            elif path.suffix in {".zip", ".webm"}:
                content = path.read_bytes()
                found = stills_in(content) if path.suffix == ".webm" else _pictures_in_zip(content)
                yield from ((f"{path}!{name}", picture) for name, picture in found)


def _pictures_in_zip(content: bytes) -> Iterator[tuple[str, bytes]]:
    for member, inner in _unpacked(content):
        if member.endswith((".jpeg", ".jpg", ".png")):
            yield member, inner


def words_read(picture: bytes) -> str:
    """Read a picture with tesseract, white space and case removed."""
    program = shutil.which("tesseract")
    assert program, "tesseract is not installed"
    done = subprocess.run(
        [program, "stdin", "stdout", "--psm", "11"], input=picture, capture_output=True, check=True
    )
    return re.sub(r"\s+", "", done.stdout.decode()).lower()


def seen_in(text: str, value: str) -> bool:
    """Tell whether OCR text shows ``value``: all of it, or any eight letters in a row."""
    plain = re.sub(r"\s+", "", value).lower()
    span = min(len(plain), 8)
    return any(plain[at : at + span] in text for at in range(len(plain) - span + 1))
