"""Google Authenticator's export: ``otpauth-migration://offline?data=…``, one part or several.

The data is base64 of a protocol buffer, read here by a reader of our own that knows the few wire
types there are and checks every length before it uses it.
"""

from __future__ import annotations

import base64
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from agent.errors import UsageError
from agent.vault.totp import TotpKey

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEME: Final = "otpauth-migration://"
_LONGEST: Final = 16_384
_MOST_ACCOUNTS: Final = 100
_ALGORITHMS: Final = ("SHA1", "SHA1", "SHA256", "SHA512")
_MD5: Final = 4
_DIGITS: Final = (6, 6, 8)
_HOTP, _TOTP = 1, 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_ACCOUNT, _PARTS, _PART = 1, 3, 4
_SECRET, _NAME, _ISSUER, _ALGORITHM, _DIGIT_COUNT, _KIND = range(1, 7)


@dataclass(frozen=True, slots=True)
class Account:
    """One account of an export; ``refusal`` says why its key cannot be used, or is empty."""

    issuer: str
    name: str
    refusal: str = ""
    found: TotpKey | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        """What people know it by."""
        own = self.name.removeprefix(f"{self.issuer}:").strip()
        return ": ".join(filter(None, (self.issuer, own))) or "(no name)"

    def key(self) -> TotpKey:
        """Return its key. Raises ``UsageError`` for one that cannot be used."""
        if self.found is None:
            raise UsageError(f"this account of the export cannot be used: {self.refusal}")
        return self.found


@dataclass(frozen=True, slots=True)
class Export:
    """What one picture or link of an export holds; ``part`` counts from 1."""

    accounts: tuple[Account, ...]
    part: int
    parts: int

    @property
    def place(self) -> str:
        """Which part this is, where there are several."""
        return f" (part {self.part} of {self.parts})" if self.parts > 1 else ""

    def only(self) -> Account:
        """Return the one account. Raises ``UsageError`` where there are several to choose from."""
        if len(self.accounts) > 1:
            raise UsageError(
                f"the export{self.place} holds {len(self.accounts)} accounts",
                hint="choose one at a terminal, or name it: --account",
            )
        return self.accounts[0]

    def choose(self, title: str) -> Account:
        """Return the account people know by ``title``. Raises ``UsageError``."""
        found = [
            a for a in self.accounts if title.casefold() in (a.title.casefold(), a.name.casefold())
        ]
        if len(found) != 1:
            said = "more than one account" if found else "no account"
            raise UsageError(
                f"the export{self.place} holds {said} of this name",
                hint="it is written as the export has it, like “Site: name”",
            )
        return found[0]


def read_export(link: str) -> Export:
    """Read one part of an export. Raises ``UsageError``, and nothing else, for a damaged one."""
    payload = _payload(link)
    accounts: list[Account] = []
    numbers = {_PARTS: 1, _PART: 0}
    for number, value in _fields(payload):
        if number == _ACCOUNT and isinstance(value, bytes):
            accounts.append(_account(value))
        elif number in numbers and isinstance(value, int):
            numbers[number] = value
        elif number in (_ACCOUNT, *numbers):
            raise _damaged()
    if not 0 < len(accounts) <= _MOST_ACCOUNTS or not 0 <= numbers[_PART] < numbers[_PARTS] <= 100:
        raise _damaged()
    return Export(tuple(accounts), numbers[_PART] + 1, numbers[_PARTS])


def _payload(link: str) -> bytes:
    query = link.strip()[len(SCHEME) :].partition("?")[2].partition("#")[0]
    given = [part[5:] for part in query.split("&") if part.startswith("data=")]
    if len(link) > _LONGEST or link.strip()[: len(SCHEME)].lower() != SCHEME or len(given) != 1:
        raise _damaged()
    # A form decoder somewhere on the way turns '+' into a space; base64 itself has no spaces.
    text = unquote(given[0]).replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (NotBase64, ValueError):
        raise _damaged() from None


def _account(message: bytes) -> Account:
    texts = {_SECRET: b"", _NAME: b"", _ISSUER: b""}
    numbers = {_ALGORITHM: 0, _DIGIT_COUNT: 0, _KIND: 0}
    for number, value in _fields(message):
        if number in texts and isinstance(value, bytes):
            texts[number] = value
        elif number in numbers and isinstance(value, int):
            numbers[number] = value
        elif number in texts or number in numbers:
            raise _damaged()
    issuer, name = _text(texts[_ISSUER]), _text(texts[_NAME])
    refusal = _refusal(texts[_SECRET], numbers)
    if refusal:
        return Account(issuer, name, refusal)
    algorithm, digits = _ALGORITHMS[numbers[_ALGORITHM]], _DIGITS[numbers[_DIGIT_COUNT]]
    return Account(issuer, name, found=TotpKey(texts[_SECRET], algorithm, digits))


def _refusal(secret: bytes, numbers: dict[int, int]) -> str:
    if numbers[_KIND] == _HOTP:
        return "it counts uses (HOTP); only time-based keys (TOTP) can be used"
    if numbers[_KIND] != _TOTP:
        return "it is of no kind that is known"
    if numbers[_ALGORITHM] == _MD5:
        return "its algorithm is MD5"
    if numbers[_ALGORITHM] >= len(_ALGORITHMS) or numbers[_DIGIT_COUNT] >= len(_DIGITS):
        return "its algorithm or number of digits is not known"
    return "" if secret else "it has no key"


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field: varints as numbers, the rest as bytes."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise _damaged()
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        length, at = _length(message, at, wire)
        if length > len(message) - at:
            raise _damaged()
        yield number, message[at : at + length]
        at += length


def _length(message: bytes, at: int, wire: int) -> tuple[int, int]:
    if wire == _BYTES:
        return _varint(message, at)
    if wire in (_FIXED64, _FIXED32):
        return (8 if wire == _FIXED64 else 4), at
    raise _damaged()


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _damaged()


def _text(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise _damaged() from None
    return "".join(character for character in text if character.isprintable())[:120]


def _damaged() -> UsageError:
    return UsageError(
        "the export cannot be read: part of the link is missing or changed",
        hint="scan its picture with --qr, or export the account again",
    )
