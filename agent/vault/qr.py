"""The text of a QR code in a picture, read by a child process that can do nothing else.

A decoder of pictures is the likeliest part to be attacked, so it gets the bytes and nothing more:
no environment, no file to write, little memory, little time. The picture is never stored.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from agent.errors import EnvironmentUnfit, UsageError

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE: Final = 8 * 1024 * 1024
TIME_LIMIT: Final = 20.0
_LONGEST_TEXT: Final = 16_384
_READER: Final = "agent.vault.qr_reader"
_REFUSALS: Final = {
    "picture": "is not a PNG, JPEG or WebP picture, or it is damaged",
    "pixels": "is a picture of more than 20 million pixels: cut it to the QR code",
    "none": "holds no QR code that can be read: take the picture again, closer and sharper",
    "several": "holds several QR codes: cut it to the one that is meant",
}


def read_picture(path: Path) -> str:
    """Return the text of the one QR code in a PNG, JPEG or WebP file of at most 8 MiB.

    Raises ``UsageError``, which never quotes the text, and ``EnvironmentUnfit`` where the extra
    ``qr`` is not installed.
    """
    return read_content(_bytes_of(path), path.name)


def read_content(content: bytes, name: str = "the picture") -> str:
    """Return the text of the one QR code in a picture at hand; raises as ``read_picture``."""
    if find_spec("zxingcpp") is None:
        raise EnvironmentUnfit(
            "QR codes cannot be read here: a package is missing",
            hint="pip install 'slotrunner[qr]', or enter the key the site shows as text",
        )
    if len(content) > LARGEST_FILE:
        raise UsageError(f"{name} is larger than 8 MiB: cut it to the QR code")
    answer = _decode(content)
    found = answer.get("text")
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST_TEXT:
        said = _REFUSALS.get(str(answer.get("refused")), "could not be read as a picture")
        raise UsageError(f"{name} {said}")
    return found


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise UsageError(f"{path.name}: {error.strerror}") from None
    return content


def _decode(content: bytes) -> dict[str, object]:
    try:
        done = subprocess.run(  # noqa: S603  our own program, with no argument from outside
            [sys.executable, "-I", "-m", _READER],
            input=content,
            capture_output=True,
            timeout=TIME_LIMIT,
            env={},
            cwd=os.sep,
            check=False,
        )
        answer = json.loads(done.stdout) if done.returncode == 0 else {}
    except (subprocess.TimeoutExpired, ValueError, OSError):
        return {}
    return answer if isinstance(answer, dict) else {}
