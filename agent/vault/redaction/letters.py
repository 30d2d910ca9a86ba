"""The characters a run's values are made of: an escape for any other need not be undone.

Most escapes in a trace are quotes, line ends and angle brackets; most passwords hold none of them.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# The signs of the escapes themselves (for escapes of escapes), of base64, and of a form body.
_ALWAYS = frozenset(string.ascii_letters + string.digits + "%&#;{}\\+/=-_")
# What may stand between the characters of a value, and so must be seen as itself.
GAP_CHARACTERS = frozenset(" \t\r\n\f\v<>\u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff")


@dataclass(frozen=True, slots=True)
class Letters:
    """``characters`` for escapes that stand for one, ``octets`` for escapes of single bytes."""

    characters: frozenset[str]
    octets: frozenset[int]

    @classmethod
    def of(cls, spelled: Iterable[bytes]) -> Letters:
        """Collect what the spellings of all values are made of (any case)."""
        octets = set(b"".join(spelled)) | set("".join(_ALWAYS).encode("ascii") + b" \t\r\n")
        # ASCII is of one octet a character; what is not UTF-8 is nobody's character
        others = (each for each in spelled if not each.isascii())
        texts = "".join(map(chr, (octet for octet in octets if octet < 0x80)))
        texts += "".join(each.decode("utf-8", "ignore") for each in others)
        characters = _ALWAYS | GAP_CHARACTERS | set(texts + texts.upper() + texts.lower())
        octets |= {ord(chr(octet).upper()) for octet in octets if octet < 0x80}
        return cls(frozenset(characters), frozenset(octets))

    def hold(self, text: str) -> bool:
        """Say whether a value could hold all of these characters."""
        return self.characters.issuperset(text)
