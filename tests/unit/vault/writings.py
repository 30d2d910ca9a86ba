"""How the tests write a value down: one function per encoding class of the trace specification.

Made with the standard library, and by hand where programs differ; shared by the tests of both
matchers, so that neither is tested only with its own idea of an encoding.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _units(text: str) -> list[str]:
    raw = text.encode("utf-16-be")
    return [raw[i : i + 2].hex() for i in range(0, len(raw), 2)]


def _aligned(raw: bytes, before: int) -> bytes:
    return base64.b64encode(b"abc"[:before] + raw + b"xyz")


def _json(text: str, *, levels: int = 1, ascii_only: bool = True) -> str:
    for _ in range(levels):
        text = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
    return text


def _jwt(text: str) -> str:
    payload = json.dumps({"iss": "hotel", "sub": text}).encode()
    return f"eyJhbGciOiJub25lIn0.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.sig"


def _every_byte(text: str) -> str:
    return "".join(f"%{octet:02x}" for octet in text.encode())


WRITINGS: Mapping[str, Callable[[str], bytes]] = {
    "R raw": lambda v: v.encode(),
    "C upper": lambda v: v.upper().encode(),
    "C lower": lambda v: v.lower().encode(),
    "C reversed": lambda v: v[::-1].encode(),
    "J json": lambda v: _json(v).encode(),
    "J json utf-8": lambda v: _json(v, ascii_only=False).encode(),
    "J json twice": lambda v: _json(v, levels=2).encode(),
    "J json three times": lambda v: _json(v, levels=3).encode(),
    "J every unit": lambda v: "".join(f"\\u{unit}" for unit in _units(v)).encode(),
    "J every unit, upper case": lambda v: "".join(f"\\u{u.upper()}" for u in _units(v)).encode(),
    "J escaped slash": lambda v: _json(v).replace("/", "\\/").encode(),
    "J braces": lambda v: "".join(f"\\u{{{ord(c):x}}}" for c in v).encode(),
    "J html-safe json": lambda v: (
        _json(v).replace("<", "\\u003c").replace(">", "\\u003E").replace("&", "\\u0026").encode()
    ),
    "J bytes of a script": lambda v: "".join(f"\\x{octet:02x}" for octet in v.encode()).encode(),
    "P rfc 3986": lambda v: quote(v, safe="").encode(),
    "P component": lambda v: quote(v, safe="!'()*~").encode(),
    "P uri": lambda v: quote(v, safe=";,/?:@&=+$-_.!~*'()#").encode(),
    "P lower hex": lambda v: "".join(
        p.lower() if p.startswith("%") else p for p in _split_percent(quote(v, safe=""))
    ).encode(),
    "P every byte": lambda v: _every_byte(v).encode(),
    "P double": lambda v: quote(quote(v, safe=""), safe="").encode(),
    "P mixed": lambda v: "".join(
        quote(c, safe="") if i % 2 else _every_byte(c) for i, c in enumerate(v)
    ).encode(),
    "P of json": lambda v: quote(_json(v), safe="").encode(),
    "P in json": lambda v: _json(quote(v, safe="!*'()")).encode(),
    "F form": lambda v: quote_plus(v).encode(),
    "H named": lambda v: html.escape(v).encode(),
    "H decimal": lambda v: "".join(f"&#{ord(c)};" for c in v).encode(),
    "H hex": lambda v: "".join(f"&#x{ord(c):x};" for c in v).encode(),
    "H hex upper": lambda v: "".join(f"&#X{ord(c):X};" for c in v).encode(),
    "H padded": lambda v: "".join(f"&#{ord(c):07d};" for c in v).encode(),
    "H double": lambda v: html.escape(html.escape(v)).encode(),
    "H in json": lambda v: _json(html.escape(v)).encode(),
    "B at 0": lambda v: _aligned(v.encode(), 0),
    "B at 1": lambda v: _aligned(v.encode(), 1),
    "B at 2": lambda v: _aligned(v.encode(), 2),
    "B alone": lambda v: base64.b64encode(v.encode()),
    "B twice": lambda v: base64.b64encode(base64.b64encode(v.encode())),
    "B basic pair": lambda v: base64.b64encode(b"someone:" + v.encode()),
    "B of utf-16": lambda v: base64.b64encode(v.encode("utf-16-le")),
    "B of json": lambda v: base64.b64encode(json.dumps({"password": v}).encode()),
    "B in a query": lambda v: quote(base64.b64encode(b"?>" + v.encode()), safe="").encode(),
    "U at 1": lambda v: base64.urlsafe_b64encode(b"\xff" + v.encode()).rstrip(b"="),
    "U jwt": lambda v: _jwt(v).encode(),
    "X lower": lambda v: v.encode().hex().encode(),
    "X upper": lambda v: v.encode().hex().upper().encode(),
    "X of json": lambda v: json.dumps([v]).encode().hex().encode(),
    "W little": lambda v: v.encode("utf-16-le"),
    "W big": lambda v: v.encode("utf-16-be"),
    "D md5": lambda v: hashlib.md5(v.encode()).hexdigest().encode(),  # noqa: S324 - a leak, not a use
    "D sha1": lambda v: hashlib.sha1(v.encode()).hexdigest().encode(),  # noqa: S324 - see above
    "D sha256": lambda v: hashlib.sha256(v.encode()).hexdigest().encode(),
    "D sha256 upper": lambda v: hashlib.sha256(v.encode()).hexdigest().upper().encode(),
    "D sha256 base64": lambda v: base64.b64encode(hashlib.sha256(v.encode()).digest()),
}

SPLIT: Mapping[str, Callable[[str], bytes]] = {
    "S line end": lambda v: f"{v[:4]}\n{v[4:]}".encode(),
    "S spaced": lambda v: " ".join(v).encode(),
    "S zero width": lambda v: f"{v[:3]}\u200b{v[3:]}".encode(),
    "S soft hyphen": lambda v: f"{v[:3]}\u00ad{v[3:]}".encode(),
    "S tags": lambda v: f"<b>{v[:4]}</b><i>{v[4:]}</i>".encode(),
    "S json line end": lambda v: f"{_json(v[:4])}\\n{_json(v[4:])}".encode(),
}


def _split_percent(text: str) -> list[str]:
    parts: list[str] = []
    index = 0
    while index < len(text):
        size = 3 if text[index] == "%" else 1
        parts.append(text[index : index + size])
        index += size
    return parts
