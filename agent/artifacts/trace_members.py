"""What the members of a kept trace are called, and the one that says where each call stands."""

from __future__ import annotations

from pathlib import PurePath
from typing import IO, TYPE_CHECKING

from agent.artifacts.json_stream import blocks_of, items_at
from agent.artifacts.literal import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from agent.vault.redactor import Redactor

_FILES, _STACKS = "files.item", "stacks.item"


def new_names(members: Iterable[str]) -> dict[str, str]:
    """The event files under running numbers: ``trace.trace``, ``trace1.trace`` and so on."""
    parts = {name: name.rpartition(".") for name in members}
    prefixes = sorted({prefix for prefix, _, _ in parts.values()})
    number_of = {prefix: number or "" for number, prefix in enumerate(prefixes)}
    return {name: f"trace{number_of[prefix]}.{last}" for name, (prefix, _, last) in parts.items()}


def clean_stacks(source: Callable[[], IO[bytes]], redactor: Redactor) -> Iterator[bytes]:
    """The member with the places of calls, without folders; read twice, an item at a time."""
    for place, opening in ((_FILES, b'{"files":['), (_STACKS, b'],"stacks":[')):
        yield opening
        with source() as file:
            for number, (_, item) in enumerate(items_at(blocks_of(file), place)):
                kept = PurePath(str(item)).name if place == _FILES else item
                yield b"," * bool(number) + clean_line(kept, redactor, "stacks")
    yield b"]}"
