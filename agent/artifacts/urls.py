"""Take out of a URL what may be secret, the same way wherever the URL stands.

The viewer finds a style sheet by comparing the URL in the network log with the one in the
snapshot, so the rule may depend on the URL's text alone.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from agent.artifacts.sensitive import CUT, masked_value

_USERINFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*@")
_PAIR = re.compile(r"([^=&;]*)(=?)([^&;]*)")
_TOKEN_IN_PATH = re.compile(r"(?<=/)(?:eyJ[\w.-]{12,}|(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,})")
_IN_TEXT = re.compile(r"(?:\b(?:https?|wss?)://|\bdata:)[^\s\"'<>()]+")


def clean_url(url: str) -> str:
    """Cut user info, ``data:`` bodies, path tokens, query and fragment values not plain."""
    if url[:5].lower() == "data:":
        return "data:,"
    url = _USERINFO.sub(lambda found: f"{found[1] or ''}//", url)
    head, hash_mark, fragment = url.partition("#")
    path, question, query = head.partition("?")
    path = _TOKEN_IN_PATH.sub(CUT, path)
    return f"{path}{question}{_clean_pairs(query)}{hash_mark}{_clean_pairs(fragment)}"


def clean_urls_in(text: str) -> str:
    """Clean each absolute or ``data:`` URL inside a longer text."""
    if ":" not in text:
        return text
    return _IN_TEXT.sub(lambda found: clean_url(found[0]), text)


def query_pairs(url: str) -> list[tuple[str, str]]:
    """The decoded name and value pairs of a URL's query and fragment."""
    head, _, fragment = url.partition("#")
    _, _, query = head.partition("?")
    pairs = (found for part in (query, fragment) for found in _PAIR.findall(part))
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs if value]


def _clean_pairs(text: str) -> str:
    return _PAIR.sub(_clean_pair, text) if text else text


def _clean_pair(found: re.Match[str]) -> str:
    name, equals, value = found.groups()
    if not equals:
        return _kept_or_cut("", name)
    return f"{name}={_kept_or_cut(unquote_plus(name), value)}"


def _kept_or_cut(name: str, value: str) -> str:
    return CUT if masked_value(name, unquote_plus(value)) == CUT else value
