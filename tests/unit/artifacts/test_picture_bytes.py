"""Pictures and codes: what every JPEG holds is no leak, and what is written into one is."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from agent.artifacts.paint import painted
from agent.artifacts.picture_bytes import searched
from agent.artifacts.publish import publish_now
from agent.artifacts.raw import Picture, RawArtifact
from agent.artifacts.scanning import Limits, Scan
from agent.vault.open import RunSecrets
from tests.leak.recording import Recording
from tests.unit.artifacts.films import film_in, page_in

if TYPE_CHECKING:
    from pathlib import Path

# ITU-T T.81, K.3: the standard tables list these bytes in a row.
CODE = b"456789"


@pytest.fixture
def jpeg() -> bytes:
    return painted(page_in("teal"), (), 320)[0]


def with_tables(content: bytes) -> bytes:
    return b"\xff\xd8\xff\xc4" + (len(content) + 2).to_bytes(2) + content + b"\xff\xda.\xff\xd9"


def test_the_tables_of_a_jpeg_are_not_searched(jpeg: bytes) -> None:
    assert CODE in jpeg, "control: the code does stand in it"
    assert CODE not in searched(jpeg)
    assert len(jpeg) - len(searched(jpeg)) < 500


def test_a_comment_a_tail_and_a_table_that_is_none_are_searched(jpeg: bytes) -> None:
    comment = b"\xff\xfe" + (len(CODE) + 2).to_bytes(2) + CODE
    assert CODE in searched(jpeg[:2] + comment + jpeg[2:])
    assert CODE in searched(jpeg + CODE)
    assert CODE in searched(with_tables(b"pin: " + CODE))
    twice = b"\x00" + bytes(15) + b"\x08" + b"4567894 "
    assert CODE in searched(with_tables(twice))
    assert CODE in searched(with_tables(b"\x00" + bytes(15) + b"\x09" + CODE))


@pytest.mark.parametrize("content", [b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xc4\x00", b"GIF"])
def test_a_picture_that_breaks_off_is_given_as_it_is(content: bytes) -> None:
    assert searched(content) == content


@pytest.mark.parametrize("value", ["456789", "987654", "56789:CDEFGHIJSTUVWXYZ"])
def test_a_scan_of_pictures_finds_no_code_in_their_tables(jpeg: bytes, value: str) -> None:
    with RunSecrets(()) as secrets:
        secrets.learn("LOGIN.totp", value)
        scan = Scan(secrets.needles, Limits())
        assert list(scan.picture("x.jpeg", jpeg)) == []
        assert list(scan.picture("x.jpeg", jpeg + value.encode())) != [], "control"


@pytest.mark.parametrize("value", ["456789", "987654"])
def test_such_a_code_withholds_no_picture_trace_report_or_film(
    tmp_path: Path, jpeg: bytes, value: str
) -> None:
    private, kept = tmp_path / "private", tmp_path / "kept"
    private.mkdir()
    kept.mkdir()
    path = private / "a.jpeg"
    path.write_bytes(jpeg)
    picture = Picture(path, "01-goto", 1795340314700, 320, 240, hashlib.sha256(jpeg).hexdigest())
    film, stills = film_in(private)
    (private / "report").write_text(json.dumps({"task": "x", "status": "ok", "code": value}))
    (private / "trace").write_bytes(Recording.plain().packed())
    with RunSecrets(()) as secrets:
        secrets.learn("LOGIN.totp", value)
        made = [
            publish_now(RawArtifact(kind, private / file, name), kept, secrets, pictures=pictures)
            for kind, file, name, pictures in (
                ("screenshot", "a.jpeg", "01-goto.jpeg", [picture]),
                ("report", "report", "report.html", [picture]),
                ("trace", "trace", "trace.zip", [picture]),
                ("video", film.path.name, "video.webm", stills),
            )
        ]
    assert [(one.name, one.state, one.reason) for one in made] == [
        (name, "kept", "") for name in ("01-goto.jpeg", "report.html", "trace.zip", "video.webm")
    ]
    assert b"data:image/jpeg;base64," in (kept / "report.html").read_bytes()
    assert value not in (kept / "report.html").read_text(), "the code itself is marked"
