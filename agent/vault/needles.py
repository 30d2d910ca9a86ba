"""The gate's own matcher."""

from __future__ import annotations

import base64
from urllib.parse import quote, quote_plus


class Needles:
    """Values by label; says which of them stand in some bytes."""

    def __init__(self) -> None:
        self._values: dict[str, set[str]] = {}

    def add(self, label: str, value: str) -> None:
        """Learn one more value; a label may have several."""
        if len(value) >= 4:
            self._values.setdefault(label, set()).add(value)

    def labels_in(self, data: bytes) -> frozenset[str]:
        """Return the labels of the values that stand in the bytes in some form."""
        return frozenset(
            label
            for label, values in self._values.items()
            for value in values
            for form in (
                value,
                quote(value),
                quote_plus(value),
                value.encode().hex(),
                base64.b64encode(value.encode()).decode(),
            )
            if form.encode() in data
        )
