"""Rewrite DOM snapshots in place: same nodes, same order, other strings.

A later snapshot refers to nodes of an earlier one by their place in post-order, a style sheet's
text included, so a node is never added, dropped or turned into another. For the same reason the
text a page shows may lie in several snapshots: it is searched joined, through the references.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from agent.artifacts.elements import clean_attributes
from agent.artifacts.styles import clean_style
from agent.artifacts.text_search import found_in, merged
from agent.artifacts.trace_events import Event, pick, short_number
from agent.artifacts.urls import clean_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.vault.redactor import Redactor

Leaf = tuple[Any, Any]
Range = tuple[list[Leaf], int, int]

_KEPT = (
    "callId", "phase", "snapshotName", "pageId", "frameId", "frameUrl", "doctype", "html",
    "viewport", "timestamp", "wallTime", "collectionTime", "isMainFrame",
)  # fmt: skip
_SILENT = frozenset({"SCRIPT", "STYLE", "NOSCRIPT"})
_FIRST_CHILD = 2


class Snapshots:
    """The snapshots of one recording, cleaned in the order they were taken."""

    def __init__(self, redactor: Redactor, kept_file: Callable[[str], str | None]) -> None:
        self._redactor = redactor
        self._kept_file = kept_file
        self._frames: defaultdict[str, list[list[Range]]] = defaultdict(list)

    def clean(self, snapshot: Event) -> Event:
        """Rewrite one snapshot's structure; its strings are searched afterwards."""
        clean = pick(snapshot, _KEPT)
        clean_nodes(clean.get("html"), self._redactor)
        clean["frameUrl"] = clean_url(str(snapshot.get("frameUrl", "")))
        clean["collectionTime"] = short_number(snapshot.get("collectionTime", 0))
        clean["resourceOverrides"] = [
            self._override(override) for override in snapshot.get("resourceOverrides") or []
        ]
        return clean

    def join(self, clean: Event) -> None:
        """Mark known values that a reader of the page sees across several text nodes."""
        history = self._frames[str(clean.get("frameId"))]
        walk = _Walk(history)
        walk.visit(clean, "html")
        history.append(walk.ranges)
        if isinstance(clean.get("html"), list) and not _is_reference(clean["html"]):
            mark_joined(walk.leaves, self._redactor)

    def _override(self, override: Event) -> Event:
        clean = pick(override, ("url", "ref"))
        clean["url"] = clean_url(str(override.get("url", "")))
        kept = self._kept_file(str(override.get("file", "")))
        if kept:
            clean["file"] = kept
        return clean


def clean_nodes(node: Any, redactor: Redactor) -> None:
    """Clean the attributes, style sheets and scripts of a snapshot's own nodes."""
    if not isinstance(node, list) or _is_reference(node) or not node:
        return
    tag = str(node[0]).upper()
    if len(node) > 1 and isinstance(node[1], dict):
        clean_attributes(tag, node[1], redactor)
    for index in range(_FIRST_CHILD, len(node)):
        child = node[index]
        if isinstance(child, list):
            clean_nodes(child, redactor)
        elif tag == "STYLE":
            node[index] = clean_style(child, redactor)
        elif tag in _SILENT:
            node[index] = ""


def mark_joined(leaves: list[Leaf], redactor: Redactor) -> None:
    """Replace known values in text that lies over several places, the mark in the first of them."""
    texts = [container[key] for container, key in leaves]
    joined = "".join(texts)
    ends = list(accumulate(map(len, texts)))
    for start, end, label in reversed(merged(found_in(joined, redactor))):
        mark = redactor.mark(label)
        for place in range(bisect_right(ends, start), len(ends)):
            begin = ends[place] - len(texts[place])
            if begin >= end:
                break
            container, key = leaves[place]
            text = container[key]
            container[key] = text[: max(start - begin, 0)] + mark + text[max(end - begin, 0) :]
            mark = ""


class _Walk:
    """Number the nodes as the viewer does and collect the text leaves, through references."""

    def __init__(self, history: list[list[Range]]) -> None:
        self._history = history
        self.leaves: list[Leaf] = []
        self.ranges: list[Range] = []

    def visit(self, container: Any, key: Any, *, silent: bool = False) -> None:
        """Take in the node at ``container[key]``."""
        node = container[key]
        start = len(self.leaves)
        if isinstance(node, str):
            if not silent:
                self.leaves.append((container, key))
        elif _is_reference(node):
            self._follow(node[0])
            return
        elif isinstance(node, list) and node:
            silent = str(node[0]).upper() in _SILENT
            for index in range(_FIRST_CHILD, len(node)):
                self.visit(node, index, silent=silent)
        self.ranges.append((self.leaves, start, len(self.leaves)))

    def _follow(self, reference: list[int]) -> None:
        ago, place = reference
        if not 0 < ago <= len(self._history):
            return
        ranges = self._history[len(self._history) - ago]
        if 0 <= place < len(ranges):
            leaves, start, end = ranges[place]
            self.leaves.extend(leaves[start:end])


def _is_reference(node: Any) -> bool:
    return isinstance(node, list) and len(node) > 0 and isinstance(node[0], list)
