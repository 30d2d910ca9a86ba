"""Paint boxes over a picture and write it anew, so that nothing of the old file is left."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.artifacts.seen_page import Box

MARGIN = 2.0
QUALITY = 82


def painted(shot: bytes, boxes: Iterable[Box], width: float) -> tuple[bytes, int, int]:
    """The picture with solid black over ``boxes``, as JPEG without metadata, and its size.

    Boxes are in CSS pixels of a page ``width`` wide; the picture may have more pixels than that.
    """
    picture = masked(shot, boxes, width)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=QUALITY)
    return written.getvalue(), picture.width, picture.height


def masked(shot: bytes, boxes: Iterable[Box], width: float) -> Image.Image:
    """The picture itself, with solid black over ``boxes`` and nothing beside its pixels."""
    with Image.open(io.BytesIO(shot), formats=("JPEG", "PNG")) as source:
        picture = source.convert("RGB")
    picture.info.clear()
    scale = picture.width / width
    draw = ImageDraw.Draw(picture)
    for left, top, right, bottom in boxes:
        if right <= left or bottom <= top or right < 0 or bottom < 0:
            continue
        corner = ((left - MARGIN) * scale, (top - MARGIN) * scale)
        draw.rectangle((*corner, (right + MARGIN) * scale, (bottom + MARGIN) * scale), fill="black")
    return picture
