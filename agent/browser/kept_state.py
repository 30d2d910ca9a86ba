"""What a signed-in browser holds for the origins of one secret: all of it is a secret itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class BrowserState:
    """Cookies as CDP gives them, and by origin what ``storage.js`` reads; prints without a value.

    ``left`` names databases that could not be read, as ``origin name``.
    """

    cookies: tuple[Mapping[str, Any], ...] = field(repr=False, default=())
    stores: Mapping[str, Mapping[str, Any]] = field(repr=False, default_factory=dict)
    left: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing in it that a site could know a session by."""
        return not self.cookies and not any(map(_holds, self.stores.values()))

    def to_bytes(self) -> bytes:
        """Write it for sealing; equal states are written alike."""
        cookies = sorted(self.cookies, key=lambda one: (one["domain"], one["path"], one["name"]))
        stores = {origin: store for origin, store in self.stores.items() if _holds(store)}
        document = {"format": FORMAT, "cookies": cookies, "stores": stores}
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> BrowserState | None:
        """Read ``to_bytes``; None for another version's format."""
        read = json.loads(text)
        if read.get("format") != FORMAT:
            return None
        return cls(tuple(read["cookies"]), read["stores"])

    def values(self) -> Iterator[str]:
        """Give every text in it that may be a secret: cookies, entries, and all strings in them."""
        for cookie in self.cookies:
            yield str(cookie["value"])
        for store in self.stores.values():
            for _name, value in (*store["local"], *store["session"]):
                yield value
                yield from _strings(_read(value))
            for database in store["databases"]:
                for one in database["stores"]:
                    yield from _strings(one["values"])
                    yield from _strings(one["keys"])


def _holds(store: Mapping[str, Any]) -> bool:
    return bool(store["local"] or store["session"] or store["databases"])


def _read(value: str) -> Any:
    """Read an entry that is itself JSON, as most are."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
