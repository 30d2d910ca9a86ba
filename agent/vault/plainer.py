"""The forms of some bytes that are closer to plain text: escapes undone, tokens decoded.

Only for ``agent.vault.needles``; the redactor has its own decoders, so that a mistake in one is
seen by the other. Where the standard library has a decoder, it is used as it is.
"""

from __future__ import annotations

import binascii
import html
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROUNDS = 5
_MOST_FORMS = 64
# Bytes with more than this share of broken UTF-8 are not text with a few odd bytes in it.
_TEXT_SHARE = 0.9
# White space or an invisible character, for a pattern over UTF-8.
BLANK = (
    rb"(?:\s|\xc2[\xa0\xad]|\xcd\x8f|\xe2\x80[\x80-\x8f\xaf]|\xe2\x81[\xa0-\xa4]"
    rb"|\xe3\x80\x80|\xef\xbb\xbf)"
)
_SPECIAL_BLANK = re.compile("[\u00a0\u00ad\u034f\u2000-\u200f\u202f\u2060-\u2064\u3000\ufeff]")
_WIDE = re.compile(rb"(?:[\t\n\r -~]\0){4}|(?:\0[\t\n\r -~]){4}")
_PRINTABLE = re.compile(rb"[\t\n\r -~]{8,}")
_LEAST_TOKEN = 10
# One octet for all that base64 is written in and another for the rest: a search for so many of the
# one finds the tokens, which is many times faster than a pattern.
_TOKEN_OCTET, _OTHER_OCTET = b"t", b"-"
_TOKENS_ONLY = bytes(
    _TOKEN_OCTET[0]
    if octet in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
    else _OTHER_OCTET[0]
    for octet in range(256)
)
_HEX = re.compile(rb"[0-9A-Fa-f]{12,}")
_BACKSLASH = re.compile(
    r"\\(?:((?:u[0-9A-Fa-f]{4}\\)*u[0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})"
    r"|U([0-9A-Fa-f]{8})|(.))",
    re.DOTALL,
)
_LETTERS = dict(zip("nrtbfv0", "\n\r\t\b\f\v\0", strict=True))
_UNICODE_PERCENT = re.compile("((?:%u[0-9A-Fa-f]{4})+)")
_TAG = re.compile(rb"<[^<>]*>")
_REFERENCE = re.compile(r"&(?:#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z][0-9A-Za-z]*);")


def plainer(data: bytes) -> Iterator[bytes]:
    """Yield the bytes themselves and then each different form, nearest first, to a bound."""
    yield data
    seen = {data}
    tokens: set[bytes] = set()
    # with each body, whether the text between its tags was seen already
    layer = [(data, False)]
    for _ in range(_ROUNDS):
        following: list[tuple[bytes, bool]] = []
        for body, is_known in layer:
            for form, is_known_inside in _forms(body, tokens):
                if form and form not in seen and len(seen) < _MOST_FORMS:
                    seen.add(form)
                    following.append((form, is_known_inside and not is_known))
                    yield form
            if not is_known:
                yield from _between_tags(body)
        layer = following


def _between_tags(body: bytes) -> Iterator[bytes]:
    """Yield the text that tags cut in pieces, as it is and with what may be escaped around them."""
    if b"<" in body:
        bare = _TAG.sub(b"", body)
        yield bare
        if b"&" in bare:
            yield _encoded(html.unescape(bare.decode("utf-8", "surrogateescape")))


def dense(body: bytes) -> bytes:
    """Return the bytes without white space and invisible characters."""
    packed = body.translate(None, b" \t\r\n\f\v")
    if packed.isascii():
        return packed
    return _SPECIAL_BLANK.sub("", packed.decode("utf-8", "surrogateescape")).encode(
        "utf-8", "surrogateescape"
    )


def token_spans(body: bytes, least: int) -> Iterator[tuple[int, int]]:
    """Yield where runs of base64 letters (either alphabet) of at least that length stand."""
    flags = body.translate(_TOKENS_ONLY)
    run = _TOKEN_OCTET * least
    start = flags.find(run)
    while start >= 0:
        end = flags.find(_OTHER_OCTET, start + least)
        end = len(flags) if end < 0 else end
        yield start, end
        start = flags.find(run, end)


def _forms(body: bytes, tokens: set[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each form, and whether what is between its tags is seen otherwise.

    ``tokens`` are those decoded before; new ones are added.
    """
    if b"\0" in body and _WIDE.search(body):
        yield from ((form, False) for form in _narrowed(body))
    if not _is_readable(body):
        yield b"\n".join(_PRINTABLE.findall(body)), False
        return
    text = body.decode("utf-8", "surrogateescape")
    if "%" in text:
        yield unquote_to_bytes(body), False
        yield _encoded(_UNICODE_PERCENT.sub(lambda m: _units(m[1].replace("%u", "")), text)), False
        if "+" in text:
            plus = unquote_plus(text, errors="surrogateescape")
            yield plus.encode("utf-8", "surrogateescape"), False
    if "\\" in text:
        yield _encoded(_BACKSLASH.sub(_unescaped, text)), False
    if "&" in text:
        yield _encoded(html.unescape(text)), _leaves_tags(text)
    yield from ((form, False) for form in _tokens(body, tokens))


def _leaves_tags(text: str) -> bool:
    """Whether it is the same to undo the references first or to take the tags out first.

    So it is where each ``&`` begins a reference with its semicolon, and none writes part of a tag.
    """
    written = _REFERENCE.findall(text)
    if len(written) != text.count("&"):
        return False
    return not any(sign in html.unescape(each) for each in set(written) for sign in "<>")


def _narrowed(body: bytes) -> Iterator[bytes]:
    for charset in ("utf-16-le", "utf-16-be"):
        for start in (0, 1):
            yield body[start:].decode(charset, "ignore").encode("utf-8", "ignore")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _units(hexadecimal: str) -> str:
    return bytes.fromhex(hexadecimal).decode("utf-16-be", "replace")


def _point(number: int) -> str:
    return "" if number > 0x10FFFF or 0xD800 <= number < 0xE000 else chr(number)


def _unescaped(match: re.Match[str]) -> str:
    units, braced, octet, long, single = match.groups()
    if units:
        return _units(units.replace("u", "").replace("\\", ""))
    number = braced or octet or long
    if number:
        return _point(int(number, 16))
    return _LETTERS.get(single, single)


def _tokens(body: bytes, known: set[bytes]) -> Iterator[bytes]:
    """Yield what new tokens hold: those that hold text, and apart from them the others."""
    found: list[bytes] = []
    tokens = {body[start:end] for start, end in token_spans(body, _LEAST_TOKEN)} - known
    known |= tokens
    for token in tokens:
        found.extend(_base64(token[skip:]) for skip in range(4))
    for token in set(_HEX.findall(b" ".join(tokens))):
        found.extend(
            binascii.unhexlify(token[skip:][: (len(token) - skip) & ~1]) for skip in (0, 1)
        )
    readable = [each for each in found if _is_readable(each)]
    yield b"\n".join(readable)
    seen = set(readable)
    yield b"\n\xff\n".join(each for each in found if each not in seen)


def _is_readable(body: bytes) -> bool:
    return body.isascii() or len(body.decode("utf-8", "ignore").encode()) >= len(body) * _TEXT_SHARE


def _base64(token: bytes) -> bytes:
    whole = token[: len(token) & ~3]
    rest = token[len(whole) :]
    padded = rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""
    return binascii.a2b_base64((whole + padded).replace(b"-", b"+").replace(b"_", b"/"))
