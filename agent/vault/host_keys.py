"""The key a file server must prove to hold, as the fingerprint that ``ssh-keygen -l`` shows."""

from __future__ import annotations

import base64
import hashlib
import re
from binascii import Error as NotBase64
from typing import Final

from agent.errors import UsageError

_FINGERPRINT: Final = re.compile(r"SHA256:([A-Za-z0-9+/]{43})=?")
_PUBLIC_KEY: Final = re.compile(
    r"(?:^|\s)((?:ssh|ecdsa|sk)-[a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?:\s|$)"
)


def fingerprint(text: str) -> str:
    """Return ``SHA256:…`` of a fingerprint, a public key or a line of ``known_hosts``.

    Raises ``UsageError`` for anything else, an MD5 fingerprint among it.
    """
    written = _FINGERPRINT.fullmatch(text.strip())
    if written:
        return f"SHA256:{written[1]}"
    key = _PUBLIC_KEY.search(text)
    blob = _decoded(key[2]) if key else b""
    # The blob begins with the name of its kind (RFC 4253 section 6.6): a mix-up shows here.
    if key and blob[:4] == len(key[1]).to_bytes(4, "big") and blob[4:].startswith(key[1].encode()):
        digest = base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii")
        return f"SHA256:{digest.rstrip('=')}"
    raise UsageError(
        "host_key is neither a SHA256 fingerprint nor a public key",
        hint="ask the server's owner, or compare with: ssh-keyscan HOST | ssh-keygen -lf -",
    )


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except NotBase64:
        return b""
