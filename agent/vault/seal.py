"""Authenticated encryption that also says whether the key was the right one; format v1.

::

    0x01 ‖ commit[32] ‖ nonce[12] ‖ ciphertext ‖ tag[16]
    okm    = HKDF-Expand-SHA512(key, "runner.seal.v1", 64);  ek = okm[:32];  ck = okm[32:]
    commit = HMAC-SHA256(ck, nonce ‖ aad)
    ciphertext ‖ tag = AES-256-GCM(ek, nonce, pad(plaintext), aad)

GCM alone does not commit to its key: one ciphertext can be made to open under two. The
commitment closes that, and tells a wrong key apart from a damaged byte. No other module touches
AES-GCM, and no caller gives a nonce. ``pad`` is 0x80 and zeros up to a full step, so that a
stored length shows neither an empty nor a short value.
"""

from __future__ import annotations

import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from agent.errors import VaultDamaged, WrongKey

KEY_BYTES: Final = 32
STEP: Final = 256
"""Padding step in bytes for keys and metadata."""
JSON_STEP: Final = 1024
"""Padding step in bytes for payloads, which are JSON: whether a TOTP key is there is hidden too."""

_VERSION: Final = b"\x01"
_INFO: Final = b"runner.seal.v1"
_COMMIT: Final = 32
_NONCE: Final = 12
_TAG: Final = 16
_HEAD: Final = 1 + _COMMIT + _NONCE


def seal(key: bytes, plaintext: bytes, aad: bytes, *, step: int = STEP) -> bytes:
    """Encrypt ``plaintext`` for ``key`` (32 bytes), bound to ``aad``; ``step`` is the padding."""
    encryption, commitment = _sub_keys(key)
    nonce = os.urandom(_NONCE)
    commit = hmac.digest(commitment, nonce + aad, "sha256")
    sealed = AESGCM(encryption).encrypt(nonce, _pad(plaintext, step), aad)
    return _VERSION + commit + nonce + sealed


def unseal(key: bytes, blob: bytes, aad: bytes) -> bytes:
    """Decrypt what ``seal`` made.

    Raises ``WrongKey`` when the key (or ``aad``) is not the one it was sealed with, checked first
    and in constant time, and ``VaultDamaged`` when anything else about ``blob`` is not as written.
    """
    shortest = _HEAD + STEP + _TAG
    if len(blob) < shortest or (len(blob) - _HEAD - _TAG) % STEP or blob[:1] != _VERSION:
        raise VaultDamaged("a sealed value has an unknown form")
    commit, nonce, sealed = blob[1 : 1 + _COMMIT], blob[1 + _COMMIT : _HEAD], blob[_HEAD:]
    encryption, commitment = _sub_keys(key)
    if not hmac.compare_digest(commit, hmac.digest(commitment, nonce + aad, "sha256")):
        raise WrongKey("a sealed value belongs to another key or another place")
    try:
        padded = AESGCM(encryption).decrypt(nonce, sealed, aad)
    except InvalidTag:
        raise VaultDamaged("a sealed value was changed") from None
    return _unpad(padded)


def expand(key: bytes, note: bytes, length: int) -> bytes:
    """Derive ``length`` bytes from a uniformly random ``key`` (HKDF-Expand-SHA512, RFC 5869)."""
    return HKDFExpand(SHA512(), length, note).derive(key)


def _sub_keys(key: bytes) -> tuple[bytes, bytes]:
    if len(key) != KEY_BYTES:
        raise ValueError("a sealing key has 32 bytes")
    material = expand(key, _INFO, 64)
    return material[:32], material[32:]


def _pad(plaintext: bytes, step: int) -> bytes:
    marked = plaintext + b"\x80"
    return marked + bytes(-len(marked) % step)


def _unpad(padded: bytes) -> bytes:
    plain = padded.rstrip(b"\x00")
    if not plain.endswith(b"\x80"):
        raise VaultDamaged("a sealed value has an unknown form")
    return plain[:-1]
