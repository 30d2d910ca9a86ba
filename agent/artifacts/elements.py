"""What may stay of an element's attributes, in snapshots and in stored pages alike."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from agent.artifacts.sensitive import CUT, is_sensitive_name
from agent.artifacts.styles import clean_style
from agent.artifacts.urls import clean_url, clean_urls_in

if TYPE_CHECKING:
    from agent.vault.redactor import Redactor

Attributes = dict[str, str]

_URLS = frozenset({
    "href", "src", "action", "formaction", "poster", "data", "cite", "background", "ping",
    "xlink:href", "__playwright_current_src__", "longdesc", "manifest",
})  # fmt: skip
_VALUES = frozenset({"value", "__playwright_value_"})
_STYLES = frozenset({"style", "__playwright_style_sheet_"})
_FIELDS = frozenset({"INPUT", "TEXTAREA"})
_LABELLED_BY_VALUE = frozenset({"button", "submit", "reset", "checkbox", "radio", "image"})


def clean_attributes(tag: str, attributes: Attributes, redactor: Redactor) -> None:
    """Rewrite an element's attributes in place: typed values, tokens, URLs, event handlers."""
    if tag in _FIELDS:
        _hide_values(attributes)
    if tag == "META":
        _hide_content(attributes)
    for name, value in attributes.items():
        if value:
            attributes[name] = _clean_attribute(name.lower(), value, redactor)


def holds_typed_text(attributes: Attributes) -> bool:
    """Whether an INPUT's value is text a person or a server put there, not its label."""
    return attributes.get("type", "").lower() not in _LABELLED_BY_VALUE


def _hide_values(attributes: Attributes) -> None:
    if not holds_typed_text(attributes):
        return
    for name in _VALUES:
        if attributes.get(name):
            attributes[name] = CUT


def _hide_content(attributes: Attributes) -> None:
    name = attributes.get("name") or attributes.get("property") or ""
    content = attributes.get("content", "")
    if is_sensitive_name(name):
        attributes["content"] = CUT
    elif "?" in content:
        attributes["content"] = clean_url(content)


def _clean_attribute(name: str, value: str, redactor: Redactor) -> str:
    if name.startswith("on"):
        return ""
    if name in _URLS:
        return clean_url(value)
    if name in ("srcset", "imagesrcset"):
        return ", ".join(clean_url(part.strip()) for part in value.split(", "))
    if name in _STYLES:
        return clean_style(value, redactor)
    if name.startswith("data-") and _is_sensitive(name):
        return CUT
    return clean_urls_in(value)


@lru_cache(maxsize=1024)
def _is_sensitive(name: str) -> bool:
    return is_sensitive_name(name)
