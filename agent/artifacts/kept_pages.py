"""What the page said at each step, read from a kept trace's snapshots.

A snapshot refers to nodes of earlier ones of its frame by their place in post-order, texts
included, references not (traces.md section 2). Only the page itself is read, not its frames.
"""

from __future__ import annotations

import json
import zipfile
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from agent.artifacts.kept_trace import members, step_times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Leaves = list[str]
Range = tuple[Leaves, int, int]

_SNAPSHOT: Final = b'"frame-snapshot"'
_SILENT: Final = frozenset({"SCRIPT", "STYLE", "NOSCRIPT", "HEAD"})
_INLINE: Final = frozenset({
    "A", "ABBR", "B", "BDI", "BDO", "CITE", "CODE", "DATA", "DFN", "EM", "FONT", "I", "KBD",
    "LABEL", "MARK", "Q", "S", "SAMP", "SMALL", "SPAN", "STRONG", "SUB", "SUP",
    "TIME", "U", "VAR", "WBR",
})  # fmt: skip
_FIRST_CHILD: Final = 2


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of text a page showed when the step called ``title`` was over."""

    title: str
    lines: tuple[str, ...]


def read_pages(paths: Sequence[Path]) -> list[Page]:
    """Read the pages of a run, by step, those inside others too, in the order they began."""
    found: list[Page] = []
    for path in paths:
        try:
            with zipfile.ZipFile(path) as archive:
                found += _pages(archive)
        except (OSError, ValueError, KeyError, IndexError, TypeError, zipfile.BadZipFile):
            continue
    return found


def _pages(archive: zipfile.ZipFile) -> list[Page]:
    times: list[float] = []
    texts: list[tuple[str, ...]] = []
    reader = _Reader()
    for line in members(archive, ".trace"):
        if _SNAPSHOT in line:
            snapshot = json.loads(line).get("snapshot") or {}
            lines = reader.read(snapshot)
            if snapshot.get("isMainFrame"):
                times.append(float(snapshot.get("timestamp") or 0))
                texts.append(lines)
    if not texts:
        return []
    # The first look after a step is the next step's before: it shows what the step came to.
    return [
        Page(title, texts[min(bisect_left(times, ended), len(texts) - 1)])
        for title, _, ended in step_times(archive)
    ]


@dataclass(slots=True)
class _Reader:
    """Reads the snapshots of a recording in order."""

    _history: defaultdict[str, list[list[Range]]] = field(default_factory=lambda: defaultdict(list))

    def read(self, snapshot: dict[str, Any]) -> tuple[str, ...]:
        history = self._history[str(snapshot.get("frameId"))]
        leaves: Leaves = []
        nodes: list[Range] = []
        _visit(snapshot.get("html"), (leaves, nodes, history), silent=False)
        history.append(nodes)
        lines = (" ".join(line.split()) for line in "".join(leaves).splitlines())
        return tuple(line for line in lines if line)


def _visit(node: Any, walk: tuple[Leaves, list[Range], list[list[Range]]], *, silent: bool) -> None:
    leaves, nodes, history = walk
    start = len(leaves)
    if isinstance(node, str):
        leaves += [] if silent else [node]
    elif isinstance(node, list) and node and isinstance(node[0], list):
        ago, place = node[0]
        before, begin, end = history[len(history) - ago][place]
        leaves += [] if silent else before[begin:end]
        return
    elif isinstance(node, list) and node:
        tag = str(node[0]).upper()
        block = [] if silent or tag in _INLINE else ["\n"]
        leaves += block
        for child in node[_FIRST_CHILD:]:
            _visit(child, walk, silent=silent or tag in _SILENT)
        leaves += block
    nodes.append((leaves, start, len(leaves)))
