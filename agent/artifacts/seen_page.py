"""Read from a ``DOMSnapshot`` where a page shows what no picture may show.

The snapshot holds every text with its boxes: pseudo-elements, closed shadow trees, frames of the
same process. It is matched here, so no value is ever sent to the page (traces.md section 4, d).
All boxes are in CSS pixels of the document they lie in, scrolled.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from agent.artifacts.text_search import found_in, merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.vault.redactor import Redactor

Box = tuple[float, float, float, float]  # left, top, right, bottom

MEDIA = frozenset({"IMG", "CANVAS", "VIDEO", "OBJECT", "EMBED", "IMAGE"})
FRAMES = frozenset({"IFRAME", "FRAME", "FENCEDFRAME"})
_FIELDS = frozenset({"INPUT", "TEXTAREA", "SELECT"})
_LOADED = frozenset({"IMG", "INPUT"})
_LABELS = frozenset({"button", "submit", "reset", "checkbox", "radio", "range", "color", "image"})
_BEYOND_16_BITS = "\uffff"


@dataclass(slots=True)
class SeenDocument:
    """What one document shows: boxes to hide, and the frame element (backend id) it stands in.

    ``far`` are its frame elements whose documents this process does not have. ``url`` is the
    document's address, ``labels`` are those of the values it shows, ``root`` is the backend id of
    the document itself, which no other document has. ``media`` are boxes with what tells a picture
    from every other: the same one again has the same name.
    """

    owner: int | None = None
    known: list[Box] = field(default_factory=list)
    media: list[tuple[str, Box]] = field(default_factory=list)
    far: list[tuple[int, Box]] = field(default_factory=list)
    refusal: str = ""
    url: str = ""
    labels: set[str] = field(default_factory=set)
    root: int = 0


def seen_documents(snapshot: dict[str, Any], redactor: Redactor) -> list[SeenDocument]:
    """What each document of a snapshot shows; the first is the page itself."""
    strings = snapshot["strings"]
    readers = [_Reader(document, strings, redactor) for document in snapshot["documents"]]
    seen = [reader.read() for reader in readers]
    for reader in readers:
        for node, document in reader.children():
            seen[document].owner = reader.backend_id(node)
    if readers[0].root() != "HTML":
        seen[0].refusal = "not an HTML page"
    return seen


class _Reader:
    """One document of a snapshot: columns of numbers, each an index into ``strings``."""

    def __init__(self, document: dict[str, Any], strings: list[str], redactor: Redactor) -> None:
        self._nodes = document["nodes"]
        self._layout = document["layout"]
        self._text_boxes = document["textBoxes"]
        self._scroll = (document.get("scrollOffsetX", 0.0), document.get("scrollOffsetY", 0.0))
        self._strings = strings
        self._redactor = redactor
        self._url = strings[document["documentURL"]] if document.get("documentURL", -1) >= 0 else ""
        self._labels: set[str] = set()

    def read(self) -> SeenDocument:
        seen = SeenDocument(url=self._url, labels=self._labels, root=self.backend_id(0))
        seen.known = [*self._text_hits(), *self._filled_fields()]
        seen.media = list(self._media())
        seen.far = list(self._far_frames())
        if self._style_draws_a_value():
            seen.refusal = "a style sheet holds a value inside an address"
        return seen

    def root(self) -> str:
        """The name of the document's element."""
        names, types = self._nodes["nodeName"], self._nodes["nodeType"]
        elements = (
            self._strings[name] for name, kind in zip(names, types, strict=True) if kind == 1
        )
        return next(elements, "").upper()

    def children(self) -> Iterator[tuple[int, int]]:
        """Frame elements by node index, with the number of the document inside."""
        inside = self._nodes.get("contentDocumentIndex") or {"index": [], "value": []}
        yield from zip(inside["index"], inside["value"], strict=True)

    def backend_id(self, node: int) -> int:
        """The id other commands know a node by."""
        return int(self._nodes["backendNodeId"][node])

    def _text_hits(self) -> Iterator[Box]:
        """Boxes of the text that repeats a value, found in all text joined in layout order."""
        texts = [self._text(index) for index in self._layout["text"]]
        ends = list(accumulate(map(len, texts)))
        spans = merged(found_in("".join(texts), self._redactor))
        boxes = self._boxes_by_layout() if spans else {}
        self._labels.update(label for _, _, label in spans)
        for start, end, _ in spans:
            for place in range(bisect_right(ends, start), bisect_left(ends, end) + 1):
                begin = ends[place] - len(texts[place])
                wide = max(texts[place], default="") > _BEYOND_16_BITS
                for box, first, length in boxes.get(place, ()):
                    if wide or (begin + first < end and begin + first + length > start):
                        yield self._placed(box)

    def _boxes_by_layout(self) -> dict[int, list[tuple[list[float], int, int]]]:
        columns = self._text_boxes
        found: defaultdict[int, list[tuple[list[float], int, int]]] = defaultdict(list)
        rows = zip(
            columns["layoutIndex"],
            columns["bounds"],
            columns["start"],
            columns["length"],
            strict=True,
        )
        for layout, bounds, start, length in rows:
            found[layout].append((bounds, start, length))
        return found

    def _filled_fields(self) -> Iterator[Box]:
        """Boxes of fields that hold anything: what is typed is hidden whether known or not."""
        for place, node in enumerate(self._layout["nodeIndex"]):
            if self._name(node) in _FIELDS and self._shows_text(node):
                yield self._placed(self._layout["bounds"][place])

    def _shows_text(self, node: int) -> bool:
        attributes = self._attributes(node)
        if attributes.get("type", "").lower() in _LABELS:
            return self._is_known(attributes.get("value", ""))
        if self._name(node) == "SELECT":
            return any(self._is_known(text) for text in self._option_texts(node))
        typed = self._rare("inputValue", node) or self._rare("textValue", node)
        return bool(typed) or self._is_known(attributes.get("placeholder", ""))

    def _option_texts(self, select: int) -> Iterator[str]:
        """The texts below a SELECT, which have no box of their own; nodes are in document order."""
        inside = {select}
        parents = self._nodes["parentIndex"]
        for node in range(select + 1, len(parents)):
            if parents[node] not in inside:
                return
            inside.add(node)
            yield self._text(self._nodes["nodeValue"][node])

    def _media(self) -> Iterator[tuple[str, Box]]:
        """Boxes of what cannot be read, each with its name; what a script may draw has none."""
        for place, node in enumerate(self._layout["nodeIndex"]):
            name = self._name(node)
            if name in MEDIA or self._is_image(node, name):
                yield self._named(node, name), self._placed(self._layout["bounds"][place])

    def _named(self, node: int, name: str) -> str:
        source = self._attributes(node).get("src", "") if name in _LOADED else ""
        current = self._rare("currentSourceURL", node)
        return f"{self.backend_id(0)} {self.backend_id(node)} {source} {current}" if source else ""

    def _far_frames(self) -> Iterator[tuple[int, Box]]:
        """Frames whose document is not in this snapshot: it belongs to another process."""
        inside = {node for node, _ in self.children()}
        for place, node in enumerate(self._layout["nodeIndex"]):
            if self._name(node) in FRAMES and node not in inside:
                yield self.backend_id(node), self._placed(self._layout["bounds"][place])

    def _is_image(self, node: int, name: str) -> bool:
        return name == "INPUT" and self._attributes(node).get("type", "").lower() == "image"

    def _style_draws_a_value(self) -> bool:
        """Whether a style has a known value where it can draw it unseen: in a ``url()``."""
        for node, parent in enumerate(self._nodes["parentIndex"]):
            text = self._text(self._nodes["nodeValue"][node])
            if "url(" not in text or parent < 0 or self._name(parent) != "STYLE":
                text = self._attributes(node).get("style", "")
            if "url(" in text and self._is_known(text):
                return True
        return False

    def _is_known(self, text: str) -> bool:
        return bool(text) and bool(found_in(text, self._redactor))

    def _placed(self, bounds: list[float]) -> Box:
        left, top = bounds[0] - self._scroll[0], bounds[1] - self._scroll[1]
        return left, top, left + bounds[2], top + bounds[3]

    def _text(self, index: int) -> str:
        return self._strings[index] if index >= 0 else ""

    def _name(self, node: int) -> str:
        return self._text(self._nodes["nodeName"][node]).upper()

    def _attributes(self, node: int) -> dict[str, str]:
        listed = self._nodes["attributes"][node]
        names = (self._text(index) for index in listed[::2])
        return dict(zip(names, (self._text(index) for index in listed[1::2]), strict=True))

    def _rare(self, column: str, node: int) -> str:
        values = self._nodes.get(column) or {"index": [], "value": []}
        if node not in values["index"]:
            return ""
        return self._text(values["value"][values["index"].index(node)])
