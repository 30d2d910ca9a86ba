"""Name → class tables, filled by one line per plug-in and imported on first use.

A line is ``"press": "press:Press"``: the kind's name, then module and class inside the table's own
package. Nothing is imported until the kind is asked for, so an optional package stays optional and
start-up pays for what a command uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Generic, TypeVar, cast

Kind = TypeVar("Kind")


class Table(Mapping[str, Kind], Generic[Kind]):
    """An immutable mapping from a kind's name to its class or object.

    ``package`` is the dotted package the entries live in; an entry is ``module:attribute``.
    Raises ``KeyError`` for a kind that is not in the table.
    """

    def __init__(self, package: str, entries: Mapping[str, str]) -> None:
        self._package = package
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> Kind:
        module, _, attribute = self._entries[name].partition(":")
        return cast("Kind", getattr(import_module(f"{self._package}.{module}"), attribute))

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def modules(self) -> frozenset[str]:
        """The module names that have a line, for the test that no file lacks one."""
        return frozenset(entry.partition(":")[0] for entry in self._entries.values())
