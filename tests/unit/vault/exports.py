"""Google Authenticator's exports, written by hand for the tests (the reader shares no code)."""

from __future__ import annotations

import base64
from urllib.parse import quote


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def block(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def account(
    secret: bytes = b"12345678901234567890",
    name: str = "ann@hotel.example",
    issuer: str = "Hotel",
    **numbers: int,
) -> bytes:
    """One account; ``numbers`` are algorithm, digits, kind and counter."""
    given = {"algorithm": 1, "digits": 1, "kind": 2} | numbers
    fields = {"algorithm": 4, "digits": 5, "kind": 6, "counter": 7}
    texts = block(1, secret) + block(2, name.encode()) + block(3, issuer.encode())
    return block(1, texts + b"".join(number(fields[key], n) for key, n in given.items()))


def link(*accounts: bytes, parts: int = 1, part: int = 0, more: bytes = b"") -> str:
    payload = b"".join(accounts) + number(2, 1) + number(3, parts) + number(4, part)
    return as_link(payload + number(5, 123456) + more)


def as_link(payload: bytes) -> str:
    return f"otpauth-migration://offline?data={quote(base64.b64encode(payload).decode(), safe='')}"
