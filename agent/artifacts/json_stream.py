"""Items of a large JSON document, one after the other: only one of them is ever held."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import ijson

from agent.artifacts.artifact import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST_ITEM = 128 * 1024 * 1024
BLOCK = 256 * 1024
_MARK = b"\xef\xbb\xbf"


def blocks_of(file: IO[bytes]) -> Iterator[bytes]:
    """The file's bytes, piece by piece, without a byte order mark."""
    yield file.read(BLOCK).removeprefix(_MARK)
    yield from iter(lambda: file.read(BLOCK), b"")


def lines_of(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file that are not blank; ``Refused`` where one is too large to be held."""
    for line in iter(lambda: file.readline(LARGEST_ITEM), b""):
        if len(line) == LARGEST_ITEM:
            raise Refused("a line in it is larger than can be held")
        if line.strip():
            yield line


def items_at(
    blocks: Iterable[bytes], *places: str, largest: float = LARGEST_ITEM
) -> Iterator[tuple[str, Any]]:
    """Yield each place and the value that stands there, in the document's order within a place.

    A place is written with dots, ``item`` for each of a list: ``log.entries.item``. Raises
    ``Refused`` for what is not JSON, and where ``largest`` bytes hold no whole value.
    """
    found = {place: ijson.sendable_list() for place in places}
    readers = [ijson.items_coro(found[place], place, use_float=True) for place in places]
    size = 0
    try:
        for block in blocks:
            size += len(block)
            if size > largest:
                raise Refused("an item in it is larger than can be held")
            for reader in readers:
                reader.send(block)
            for place, values in found.items():
                if values:
                    size = 0
                    yield from ((place, value) for value in values)
                    del values[:]
        for reader in readers:
            reader.close()
    except ijson.JSONError:
        raise Refused("not JSON") from None
    yield from ((place, value) for place, values in found.items() for value in values)


def has_object_at(blocks: Iterable[bytes], place: str) -> bool:
    """Whether a JSON object begins at the place; read no further than to it."""
    events = ijson.sendable_list()
    reader = ijson.parse_coro(events)
    size = 0
    try:
        for block in blocks:
            reader.send(block)
            if (place, "start_map", None) in events:
                return True
            size = 0 if events else size + len(block)
            if size > LARGEST_ITEM:
                raise Refused("an item in it is larger than can be held")
            del events[:]
    except ijson.JSONError:
        raise Refused("not JSON") from None
    return False
