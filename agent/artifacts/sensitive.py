"""What counts as sensitive by its name or its looks, before any value is known."""

from __future__ import annotations

import re

CUT = "[REDACTED]"

SENSITIVE_NAME = re.compile(
    r"""pass(?:w(?:or)?d|phrase|code)?$ | passw | pwd | secret | token | csrf | xsrf | nonce
      | ^_*(?:code|state|sid|otp|totp|pin|key|sig|auth|ticket|assertion|challenge|verifier)$
      | (?:^|[_.-])(?:otp|totp|sid|sig|pin)(?:$|[_.-]) | session | auth(?:oriz|enticat) | bearer
      | api[_-]?key | access[_-]?key | private[_-]?key | client[_-]?key | credential | signature
      | saml | relaystate | jwt | id_token | refresh | one[_-]?time | mfa | verification""",
    re.IGNORECASE | re.VERBOSE,
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z?)?\Z")
_WORD = re.compile(r"[A-Za-z]{1,24}(?:[-_ +][A-Za-z]{1,24}){0,5}\Z")
# A moment of the years 2001 to 2096 in seconds or milliseconds since 1970.
_MOMENT = re.compile(r"[1-3]\d{9}(?:\d{3})?\Z")
SHORTEST_TOKEN = 8
_FEW = 3


def is_sensitive_name(name: str) -> bool:
    """Whether a field, parameter, header or key of this name holds something secret by custom."""
    return SENSITIVE_NAME.search(name) is not None


def looks_like_token(value: str) -> bool:
    """Whether a value is long and mixed enough to be looked for everywhere.

    What a site shows in a secret's place (``**********``) is not: it would be found in any text
    that repeats the same few characters. Nor is a moment, as sites note it in cookies: every event
    of a trace has one.
    """
    if value.isalpha() or _MOMENT.match(value):
        return False
    return len(value) >= SHORTEST_TOKEN and len(set(value)) > _FEW


def is_plain(value: str) -> bool:
    """Whether a query value may stay: short, a date, or words."""
    return len(value) < SHORTEST_TOKEN or bool(_DATE.match(value) or _WORD.match(value))


def masked_value(name: str, value: str) -> str:
    """``value``, or the mark in its place when its name is sensitive or it is not plain."""
    if not value or (is_plain(value) and not is_sensitive_name(name)):
        return value
    return CUT
