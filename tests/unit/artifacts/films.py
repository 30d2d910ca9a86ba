"""Films for tests: pictures as the camera writes them, and the list that names them."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING

from PIL import Image

from agent.artifacts.raw import Picture, RawArtifact
from agent.artifacts.stills import notice, still

if TYPE_CHECKING:
    from pathlib import Path

CANVAS = (320, 240)
COLOURS = ("red", "lime", "blue")


def page_in(colour: str) -> bytes:
    """A picture of one colour, as a browser gives it."""
    file = io.BytesIO()
    Image.new("RGB", CANVAS, colour).save(file, "PNG")
    return file.getvalue()


def stills_in(folder: Path) -> list[Picture]:
    """Three coloured pictures of the camera, and one that says something."""
    webps = [still(page_in(colour), (), CANVAS[0], CANVAS)[0] for colour in COLOURS]
    webps.append(notice(["No picture here: a test is going on."], CANVAS))
    found = []
    for number, webp in enumerate(webps):
        path = folder / f"{number}.webp"
        path.write_bytes(webp)
        digest = hashlib.sha256(webp).hexdigest()
        found.append(Picture(path, "film", number, *CANVAS, digest))
    return found


def film_in(
    folder: Path, times: tuple[int, ...] = (0, 500, 1200, 2000), length: int = 2500
) -> tuple[RawArtifact, list[Picture]]:
    """A film of those four, and its pictures."""
    stills = stills_in(folder)
    named = [{"at": at, "file": one.path.name} for at, one in zip(times, stills, strict=True)]
    path = folder / "film.json"
    path.write_text(json.dumps({"size": CANVAS, "length": length, "stills": named}))
    return RawArtifact("video", path, "video.webm"), stills
