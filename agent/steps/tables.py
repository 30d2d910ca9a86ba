"""Writes records into a file: JSON, JSON Lines or CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Records = Sequence[Mapping[str, Any]]

# A spreadsheet takes a cell that begins with one of these for a formula and computes it; pages can
# put anything into a cell. The wide forms are read as the narrow ones in East Asian settings.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - meant


def written(name: str, records: Records) -> bytes:
    """Write records in the form that the ending of ``name`` says, in UTF-8."""
    return _FORMS[name.rpartition(".")[2]](records).encode("utf-8")


def _json(records: Records) -> str:
    return json.dumps(list(records), ensure_ascii=False, indent=2) + "\n"


def _lines(records: Records) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _csv(records: Records) -> str:
    """Write RFC 4180; a text that a spreadsheet would compute gets an apostrophe before it."""
    names = list(dict.fromkeys(name for record in records for name in record))
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\r\n")
    writer.writerow([_cell(name) for name in names])
    writer.writerows([_cell(record.get(name)) for name in names] for record in records)
    return page.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


_FORMS: dict[str, Callable[[Records], str]] = {"json": _json, "jsonl": _lines, "csv": _csv}
