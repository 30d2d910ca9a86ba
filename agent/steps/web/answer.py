"""A request ready to be sent, and the answer to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from agent.errors import StepFailed


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent; everything but ``method`` may hold a secret and is never shown."""

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False, default=())
    body: bytes | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of headers are in lower case."""

    status: int
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def content(self) -> Any:
        """Read the body: JSON where the server says so, ``None`` where it is empty, else text."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not self.body:
            return None
        if kind == "application/json" or kind.endswith("+json"):
            return self.json()
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Read the body as JSON. Raises ``StepFailed`` for what is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise StepFailed("the answer is not JSON") from None
