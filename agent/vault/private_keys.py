"""Private keys as people keep them: OpenSSH and PEM, parsed before they are stored."""

from __future__ import annotations

import warnings
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_ssh_private_key,
)

from agent.errors import UsageError

SHORTEST_RSA: Final = 2048
_OPENSSH: Final = "-----BEGIN OPENSSH PRIVATE KEY-----"
_ENCRYPTED: Final = "the private key is encrypted: it needs its passphrase"


def check_private_key(text: str, passphrase: str | None) -> str:
    """Return the key's text with plain line ends, once it opened and is strong enough.

    Raises ``UsageError`` for what is no private key, for a passphrase that is wrong, missing or
    not needed, for DSA, and for RSA under 2048 bits.
    """
    lines = [line.rstrip() for line in text.strip().splitlines()]
    written = "\n".join(lines) + "\n"
    key = _load(written, passphrase)
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < SHORTEST_RSA:
            raise UsageError(
                f"the private key is RSA of {key.key_size} bits; {SHORTEST_RSA} is the least",
                hint="make a new one: ssh-keygen -t ed25519",
            )
    elif not isinstance(key, (ed25519.Ed25519PrivateKey, ec.EllipticCurvePrivateKey)):
        raise UsageError(
            "the private key is of a kind that is refused (DSA, or not for SSH)",
            hint="make a new one: ssh-keygen -t ed25519",
        )
    return written


def _load(text: str, passphrase: str | None) -> object:
    load = load_ssh_private_key if text.startswith(_OPENSSH) else load_pem_private_key
    secret = None if passphrase is None else passphrase.encode()
    try:
        with warnings.catch_warnings():
            # DSA is warned of by the library; it is refused here in our own words.
            warnings.simplefilter("ignore")
            return load(text.encode(), secret)
    except TypeError:
        # The library's answer to a passphrase that is missing, and to one that is not needed.
        wanting = secret is None
        raise UsageError(
            _ENCRYPTED if wanting else "the private key has no passphrase: leave it empty"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(
            _unreadable(text, passphrase), hint="an OpenSSH or PEM file, all of it"
        ) from None


def _unreadable(text: str, passphrase: str | None) -> str:
    if "PRIVATE KEY-----" not in text:
        return "private_key is not a private key"
    if "BEGIN DSA" in text:
        return "the private key is of a kind that is refused (DSA)"
    if passphrase is None:
        return "the private key cannot be read, or needs its passphrase"
    return "the private key does not open with this passphrase"
