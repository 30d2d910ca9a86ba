"""Turn what pydantic says about a document into lines a person can act on.

No message repeats a value of the document, only names: a value may be a password that was put in
the wrong place.
"""

from __future__ import annotations

import re
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from agent.errors import Problem
from agent.tasks.names import PATTERN_WORDS
from agent.tasks.placeholders import did_you_mean, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from agent.tasks.positions import Path, Places

_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
_UNKNOWN = "extra_forbidden"

_SENTENCES = {
    "string_type": "expected text in double quotes",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "bool_type": "expected true or false",
    "dict_type": "expected an object {{ … }}",
    "model_type": "expected an object {{ … }}",
    "model_attributes_type": "expected an object {{ … }}",
    "list_type": "expected a list [ … ]",
    "tuple_type": "expected a list [ … ]",
    "string_too_short": "must not be empty",
    "string_too_long": "longer than the {max_length} characters allowed",
    "too_short": "must not be empty",
    "too_long": "more than the {max_length} entries allowed",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "finite_number": "expected a number",
}


def path_text(path: Path) -> str:
    """Write a path as people do: ``steps[2].target.label``; the document itself is ``task``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{quoted(part)}]"
    return text or "task"


def problem(places: Places, path: Path, message: str, *, at_key: bool = False) -> Problem:
    """Make a problem at ``path``; ``at_key`` points at the key where the value is beside it."""
    line, column = places.of(path, at_key=at_key)
    return Problem(path_text(path), message, line, column)


def problems_of(
    error: ValidationError, model: type[BaseModel], written: Any, places: Places, root: Path = ()
) -> Iterator[tuple[Path, Problem]]:
    """Translate every complaint about ``written``, which stands at ``root``; with its path."""
    for detail in error.errors(include_url=False):
        path = (*root, *_real(detail["loc"], written))
        if detail["type"] == "missing":
            parent, key = path[:-1], path[-1]
            yield parent, problem(places, parent, f'the key "{key}" is missing')
        elif detail["type"] == _UNKNOWN:
            known = _keys_at(model, path[len(root) : -1])
            message = f"unknown key{did_you_mean(str(path[-1]), known)}"
            yield path, problem(places, path, message, at_key=True)
        else:
            at_key = detail["loc"][-1:] == ("[key]",)
            yield path, problem(places, path, _sentence(detail), at_key=at_key)


def _sentence(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    if detail["type"] in ("literal_error", "enum"):
        return f"not a word known here{_one_of(context['expected'], detail['input'])}"
    if detail["type"] == "string_pattern_mismatch":
        return PATTERN_WORDS.get(context["pattern"], "not of the right form")
    if detail["type"] == "value_error":
        return str(context["error"])
    template = _SENTENCES.get(detail["type"])
    return template.format(**context) if template else detail["msg"]


def _one_of(expected: str, written: object) -> str:
    words = re.findall(r"'([^']*)'", expected)
    return did_you_mean(written if isinstance(written, str) else "", words)


def _real(loc: tuple[int | str, ...], written: Any) -> Path:
    """Drop from pydantic's location the names of union members, which no document holds."""
    path: list[int | str] = []
    for place, part in enumerate(loc):
        inside = isinstance(written, dict) and part in written
        if inside or (isinstance(written, list) and isinstance(part, int)):
            path.append(part)
            written = written[part]
        elif place == len(loc) - 1 and isinstance(written, dict) and part != "[key]":
            path.append(part)
    return tuple(path)


def _keys_at(annotation: Any, path: Path) -> list[str]:
    """List the keys an object at ``path`` below a type may have."""
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            fields = {(f.alias or name): f.annotation for name, f in member.model_fields.items()}
            if not path:
                return list(fields)
            found = _keys_at(fields.get(str(path[0])), path[1:])
        else:
            arguments = [inner for inner in get_args(member) if inner is not ...]
            found = _keys_at(arguments[-1], path[1:]) if arguments and path else []
        if found:
            return found
    return []


def _members(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [inner for member in get_args(annotation) for inner in _members(member)]
    return [annotation]
