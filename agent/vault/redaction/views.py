"""One text seen through all dialects, layer by layer, and the way back to where a hit stands."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from agent.vault.redaction.charsets import Islands, Wide, is_text
from agent.vault.redaction.dialects import BLANKS, TAGS, Dialect, Escapes, Piece
from agent.vault.redaction.tokens import Tokens, run_around

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Enough for each dialect's layers in any order; a text made to have more is the gate's to refuse.
_MOST_VIEWS = 96
_DEEPEST = 6
# Text that is split as well as escaped more often than this is not looked into.
_GAPS_WITHIN = 2
_TOKENS = Tokens()


@dataclass(frozen=True)
class View:
    """A text decoded from its parent by one dialect; the root has neither."""

    text: bytes
    parent: View | None = None
    dialect: Dialect | None = None
    layers: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_gapless(self) -> bool:
        """Whether this view is its parent without what may stand between characters."""
        return self.dialect in (BLANKS, TAGS)

    @property
    def is_bare(self) -> bool:
        """Whether there were tags between the characters of this view."""
        return self.dialect is TAGS or (self.parent is not None and self.parent.dialect is TAGS)

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the parent's text that this span came from, whole sequences."""
        if self.dialect is None:
            return start, end
        first, last = self._place(start), self._place(end - 1)
        if self.parent is not None and isinstance(self.dialect, Tokens):
            return run_around(self.parent.text, first[0], last[1])
        return first[0], last[1]

    def root_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the outermost text that this span came from."""
        view: View | None = self
        while view is not None:
            start, end = view.source(start, end)
            view = view.parent
        return start, end

    @cached_property
    def _pieces(self) -> tuple[Sequence[Piece], Sequence[int]]:
        if self.parent is None or self.dialect is None:
            return (), ()
        pieces = list(self.dialect.pieces(self.parent.text))
        return pieces, [piece[2] for piece in pieces]

    def _place(self, position: int) -> tuple[int, int]:
        pieces, starts = self._pieces
        index = bisect_right(starts, position) - 1
        if index < 0:
            return position, position + 1
        in_start, in_end, _, out_end = pieces[index]
        if position < out_end:
            return in_start, in_end
        same = in_end + position - out_end
        return same, same + 1


def views(
    text: bytes, escapes: Sequence[Dialect], tokens: Tokens = _TOKENS, *, edges: bool = True
) -> Iterator[View]:
    """Yield the text itself, then every different text the dialects make of it.

    Without ``edges`` it makes no difference what stands beside a value, and a text that would only
    come up a second time with other neighbours is left out.
    """
    seen = {hash(text)}
    waiting = [View(text)]
    for _ in range(_MOST_VIEWS):
        if not waiting:
            return
        view = waiting.pop()
        yield view
        if len(view.layers) <= _GAPS_WITHIN and "tokens" not in view.layers and is_text(view.text):
            yield from _opened(view, BLANKS)
            for bare in _opened(view, TAGS) if edges or not _is_bare_elsewhere(view) else ():
                yield bare
                # What tags cut in two may be escaped on both sides of them.
                yield from _entities(bare, escapes)
        for opened in _next_layers(view, escapes, tokens):
            # A hash, so that the texts need not be kept; Python's is keyed per process.
            if hash(opened.text) not in seen:
                seen.add(hash(opened.text))
                waiting.append(opened)


def _next_layers(view: View, escapes: Sequence[Dialect], tokens: Tokens) -> Iterator[View]:
    plain = is_text(view.text) or "islands" in view.layers
    dialects = (*escapes, Wide(), tokens) if plain else (Wide(), Islands())
    for dialect in dialects:
        if view.layers.get(dialect.name, 0) < dialect.most and len(view.layers) < _DEEPEST:
            yield from _opened(view, dialect)


def _is_bare_elsewhere(view: View) -> bool:
    """Whether the parent's text between tags, undone afterwards, is the same text as this one's."""
    parent, dialect = view.parent, view.dialect
    if parent is None or not isinstance(dialect, Escapes) or dialect.name != "entities":
        return False
    return not parent.layers and dialect.leaves_gaps(parent.text)


def _entities(bare: View, escapes: Sequence[Dialect]) -> Iterator[View]:
    for dialect in escapes:
        if dialect.name == "entities":
            yield from _opened(bare, dialect)


def _opened(view: View, dialect: Dialect) -> Iterator[View]:
    decoded = dialect.apply(view.text)
    if decoded:
        layers = {**view.layers, dialect.name: view.layers.get(dialect.name, 0) + 1}
        yield View(decoded, view, dialect, layers)
