"""A TOTP key as it is entered, made into what is stored."""

from __future__ import annotations

import re
from typing import Final

from agent.errors import UsageError
from agent.vault.otp_migration import SCHEME, read_export
from agent.vault.totp import WEAK_BELOW_BITS, TotpKey, parse_key

# A telephone number or a code that came by message; base32 of a key is never so short.
_MESSAGE: Final = re.compile(r"(?:sms|smsto|tel|mailto):.*|\+?[0-9][0-9 ()/.-]{2,18}", re.I | re.S)


def read_key(text: str) -> TotpKey:
    """Read a key in any form: base32, ``otpauth://``, or an export that holds one account.

    Raises ``UsageError``, quoting nothing of the key; codes by message are refused as such.
    """
    entered = text.strip()
    if entered[: len(SCHEME)].lower() == SCHEME:
        return read_export(entered).only().key()
    if _MESSAGE.fullmatch(entered):
        raise UsageError(
            "this looks like a telephone number or a code from a message, not like a TOTP key",
            hint="codes by SMS or e-mail cannot be made here: choose an authenticator app at the "
            "site, and enter the key it shows",
        )
    return parse_key(text)


def stored_form(text: str) -> str:
    """Return the canonical URI of an entered key.

    Raises ``UsageError`` for a key under 80 bits that does not say it is accepted as it is.
    """
    key = read_key(text)
    if key.weak and not key.weak_accepted:
        raise UsageError(
            f"the TOTP key has {len(key.seed) * 8} bits, which is weak: a full one has "
            f"{WEAK_BELOW_BITS} or more; part of it may be missing",
            hint="if the site gave it so, confirm it at a terminal, or write it as "
            "otpauth://totp/x?secret=…&weak=accepted",
        )
    return key.uri()


def accept_weak(text: str) -> str:
    """Return the canonical URI of an entered key, marked as accepted however weak it is."""
    return read_key(text).accepted().uri()


def is_weak(text: str) -> bool:
    """Tell whether a key that can be read still needs somebody's word. Raises ``UsageError``."""
    key = read_key(text)
    return key.weak and not key.weak_accepted
