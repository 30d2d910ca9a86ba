"""One-time codes: keys as people paste them, and the code of one counter (RFC 4226, RFC 6238).

Codes are only ever made from a counter claimed in ``agent.vault.totp_ledger``, never from a clock
here: so a repeated hour, a leap second or two runs at once cannot make a code twice.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from pyotp import OTP

from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHMS = MappingProxyType(
    {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
)
DIGITS = range(6, 9)
PERIODS = range(10, 121)
# RFC 4226 asks for 128 bits; very many sites hand out 80 (16 characters).
WEAK_BELOW_BITS = 80
_LONGEST_TEXT = 4096
_ACCEPTED = "&weak=accepted"
_BASE32 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567")
_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2212")
# RFC 4648 section 6: what is left over in the last group of eight can only be these.
_WHOLE_REMAINDERS = frozenset({0, 2, 4, 5, 7})


@dataclass(frozen=True, slots=True, repr=False)
class TotpKey:
    """A seed with what is needed to make codes of it; prints as ``TotpKey(***)``.

    ``period`` is in seconds. ``notes`` are harmless oddities worth telling the person who pasted;
    ``weak_accepted`` says that somebody takes the key however few bits it has.
    """

    seed: bytes
    algorithm: str = "SHA1"
    digits: int = 6
    period: int = 30
    notes: tuple[str, ...] = field(default=(), compare=False)
    weak_accepted: bool = field(default=False, compare=False)

    def __repr__(self) -> str:
        return "TotpKey(***)"

    @property
    def weak(self) -> bool:
        """Whether the seed has fewer than 80 bits."""
        return len(self.seed) * 8 < WEAK_BELOW_BITS

    def uri(self) -> str:
        """Return the canonical ``otpauth://`` form, for storing; it holds the seed."""
        secret = base64.b32encode(self.seed).decode("ascii").rstrip("=")
        return (
            f"otpauth://totp/{quote('slotrunner')}?secret={secret}"
            f"&algorithm={self.algorithm}&digits={self.digits}&period={self.period}"
            f"{_ACCEPTED if self.weak and self.weak_accepted else ''}"
        )

    def accepted(self) -> TotpKey:
        """Return the same key with somebody's word that it is meant, however weak."""
        return replace(self, weak_accepted=True)

    def identity(self) -> bytes:
        """Return bytes equal for two keys exactly when they make the same codes (holds the seed).

        The vault's ledger key is an HMAC of this, so one seed in two secrets has one ledger row.
        """
        return f"{self.algorithm}/{self.digits}/{self.period}/".encode("ascii") + self.seed

    def counter_at(self, moment: float) -> int:
        """Return the number of the window that holds this moment (unix seconds)."""
        return int(moment // self.period)


class _CounterCodes(OTP):
    """pyotp's generator for a seed of any length: pyotp itself refuses those under 112 bits."""

    def __init__(self, key: TotpKey) -> None:
        self._seed = key.seed
        super().__init__("", digits=key.digits, digest=ALGORITHMS[key.algorithm])

    def byte_secret(self) -> bytes:
        return self._seed


def code_at(key: TotpKey, counter: int) -> str:
    """Return the code of one claimed counter, ``key.digits`` characters (RFC 4226 section 5.3)."""
    return _CounterCodes(key).generate_otp(counter)


def parse_key(text: str) -> TotpKey:
    """Read a key as sites show it: base32 in any grouping, or an ``otpauth://totp/`` URI.

    Raises ``UsageError``, which names a position or a parameter and never quotes the key.
    """
    if len(text) > _LONGEST_TEXT:
        raise UsageError("the TOTP key is too long to be one")
    scheme, separator, rest = text.strip().partition("://")
    if not separator:
        return TotpKey(_seed(text))
    if scheme.lower() != "otpauth":
        raise UsageError(
            "the TOTP key is a link of another kind than otpauth://",
            hint="use the key the site shows as text when asked for set-up without a QR code",
        )
    return _from_uri(rest)


def _from_uri(rest: str) -> TotpKey:
    head, _, query = rest.partition("?")
    kind, _, label = head.partition("/")
    if kind.lower() == "hotp":
        raise UsageError("the key counts uses (HOTP); only time-based keys (TOTP) can be used")
    if kind.lower() != "totp":
        raise UsageError("the otpauth:// link is not for a time-based code (otpauth://totp/…)")
    given = _parameters(query.partition("#")[0])
    if given.get("encoder"):
        raise UsageError("codes of this site's own alphabet (encoder=…) are not supported")
    if not given.get("secret"):
        raise UsageError("the otpauth:// link holds no secret=")
    return TotpKey(
        _seed(given["secret"]),
        _algorithm(given.get("algorithm", "SHA1")),
        _number(given, "digits", 6, DIGITS),
        _number(given, "period", 30, PERIODS),
        _notes(unquote(label), given.get("issuer", "")),
        weak_accepted=given.get("weak") == "accepted",
    )


def _parameters(query: str) -> Mapping[str, str]:
    given: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        known = name.lower()
        if known in given:
            raise UsageError("the otpauth:// link gives one parameter twice")
        given[known] = unquote(value)
    return given


def _algorithm(text: str) -> str:
    name = text.upper().removeprefix("HMAC").replace("-", "")
    if name not in ALGORITHMS:
        raise UsageError("the otpauth:// link's algorithm is not SHA1, SHA256 or SHA512")
    return name


def _number(given: Mapping[str, str], name: str, default: int, allowed: range) -> int:
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(allowed[-1]))):
        raise UsageError(f"the otpauth:// link's {name} is not a number from {_span(allowed)}")
    if int(text) not in allowed:
        raise UsageError(f"the otpauth:// link's {name} is not a number from {_span(allowed)}")
    return int(text)


def _span(allowed: range) -> str:
    return f"{allowed[0]} to {allowed[-1]}"


def _notes(label: str, issuer: str) -> tuple[str, ...]:
    prefix, separator, _ = label.partition(":")
    if separator and issuer and prefix.strip() != issuer.strip():
        return ("the otpauth:// link names two different issuers",)
    return ()


def _seed(text: str) -> bytes:
    letters: list[str] = []
    padded = False
    for position, character in enumerate(text, start=1):
        if character.isspace() or character in _DASHES:
            continue
        if character == "=" and letters:
            padded = True
        elif character in _BASE32 and not padded:
            letters.append(character)
        else:
            raise UsageError(
                f"the TOTP key has a character that base32 does not have at position {position}",
                hint="base32 is A to Z and 2 to 7; there is no 0, 1, 8 or 9",
            )
    if not letters:
        raise UsageError("the TOTP key is empty")
    if len(letters) % 8 not in _WHOLE_REMAINDERS:
        raise UsageError("the TOTP key is cut off: no whole bytes have this many characters")
    joined = "".join(letters).upper()
    return base64.b32decode(joined + "=" * (-len(joined) % 8))
