"""Find and replace the values of one run, in whatever way they are written down."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import quote, quote_plus


@dataclass(frozen=True, slots=True)
class Found:
    """A place where a value stands: ``[start, end)`` in the searched bytes (or characters)."""

    label: str
    start: int
    end: int


class Redactor:
    """Knows the values of one run by label; finds them and puts marks in their place."""

    def __init__(self) -> None:
        self._values: dict[str, set[str]] = {}

    def add(self, label: str, value: str) -> None:
        """Learn one more value; a label may have several."""
        if len(value) >= 4:
            self._values.setdefault(label, set()).add(value)

    def mark(self, label: str) -> str:
        """Return what stands in a value's place."""
        return f"\u2039{label}\u203a"

    def find(self, data: bytes) -> tuple[Found, ...]:
        """Return every place a value stands at, in order."""
        hits = []
        for label, values in self._values.items():
            for value in values:
                raw = value.encode()
                forms = {
                    raw,
                    quote(value).encode(),
                    quote_plus(value).encode(),
                    base64.b64encode(raw),
                    raw.hex().encode(),
                }
                for form in forms:
                    at = data.find(form)
                    while at >= 0:
                        hits.append(Found(label, at, at + len(form)))
                        at = data.find(form, at + 1)
        return tuple(sorted(hits, key=lambda f: (f.start, -f.end)))

    def redact(self, data: bytes) -> bytes:
        """Return the bytes with a mark in place of every value."""
        out, position = [], 0
        for hit in self.find(data):
            if hit.start >= position:
                out += [data[position : hit.start], self.mark(hit.label).encode()]
                position = hit.end
        return b"".join([*out, data[position:]])

    def redact_text(self, text: str) -> str:
        """Return the text with a mark in place of every value."""
        return self.redact(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def find_text(self, text: str) -> tuple[Found, ...]:
        """Return every place in visible text, as character offsets."""
        hits = []
        for label, values in self._values.items():
            for value in values:
                at = text.find(value)
                while at >= 0:
                    hits.append(Found(label, at, at + len(value)))
                    at = text.find(value, at + 1)
        return tuple(sorted(hits, key=lambda f: (f.start, -f.end)))
