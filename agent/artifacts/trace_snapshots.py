"""Rewrite DOM snapshots in place: same nodes, same order, other strings.

A later snapshot refers to nodes of an earlier one by their place in post-order, a style sheet's
text included, so a node is never added, dropped or turned into another. For the same reason the
text a page shows may lie in several snapshots: it is searched joined, through the references.
What is found in an earlier one is noted, to be written when the whole recording was read.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from agent.artifacts.artifact import Refused
from agent.artifacts.elements import clean_attributes
from agent.artifacts.past_texts import Past
from agent.artifacts.styles import clean_style
from agent.artifacts.text_search import found_in, merged
from agent.artifacts.trace_events import Event, pick, short_number
from agent.artifacts.urls import clean_url

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.artifacts.past_texts import PastTexts
    from agent.vault.redactor import Redactor

Leaf = tuple[Any, Any]

_KEPT = (
    "callId", "phase", "snapshotName", "pageId", "frameId", "frameUrl", "doctype", "html",
    "viewport", "timestamp", "wallTime", "collectionTime", "isMainFrame",
)  # fmt: skip
_SILENT = frozenset({"SCRIPT", "STYLE", "NOSCRIPT"})
_FIRST_CHILD = 2
_MOST_NOTED = 32 * 1024 * 1024


class Snapshots:
    """The snapshots of one recording, cleaned in the order they were taken.

    ``later`` holds, by a snapshot's number, those of its texts that are to be others: a value that
    begins in it goes on in a later one.
    """

    def __init__(
        self, redactor: Redactor, kept_file: Callable[[str], str | None], pasts: PastTexts
    ) -> None:
        self._redactor = redactor
        self._kept_file = kept_file
        self._pasts = pasts
        self._frames: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        self._noted = 0
        self.later: defaultdict[int, dict[int, str]] = defaultdict(dict)

    @property
    def taken(self) -> int:
        """How many were joined so far: the number of the next."""
        return len(self._pasts)

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
        walk = _Walk(history, self._pasts)
        walk.visit(clean, "html")
        own = [container[key] for container, key in walk.own]
        if isinstance(clean.get("html"), list) and not _is_reference(clean["html"]):
            self._mark(walk, own)
        history.append(len(self._pasts))
        self._pasts.add(Past(own, walk.shown, walk.ranges))

    def _mark(self, walk: _Walk, own: list[str]) -> None:
        number = len(self._pasts)
        pairs = list(zip(walk.shown[::2], walk.shown[1::2], strict=True))
        texts = [own[at] if one == number else self._pasts.get(one).texts[at] for one, at in pairs]
        for place, text in joined_changes(texts, self._redactor).items():
            one, at = pairs[place]
            if one == number:
                container, key = walk.own[at]
                container[key] = own[at] = text
            else:
                self._note(one, at, text)

    def _note(self, number: int, at: int, text: str) -> None:
        self._noted += len(text)
        if self._noted > _MOST_NOTED:
            raise Refused("values lie over more places than can be held")
        self._pasts.change(number, at, text)
        self.later[number][at] = text

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
    for place, text in joined_changes(texts, redactor).items():
        container, key = leaves[place]
        container[key] = text


def joined_changes(texts: Sequence[str], redactor: Redactor) -> dict[int, str]:
    """What ``mark_joined`` makes of those texts that hold a part of a known value, by place."""
    joined = "".join(texts)
    ends = list(accumulate(map(len, texts)))
    changed: dict[int, str] = {}
    for start, end, label in reversed(merged(found_in(joined, redactor))):
        mark = redactor.mark(label)
        for place in range(bisect_right(ends, start), len(ends)):
            begin = ends[place] - len(texts[place])
            if begin >= end:
                break
            text = changed.get(place, texts[place])
            changed[place] = text[: max(start - begin, 0)] + mark + text[max(end - begin, 0) :]
            mark = ""
    return changed


def put_texts(clean: Event, texts: dict[int, str]) -> None:
    """Put texts noted later into a snapshot that was cleaned and joined, by their places."""
    walk = _Walk(array("I"), None)
    walk.visit(clean, "html")
    for at, text in texts.items():
        container, key = walk.own[at]
        container[key] = text


class _Walk:
    """Number the nodes as the viewer does and collect the texts, through references.

    ``own`` are the places of the snapshot's own texts; ``shown`` and ``ranges`` as ``Past`` has
    them.
    """

    def __init__(self, history: array[int], pasts: PastTexts | None) -> None:
        self._history = history
        self._pasts = pasts
        self._number = 0 if pasts is None else len(pasts)
        self.own: list[Leaf] = []
        self.shown = array("I")
        self.ranges = array("I")

    def visit(self, container: Any, key: Any, *, silent: bool = False) -> None:
        """Take in the node at ``container[key]``."""
        node = container[key]
        start = len(self.shown) // 2
        if isinstance(node, str):
            if not silent:
                self.shown.extend((self._number, len(self.own)))
                self.own.append((container, key))
        elif _is_reference(node):
            self._follow(node[0])
            return
        elif isinstance(node, list) and node:
            silent = str(node[0]).upper() in _SILENT
            for index in range(_FIRST_CHILD, len(node)):
                self.visit(node, index, silent=silent)
        self.ranges.extend((start, len(self.shown) // 2))

    def _follow(self, reference: list[int]) -> None:
        ago, place = reference
        if self._pasts is None or not 0 < ago <= len(self._history):
            return
        past = self._pasts.get(self._history[len(self._history) - ago])
        self.shown.extend(past.shown_by(place))


def _is_reference(node: Any) -> bool:
    return isinstance(node, list) and len(node) > 0 and isinstance(node[0], list)
