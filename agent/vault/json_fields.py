"""The values of a JSON document by their paths: keys and list positions with dots between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NoReturn

from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST: Final = 32
MOST: Final = 500
LONGEST_PATH: Final = 200
# Names that mean something of their own in a task file.
_TAKEN: Final = frozenset({"document", "totp"})


def parse(text: str) -> Any:
    """Read one JSON document (RFC 8259). Raises ``UsageError``, quoting nothing."""
    try:
        content = json.loads(text, object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise UsageError(
            "document is not one JSON document, or has a key twice",
            hint="one JSON object, list or value; NaN and Infinity are none",
        ) from None
    if any(len(path) > DEEPEST for path, _ in _walk(content)):
        raise UsageError(f"document is nested deeper than {DEEPEST} levels")
    return content


def canonical(content: Any) -> str:
    """Write a document the one way it is stored: no spaces, keys in the order given."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


def fields_of(content: Any) -> dict[str, str]:
    """Return the values by path; null, and empty texts, lists and objects have none.

    Raises ``UsageError`` where two values have one path, or where a path cannot be written.
    """
    found: dict[str, str] = {}
    for steps, value in _walk(content):
        path, text = ".".join(steps), _as_text(value)
        if not text or not steps or path in _TAKEN:
            continue
        if path in found:
            raise UsageError("two values of the document have one path", hint="rename one key")
        if not all(steps) or not path.isprintable() or len(path) > LONGEST_PATH:
            raise UsageError("a key of the document is empty, overlong or cannot be printed")
        found[path] = text
    if len(found) > MOST:
        raise UsageError(f"document holds more than {MOST} values")
    return found


def leaves(content: Any) -> Iterator[str]:
    """Yield every value as text, whether it has a path or not."""
    return filter(None, (_as_text(value) for _, value in _walk(content)))


def _walk(content: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the values with their steps, without recursion: a deep one is refused, not fatal."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), content)]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, dict) and len(steps) <= DEEPEST:
            waiting.extend(((*steps, key), value[key]) for key in reversed(value))
        elif isinstance(value, list) and len(steps) <= DEEPEST:
            waiting.extend(((*steps, str(at)), one) for at, one in reversed(list(enumerate(value))))
        else:
            yield steps, value


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (dict, list)):
        return ""
    return json.dumps(value)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def _no_constant(_: str) -> NoReturn:
    raise ValueError("not JSON")
