"""Long random texts that let someone in, and what is kept of them."""

from __future__ import annotations

import hashlib
import secrets
import string
import unicodedata
from typing import Final
from zlib import crc32

ALPHABET: Final = string.ascii_letters + string.digits
"""62 characters: a double click on a token takes all of it."""
_LENGTH: Final = 43
"""Characters of a random text: over 2^256 of them."""


def random_text(length: int = _LENGTH) -> str:
    """Make a random text of letters and digits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def digest(text: str) -> bytes:
    """Give what is kept of a random text: SHA-256, for there is nothing to guess at."""
    return hashlib.sha256(text.encode()).digest()


def checksum(text: str) -> str:
    """Give six characters that tell a mistyped token, and let scanners recognise one."""
    number, made = crc32(text.encode()), ""
    for _ in range(6):
        number, left = divmod(number, len(ALPHABET))
        made += ALPHABET[left]
    return made


def canonical(name: str) -> str:
    """Give a name as two names are compared: spellings that read the same are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()
