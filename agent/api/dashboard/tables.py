"""A run's result as tables: what is a list of records in it is shown as one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One list of records: its name in the result, the columns in their order, and the cells."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables_in(result: Mapping[str, Any]) -> Iterator[ResultTable]:
    """Find the lists of records in a result, and plain values as one table of their own.

    At most 500 rows of each; the JSON beside them has all.
    """
    plain = {name: value for name, value in result.items() if not isinstance(value, list | dict)}
    if plain:
        yield ResultTable("values", tuple(plain), (tuple(_cell(v) for v in plain.values()),))
    for name, value in result.items():
        if isinstance(value, list) and value:
            yield _table(name, value[:_MOST])


def _table(name: str, values: list[Any]) -> ResultTable:
    if not all(isinstance(one, dict) for one in values):
        return ResultTable(name, (name,), tuple((_cell(one),) for one in values))
    columns = tuple(dict.fromkeys(key for one in values for key in one))
    rows = tuple(tuple(_cell(one.get(key, "")) for key in columns) for one in values)
    return ResultTable(name, columns, rows)


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
