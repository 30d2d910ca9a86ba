"""Make the pictures of a film: masked ones, and plain ones that say why nothing is shown.

Each is a lossy WebP without metadata: one key frame of VP8 (RFC 6386) in a RIFF box (RFC 9649), so
that a film is made by putting them one after the other, and nothing is drawn anew.
"""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from agent.artifacts.paint import masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.artifacts.seen_page import Box

QUALITY = 70
# 0 is twice as large, 4 three times as slow.
_METHOD = 2
_GROUND, _INK = "#22262b", "#d7dce1"
_LETTERS_A_LINE = 72
_MOST_LINES = 6


def still(
    shot: bytes, boxes: Iterable[Box], width: float, canvas: tuple[int, int]
) -> tuple[bytes, int, int]:
    """The picture with solid black over ``boxes``, fitted into ``canvas``, and its size.

    Boxes are in CSS pixels of a page ``width`` wide, as in ``paint.painted``.
    """
    picture = masked(shot, boxes, width)
    picture.thumbnail(canvas)
    film = Image.new("RGB", canvas, _GROUND)
    film.paste(picture, ((canvas[0] - picture.width) // 2, (canvas[1] - picture.height) // 2))
    return _as_webp(film), *canvas


def notice(lines: Sequence[str], canvas: tuple[int, int]) -> bytes:
    """A plain picture with a few lines on it; what they say must be clean."""
    film = Image.new("RGB", canvas, _GROUND)
    size = max(canvas[0] // 50, 12)
    short = [piece for line in lines for piece in textwrap.wrap(line, _LETTERS_A_LINE)]
    ImageDraw.Draw(film).multiline_text(
        (canvas[0] / 2, canvas[1] / 2),
        "\n".join(short[:_MOST_LINES]),
        fill=_INK,
        font=ImageFont.load_default(size),
        anchor="mm",
        align="center",
        spacing=size // 2,
    )
    return _as_webp(film)


def _as_webp(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "WEBP", quality=QUALITY, method=_METHOD)
    return written.getvalue()
