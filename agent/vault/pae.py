"""Pre-authentication encoding: fields to bytes, such that no two lists of fields meet.

PASETO's PAE: LE64(count), then LE64(length) and the bytes of each piece. Joining with a separator
would let ``("a", "b:c")`` and ``("a:b", "c")`` be one context.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def pae(pieces: Sequence[bytes]) -> bytes:
    """Encode ``pieces`` (PASETO specification, "PAE Definition")."""
    return _le64(len(pieces)) + b"".join(_le64(len(piece)) + piece for piece in pieces)


def context(namespace: str, *fields: str | int | bytes) -> bytes:
    """Encode a namespace and its fields; text becomes UTF-8 and a number its decimal digits."""
    return pae([namespace.encode(), *(_field(field) for field in fields)])


def _field(field: str | int | bytes) -> bytes:
    if isinstance(field, bytes):
        return field
    return str(field).encode()


def _le64(number: int) -> bytes:
    # PASETO clears the top bit for languages without unsigned numbers.
    return (number & 0x7FFF_FFFF_FFFF_FFFF).to_bytes(8, "little")
