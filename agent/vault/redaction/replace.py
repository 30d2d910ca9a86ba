"""Marks in place of values, leaving the container readable for the programs that read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.vault.redaction.dialects import TAG_PATTERN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agent.vault.redaction.search import Hit, Search

# One pass nearly always does; a second finds what stood beside another value.
_PASSES = 4


@dataclass(frozen=True, slots=True)
class Replacement:
    """Replaces what a search finds by the mark of its label."""

    search: Search
    marks: Mapping[str, str]

    def redact(self, data: bytes) -> bytes:
        """Return the bytes without any value; the very same bytes where there was none."""
        for _ in range(_PASSES):
            hits = self.search.hits(data)
            if not hits:
                return data
            data = self._mended(data, self._spliced(data, hits))
        # Whatever keeps coming back is not worth keeping.
        return self._marks_of(hits) if self.search.hits(data) else data

    def _spliced(self, data: bytes, hits: Sequence[Hit]) -> bytes:
        parts: list[bytes] = []
        position = 0
        for group in _groups(hits):
            start, end = group[0].start, max(hit.end for hit in group)
            start = _before_half_an_escape(data, start, position)
            parts += [data[position:start], self._marks_of(group)]
            if any(hit.tags for hit in group):
                parts += TAG_PATTERN.findall(data[start:end])
            position = end
        return b"".join([*parts, data[position:]])

    def _marks_of(self, group: Sequence[Hit]) -> bytes:
        """Return the longest hit's mark, then those of hits that reach beyond it."""
        longest = max(group, key=lambda hit: (hit.end - hit.start, -hit.start))
        beyond = [h for h in group if h.start < longest.start or h.end > longest.end]
        labels = dict.fromkeys(hit.label for hit in (longest, *beyond))
        return "".join(self.marks[label] for label in labels).encode("utf-8")

    def _mended(self, before: bytes, after: bytes) -> bytes:
        """Rewrite JSON by its structure where splicing broke it: a bare number became a mark."""
        if before.lstrip()[:1] not in (b"{", b"["):
            return after
        if _is_json(before):
            return after if _is_json(after) else self._rewritten(before)
        old, new = before.split(b"\n"), after.split(b"\n")
        if len(old) != len(new):
            return after
        return b"\n".join(self._mended_line(*pair) for pair in zip(old, new, strict=True))

    def _mended_line(self, before: bytes, after: bytes) -> bytes:
        if before == after or _is_json(after) or not _is_json(before):
            return after
        return self._rewritten(before)

    def _rewritten(self, document: bytes) -> bytes:
        tree = self._clean(json.loads(document))
        return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "surrogatepass"
        )

    def _clean(self, node: Any) -> Any:
        if isinstance(node, dict):
            return {self._text(key): self._clean(value) for key, value in node.items()}
        if isinstance(node, list):
            return [self._clean(value) for value in node]
        if isinstance(node, str):
            return self._text(node)
        if isinstance(node, bool) or node is None:
            return node
        text = json.dumps(node)
        clean = self._text(text)
        return node if clean == text else clean

    def _text(self, text: str) -> str:
        clean = self.redact(text.encode("utf-8", "surrogatepass"))
        return clean.decode("utf-8", "surrogatepass")


def _groups(hits: Sequence[Hit]) -> Iterator[list[Hit]]:
    """Yield hits that overlap, together; ``hits`` are in order of their start."""
    group: list[Hit] = []
    end = -1
    for hit in hits:
        if group and hit.start >= end:
            yield group
            group = []
        group.append(hit)
        end = max(end, hit.end)
    if group:
        yield group


def _before_half_an_escape(data: bytes, start: int, least: int) -> int:
    """Step back over a backslash that would be left without what it escapes."""
    before = data[least:start]
    odd = (len(before) - len(before.rstrip(b"\\"))) % 2
    return start - odd


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
