"""Films: what goes in comes out in its order, and nothing else is let by."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from agent.artifacts.film_reading import Unreadable, as_webp, parts_of
from agent.artifacts.gate import Limits, inspect
from agent.artifacts.hits import Hit
from agent.artifacts.publish import publish_now
from agent.artifacts.scanning import Scan
from agent.artifacts.webm import key_frame
from tests.unit.artifacts.conftest import PASSWORD
from tests.unit.artifacts.films import COLOURS, film_in

if TYPE_CHECKING:
    from pathlib import Path

    from agent.artifacts.artifact import Artifact
    from agent.artifacts.raw import Picture
    from agent.vault.open import RunSecrets

SIMPLE_BLOCK = b"\xa3\x01"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder


def published(tmp_path: Path, kept: Path, secrets: RunSecrets) -> tuple[Artifact, list[Picture]]:
    raw, stills = film_in(tmp_path)
    return publish_now(raw, kept, secrets, pictures=stills), stills


def reasons(path: Path, secrets: RunSecrets, stills: list[Picture]) -> set[str]:
    limits = Limits(frozenset(one.sha256 for one in stills))
    return {hit.rule for hit in inspect(path, secrets.needles, limits)}


def test_a_film_shows_its_pictures_and_stays_on_the_last(
    tmp_path: Path, kept: Path, secrets: RunSecrets
) -> None:
    artifact, stills = published(tmp_path, kept, secrets)
    assert (artifact.state, artifact.reason) == ("kept", "")
    assert artifact.path.stat().st_mode & 0o777 == 0o600
    with artifact.path.open("rb") as file:
        pictures = [as_webp(part.content) for part in parts_of(file) if part.picture]
    written = [one.path.read_bytes() for one in stills]
    assert pictures == [*written, written[-1]], "not a byte is drawn anew"
    with Image.open(io.BytesIO(pictures[0] or b"")) as picture:
        assert picture.convert("RGB").getpixel((9, 9))[0] > 200  # type: ignore[index] # of RGB, three numbers
    assert len(COLOURS) == len(stills) - 1


def test_a_picture_the_camera_does_not_know_withholds_the_film(
    tmp_path: Path, kept: Path, secrets: RunSecrets
) -> None:
    raw, stills = film_in(tmp_path)
    artifact = publish_now(raw, kept, secrets, pictures=stills[:-1])
    assert artifact.reason == "a picture that is not from the camera"
    assert [path.name for path in kept.iterdir()] == ["video.webm.withheld.json"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"length": 2000}, "times do not fit"),
        ({"stills": []}, "times do not fit"),
        ({"stills": [{"at": 0, "file": "../secret.webp"}]}, "is not there"),
        ({"stills": [{"at": 0, "file": "9.webp"}]}, "is not there"),
        ({"stills": [{"at": 0}]}, "not a film of the camera"),
        ({"size": "large"}, "not a film of the camera"),
    ],
)
def test_a_list_that_is_none_withholds_the_film(
    tmp_path: Path, kept: Path, secrets: RunSecrets, change: dict[str, object], reason: str
) -> None:
    raw, stills = film_in(tmp_path)
    raw.path.write_text(json.dumps(json.loads(raw.path.read_text()) | change))
    (tmp_path.parent / "secret.webp").write_bytes(stills[0].path.read_bytes())
    assert reason in publish_now(raw, kept, secrets, pictures=stills).reason


@pytest.mark.parametrize("times", [(0, 500, 500, 900), (0, 900, 500, 950), (-1, 1, 2, 3)])
def test_pictures_out_of_their_order_withhold_the_film(
    tmp_path: Path, kept: Path, secrets: RunSecrets, times: tuple[int, ...]
) -> None:
    raw, stills = film_in(tmp_path, times)
    assert "times" in publish_now(raw, kept, secrets, pictures=stills).reason


def test_a_video_of_another_maker_is_refused(
    tmp_path: Path, kept: Path, secrets: RunSecrets
) -> None:
    artifact, stills = published(tmp_path, kept, secrets)
    raw, _ = film_in(tmp_path)
    raw.path.write_bytes(artifact.path.read_bytes())
    assert "not from the camera" in publish_now(raw, kept, secrets, pictures=stills).reason


def test_the_gate_lets_no_more_into_a_film_than_its_pictures(
    tmp_path: Path, kept: Path, secrets: RunSecrets
) -> None:
    artifact, stills = published(tmp_path, kept, secrets)
    film = artifact.path.read_bytes()
    path = tmp_path / "changed.webm"
    path.write_bytes(film)
    assert reasons(path, secrets, stills) == set(), "control: as it is, nothing is wrong"
    assert reasons(path, secrets, stills[1:]) == {"a picture that is not from the camera"}
    path.write_bytes(film + b"\xec\x85hello")
    assert "a video with more in it than a film of ours has" in reasons(path, secrets, stills)
    path.write_bytes(film.replace(b"slotrunner", PASSWORD.encode()[:10]))
    path.write_bytes(film + b"\x4d\x80" + bytes([0x80 | len(PASSWORD)]) + PASSWORD.encode())
    assert reasons(path, secrets, stills) == {"a value was found"}
    at = film.index(b"\x9d\x01\x2a")
    path.write_bytes(film[: at + 200] + b"\x55" + film[at + 201 :])
    assert reasons(path, secrets, stills) == {"a picture that is not from the camera"}
    path.write_bytes(film[:-9])
    assert any("broken" in rule for rule in reasons(path, secrets, stills))
    path.write_bytes(film + PASSWORD.encode())
    assert reasons(path, secrets, stills), "bytes behind the end are no film"


def test_a_frame_that_only_its_player_can_draw_is_a_reason(
    tmp_path: Path, kept: Path, secrets: RunSecrets
) -> None:
    artifact, _ = published(tmp_path, kept, secrets)
    film = artifact.path.read_bytes()
    at = film.index(b"\x9d\x01\x2a") - 3
    path = tmp_path / "other.webm"
    path.write_bytes(film[:at] + bytes([film[at] | 1]) + film[at + 1 :])
    with path.open("rb") as file:
        hits = list(Scan(secrets.needles, Limits()).file(file, "x"))
    assert hits == [Hit("x", rule="a video, which cannot be read here")]
    path.write_bytes(film)
    with path.open("rb") as file:
        assert list(Scan(secrets.needles, Limits()).file(file, "x")) == [], "control"
    path.write_bytes(film.replace(b"slotrunner", b"hunter2-S3"))
    secrets.learn("A.password", "hunter2-S3")
    with path.open("rb") as file:
        assert {hit.label for hit in Scan(secrets.needles, Limits()).file(file, "x")} == {
            "A.password"
        }


@pytest.mark.parametrize(
    "content",
    [
        b"\x1a\x45\xdf\xa3",
        b"\x1a\x45\xdf\xa3\x00",
        b"\x1a\x45\xdf\xa3\xff\xa3\x85ab",
        b"\x1a\x45\xdf\xa3\xff\xa3\xffab",
        b"\x1a\x45\xdf\xa3\xff\xec\x1f\xff\xff\xff",
    ],
)
def test_a_broken_video_is_told_as_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.webm"
    path.write_bytes(content)
    with path.open("rb") as file, pytest.raises(Unreadable):
        list(parts_of(file))


@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_a_still_is_a_plain_lossy_webp(form: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, form)
    with pytest.raises(Exception, match="not one that the camera writes"):
        key_frame(file.getvalue())
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "WEBP", exif=b"Exif\0\0II*\0" + PASSWORD.encode())
    with pytest.raises(Exception, match="not one that the camera writes"):
        key_frame(file.getvalue())
