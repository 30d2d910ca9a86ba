"""The one way a task names a value: ``results.guests[0].name``, and nothing that computes.

A path begins with ``inputs``, ``results`` or the name a loop gives, and goes on with ``.key``,
``[number]`` (from 0; -1 is the last) or ``['any key']``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.errors import StepFailed
from agent.tasks.inputs import as_text
from agent.tasks.placeholders import filled, quoted, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

INPUTS, RESULTS = "inputs", "results"
DEEPEST = 20

_FIRST = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_NEXT = re.compile(
    r"\.(?P<key>[A-Za-z_][A-Za-z0-9_-]{0,99})|\[(?P<number>-?[0-9]{1,6})\]"
    r"|\['(?P<quoted>[^'\n\]]{1,100})'\]"
)


@dataclass(frozen=True, slots=True)
class ValuePath:
    """A path that was read: ``first`` is its first word, ``parts`` what follows."""

    first: str
    parts: tuple[str | int, ...]

    @classmethod
    def parse(cls, text: str) -> ValuePath:
        """Read a path. Raises ``ValueError`` saying how one is written."""
        first = _FIRST.match(text)
        parts: list[str | int] = []
        at = first.end() if first else 0
        while first and at < len(text) and len(parts) <= DEEPEST:
            found = _NEXT.match(text, at)
            if found is None:
                break
            parts.append(
                int(found["number"]) if found["number"] else found["key"] or found["quoted"]
            )
            at = found.end()
        if first is None or at < len(text) or len(parts) > DEEPEST:
            raise ValueError("not a path; one is written like results.guests[0].name")
        return cls(first[0], tuple(parts))

    @property
    def root(self) -> str:
        """Name what the path begins at: ``results.guests``, ``inputs.date``, or a loop's name."""
        if self.first in (INPUTS, RESULTS) and self.parts:
            return f"{self.first}.{self.parts[0]}"
        return self.first


@dataclass(slots=True)
class Scope:
    """The values a step can name while a run goes on; ``results`` grows with every step."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)

    def look_up(self, text: str) -> Any:
        """Give the value at a path. Raises ``StepFailed`` naming the part that is not there."""
        try:
            path = ValuePath.parse(text)
        except ValueError as error:
            raise StepFailed(f"{quoted(text)}: {error}") from None
        known = {**self.names, INPUTS: self.inputs, RESULTS: self.results}
        value: Any = known
        for part in (path.first, *path.parts):
            value = _inside(value, part, text)
        return value

    def text(self, path: str) -> str:
        """Give the value at a path as it goes into a text. Raises ``StepFailed`` for a list."""
        value = self.look_up(path)
        if value is None:
            return ""
        if isinstance(value, (dict, list)):
            kind = "a list" if isinstance(value, list) else "an object"
            raise StepFailed(
                f"{quoted(path)} is {kind}, which is no text", hint="name one of its values"
            )
        return as_text(value)

    def put_into(self, written: Any, *, as_value: bool = False) -> Any:
        """Put values into every text inside a piece of JSON; what they bring is not read again.

        ``as_value``: a text that is nothing but one placeholder becomes its value as it is.
        """
        if isinstance(written, str):
            path = whole(written) if as_value else None
            return filled(written, self.text) if path is None else self.look_up(path)
        if isinstance(written, list):
            return [self.put_into(one, as_value=as_value) for one in written]
        if isinstance(written, dict):
            return {key: self.put_into(one, as_value=as_value) for key, one in written.items()}
        return written

    def put_into_step(
        self, written: Mapping[str, Any], values_at: Iterable[str], as_they_are: Iterable[str]
    ) -> dict[str, Any]:
        """Put values into a step, but for the keys that hold other steps or no placeholder."""
        return {
            key: part if key in as_they_are else self.put_into(part, as_value=key in values_at)
            for key, part in written.items()
        }


def _inside(value: Any, part: str | int, text: str) -> Any:
    if isinstance(value, Mapping) and part in value:
        return value[part]
    if isinstance(value, list) and isinstance(part, int) and -len(value) <= part < len(value):
        return value[part]
    if isinstance(value, list):
        what = f"the list has {len(value)} entries"
    elif isinstance(value, Mapping):
        what = f"known: {', '.join(sorted(map(str, value))[:12]) or 'nothing'}"
    else:
        what = "that is neither an object nor a list"
    raise StepFailed(f"{quoted(text)}: there is no {quoted(str(part))}; {what}")
