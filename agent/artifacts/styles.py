"""Clean style sheets: cut inlined files, and values that CSS escapes hide from the literal pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.vault.redactor import Redactor

_INLINED = re.compile(r"url\(\s*(\"|'|)data:[^)]*\)", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})\s?|(.))", re.DOTALL)
_JOINED = re.compile(r"\"\s*\"|'\s*'|\"\s*'|'\s*\"")
_LAST_CODE_POINT = 0x10FFFF


def clean_style(text: str, redactor: Redactor) -> str:
    """The sheet without ``data:`` files; nothing of one that spells a value by CSS's own means.

    Escapes (``\\68 unter``) and neighbouring strings (``"hun" "ter"``) are undone for the look.
    Plain copies of a value stay here: the literal pass marks them where they stand.
    """
    text = _INLINED.sub("url(data:,)", text)
    spelled = _JOINED.sub("", _ESCAPE.sub(_unescaped, text))
    if spelled != text and len(redactor.find(_bytes(spelled))) > len(redactor.find(_bytes(text))):
        return ""
    return text


def _unescaped(found: re.Match[str]) -> str:
    if not found[1]:
        return str(found[2])
    number = int(found[1], 16)
    return chr(number) if number <= _LAST_CODE_POINT else "\ufffd"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
