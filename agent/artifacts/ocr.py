"""Read the words in pictures with tesseract, where it is installed."""

from __future__ import annotations

import functools
import io
import shutil
import subprocess
from typing import TYPE_CHECKING

from PIL import Image, ImageSequence, UnidentifiedImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"RIFF", b"BM")
_FRAMES_READ = 12
_LARGEST_PIXELS = 40_000_000
_ENLARGED_UP_TO = 1400
_SPARSE_TEXT = "11"
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")


class PictureUnread(Exception):
    """A picture whose words could not be read: broken, too large, or it took too long."""


@functools.cache
def reader() -> str | None:
    """The path of tesseract, or ``None``."""
    return shutil.which("tesseract")


def words_in(picture: bytes, seconds: float) -> Iterator[str]:
    """Yield what tesseract reads in each frame of a picture, a dozen frames at most.

    ``seconds`` is for each frame. Raises ``PictureUnread``.
    """
    program = reader()
    if program is None:
        raise PictureUnread("tesseract is not installed")
    for frame in _frames(picture):
        yield _read(program, frame, seconds)


def _frames(picture: bytes) -> Iterator[bytes]:
    try:
        with Image.open(io.BytesIO(picture), formats=_FORMATS) as image:
            if image.width * image.height > _LARGEST_PIXELS:
                raise PictureUnread("it is too large")
            count = getattr(image, "n_frames", 1)
            every = -(-count // _FRAMES_READ)
            for number, frame in enumerate(ImageSequence.Iterator(image)):
                if number % every == 0:
                    yield _as_png(frame)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise PictureUnread("it is broken") from None
    except Image.DecompressionBombError:
        raise PictureUnread("it is too large") from None


def _as_png(frame: Image.Image) -> bytes:
    plain = frame.convert("RGBA")
    ground = Image.new("RGB", plain.size, "white")
    ground.paste(plain, mask=plain.getchannel("A"))
    if plain.width <= _ENLARGED_UP_TO:
        # small type is read far better at twice its size
        ground = ground.resize((plain.width * 2, plain.height * 2))
    written = io.BytesIO()
    ground.save(written, "PNG", compress_level=1)
    return written.getvalue()


def _read(program: str, picture: bytes, seconds: float) -> str:
    command = [program, "stdin", "stdout", "--psm", _SPARSE_TEXT]
    try:
        done = subprocess.run(  # noqa: S603 - fixed words; the picture comes on standard input
            command,
            input=picture,
            capture_output=True,
            check=True,
            timeout=max(seconds, 0.1),
            env={"OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired:
        raise PictureUnread("it takes too long") from None
    except (subprocess.CalledProcessError, OSError):
        raise PictureUnread("tesseract failed") from None
    return done.stdout.decode("utf-8", "replace")
