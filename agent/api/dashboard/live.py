"""The changing part of a run's page: made once with each event, for everyone who watches."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOMS: Final = 200


@dataclass(slots=True)
class _Made:
    number: int = -1
    text: str = ""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Live:
    """What is made of a run's newest event, by whatever decides how it looks. One event loop's."""

    _known: OrderedDict[tuple[str, ...], _Made] = field(default_factory=OrderedDict)

    async def text(self, key: tuple[str, ...], number: int, make: Callable[[], str]) -> str:
        """Give the text as it is with event ``number`` or a later one; ``make`` may block."""
        one = self._known.setdefault(key, _Made())
        self._known.move_to_end(key)
        while len(self._known) > _ROOMS:
            self._known.popitem(last=False)
        async with one.lock:
            if one.number < number:
                one.text = await asyncio.to_thread(make)
                one.number = number
            return one.text
