"""The child process of ``agent.vault.qr``: a picture on standard input, one JSON line out.

Run as ``python -I -m agent.vault.qr_reader``; nothing imports it.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings
from typing import Final

import zxingcpp
from PIL import Image

FORMATS: Final = ("PNG", "JPEG", "WEBP")
MOST_PIXELS: Final = 20_000_000
# A picture of the most pixels takes 60 MB as RGB; the decoder keeps a few copies of it in grey.
_LIMITS: Final = {
    resource.RLIMIT_AS: 1 << 30,
    resource.RLIMIT_CPU: 15,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_NPROC: 0,
}


def confine() -> None:
    """Give up what reading a picture does not need; it cannot be got back."""
    for kind, most in _LIMITS.items():
        resource.setrlimit(kind, (most, most))


def read(content: bytes) -> dict[str, str]:
    """Return ``{"text": …}`` of the one QR code, or ``{"refused": why}``."""
    warnings.simplefilter("ignore")  # Pillow warns of large pictures; they are measured here
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return {"refused": "pixels"}
            opened.draft("L", None)
            picture = _flat(opened)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, MemoryError):
        return {"refused": "picture"}
    found = zxingcpp.read_barcodes(
        picture,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        text_mode=zxingcpp.TextMode.Plain,
    )
    texts = {one.text for one in found if one.text}
    if len(texts) != 1:
        return {"refused": "several" if texts else "none"}
    return {"text": texts.pop()}


def _flat(opened: Image.Image) -> Image.Image:
    """Return the picture in grey, on white where it can be seen through."""
    if opened.mode in ("1", "L", "RGB", "YCbCr", "CMYK"):
        return opened.convert("L")
    seen = opened.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("L")


if __name__ == "__main__":
    confine()
    sys.stdout.write(json.dumps(read(sys.stdin.buffer.read())))
