"""Clean the stored body of a response: text is parsed and rewritten, anything else is dropped.

A body that is packed as a whole is kept unpacked. Pictures, fonts and archives are never kept: they
cannot be read here, and a page can draw or pack a secret into each of them.
"""

from __future__ import annotations

import json
import re
from html import escape, unescape
from typing import TYPE_CHECKING, Any

from agent.artifacts.elements import clean_attributes
from agent.artifacts.growing import mark_growing
from agent.artifacts.literal import clean_bytes, compact, scrubbed
from agent.artifacts.sensitive import CUT, SENSITIVE_NAME, is_sensitive_name
from agent.artifacts.styles import clean_style
from agent.artifacts.text_search import found_in
from agent.artifacts.trace_snapshots import mark_joined
from agent.artifacts.unpacking import unpacked
from agent.artifacts.urls import clean_urls_in

if TYPE_CHECKING:
    from agent.vault.redactor import Redactor

SUFFIX_OF = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/css": "css",
    "application/json": "json",
    "text/plain": "txt",
    "text/event-stream": "txt",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/javascript": "js",
    "application/javascript": "js",
    "application/x-javascript": "js",
}
_SUFFIXES = frozenset({"html", "css", "json", "jsonl", "txt", "xml", "js"})
LARGEST_BODY = 32 * 1024 * 1024
_CLOSED = (
    b"PK\x03\x04",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
    b"%PDF",
)
_MARKUP = re.compile(
    r"(<(?:!--.*?--|[a-zA-Z/!][^>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^>\"']*)*)>)", re.DOTALL
)
_TAG_NAME = re.compile(r"<([a-zA-Z][\w:-]*)")
_ATTRIBUTE = re.compile(r"([\w:.-]+)(\s*=\s*)(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))")
_SENT, _RECEIVED = "send", "receive"


def suffix_of(media_type: str, file: str) -> str | None:
    """The suffix under which a body is kept, by its media type or recorded name; ``None``: drop."""
    plain = media_type.partition(";")[0].strip().lower()
    if plain in SUFFIX_OF:
        return SUFFIX_OF[plain]
    if plain.endswith("+json"):
        return "json"
    last = file.rpartition(".")[2].lower()
    return last if plain in ("", "x-unknown") and last in _SUFFIXES else None


def clean_body(content: bytes, suffix: str, redactor: Redactor) -> bytes | None:
    """The body with what is secret masked, or ``None`` when it cannot be kept.

    A body that was stored packed is kept unpacked.
    """
    content = unpacked(content, LARGEST_BODY)
    if content.startswith(_CLOSED) or b"\x00" in content:
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if suffix == "html":
        return _html(text, redactor)
    rewritten = _REWRITES[suffix](text, redactor) if suffix in _REWRITES else text
    if rewritten is None:
        return None
    return clean_bytes(rewritten.encode("utf-8", "replace"), redactor)


def _json(text: str, redactor: Redactor) -> str | None:
    if not SENSITIVE_NAME.search(text) and not redactor.find(text.encode("utf-8", "replace")):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return compact(scrubbed(_without_sensitive(value), redactor)).decode()


def _without_sensitive(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: CUT
            if isinstance(item, str) and is_sensitive_name(key)
            else _without_sensitive(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without_sensitive(item) for item in value]
    return value


def _html(text: str, redactor: Redactor) -> bytes | None:
    """Tags by the rules for attributes; text also joined, as a reader sees it."""
    pieces = _by_rule(_MARKUP.split(text), redactor)
    whole = "".join(pieces).encode("utf-8", "replace")
    if not (redactor.find(whole) or found_in("".join(pieces[::2]), redactor)):
        return whole  # as most pages
    pieces = _by_rule(_MARKUP.split(redactor.redact_text(text)), redactor)
    mark_joined([(pieces, place) for place in range(0, len(pieces), 2)], redactor)
    return clean_bytes("".join(pieces).encode("utf-8", "replace"), redactor)


def _by_rule(pieces: list[str], redactor: Redactor) -> list[str]:
    """The same pieces, text and tags in turn, with attributes and style sheets cleaned."""
    tags = set(pieces[1::2])  # a page repeats its tags
    changed = {tag: _tag(tag, redactor) for tag in tags if _may_hold(tag)}
    if changed:
        pieces[1::2] = map(changed.get, pieces[1::2], pieces[1::2])
    styles = {changed.get(tag, tag) for tag in tags if tag[:6].lower() == "<style"}
    for at in range(1, len(pieces), 2) if styles else ():
        if pieces[at] in styles:
            pieces[at + 1] = clean_style(pieces[at + 1], redactor)
    return pieces


def _may_hold(tag: str) -> bool:
    """Whether there can be an address or a value in a tag."""
    if "?" in tag or "@" in tag or "#" in tag:
        return True
    plain = tag.lower()
    return "value" in plain or "content" in plain or "srcset" in plain or "data" in plain


def _tag(whole: str, redactor: Redactor) -> str:
    name = _TAG_NAME.match(whole)
    if name is None:
        return whole
    before = {
        key.lower(): unescape(double or single or bare)
        for key, _, double, single, bare in _ATTRIBUTE.findall(whole)
    }
    after = dict(before)
    clean_attributes(name[1].upper(), after, redactor)
    changed = {key: value for key, value in after.items() if value != before[key]}
    if not changed:
        return whole

    def attribute(part: re.Match[str]) -> str:
        key = part[1].lower()
        return f'{part[1]}="{escape(changed[key])}"' if key in changed else part[0]

    return _ATTRIBUTE.sub(attribute, whole)


def _frames(text: str, redactor: Redactor) -> str | None:
    """WebSocket messages, a JSON line each: binary ones are cut, text is searched joined too."""
    messages = [json.loads(line) for line in text.splitlines() if line]
    for message in messages:
        message["data"] = message_text(message, redactor)
    for direction in (_SENT, _RECEIVED):
        sent = [(message, "data") for message in messages if message.get("type") == direction]
        mark_joined(sent, redactor)
        mark_growing(sent, redactor)
    return "".join(compact(message).decode() + "\n" for message in messages)


def message_text(message: dict[str, Any], redactor: Redactor, *, searched: bool = False) -> str:
    """What may stay of one WebSocket message's data, looked at by itself.

    ``searched``: the whole message holds no known value.
    """
    content = message.get("data")
    if message.get("opcode") != 1 or not isinstance(content, str):
        return CUT
    if content[:1] in ("{", "[") and (not searched or SENSITIVE_NAME.search(content)):
        content = _json(content, redactor) or CUT
    return clean_urls_in(content if searched else redactor.redact_text(content))


_REWRITES = {"css": clean_style, "json": _json, "jsonl": _frames}
