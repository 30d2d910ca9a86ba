"""The fields of one form with everything that stands in, on and above it, as kinds of words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agent.login.codes import code_boxes
from agent.login.facts import RawButton
from agent.login.fields import NAMING, TYPED, Clues, PageAsks, clues_of
from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.login.facts import RawGroup, RawLine, RawLink, RawLook

_QUERY = re.compile(r"\?\S*")  # of an address: where to go on to, not what the form is
_FEW = 40  # letters on a button; what is longer is prose


@dataclass(frozen=True, slots=True)
class Page:
    """What the whole document says, and which frame of the look it is."""

    look: RawLook
    frame: int
    title: frozenset[str]
    asks: PageAsks

    def key(self, number: int) -> str:
        """Name an element so that the name holds as long as the document does."""
        return f"{self.look.document}#{number}"


@dataclass(frozen=True, slots=True)
class Group:
    """The fields of one form, in order, and the kinds of words round them.

    ``lead`` is the text just before the first field. ``fields`` are those a person could fill,
    ``passwords`` the ones for passwords; ``buttons`` what
    may send them, scripted links too.
    """

    raw: RawGroup
    fields: tuple[Clues, ...]
    passwords: tuple[Clues, ...]
    ticks: tuple[Clues, ...]
    buttons: tuple[RawButton, ...]
    headings: frozenset[str]
    above: frozenset[str]
    lead: frozenset[str]
    lines: frozenset[str]
    links: frozenset[str]
    words: frozenset[str]
    asks: PageAsks
    last: int = 0
    pressed: frozenset[str] = field(default=frozenset())


def read_page(look: RawLook, frame: int) -> Page:
    """Read what a document says as a whole."""
    words = vocabulary()
    spoken = [words.kinds(line.text) for line in look.lines]
    path = urlsplit(look.url).path
    return Page(
        look=look,
        frame=frame,
        title=words.kinds(look.title) | words.name_kinds(path),
        asks=_asks(spoken),
    )


def read_groups(page: Page) -> list[Group]:
    """List the groups of a document that hold a field a person could fill."""
    look = page.look
    clues = [clues_of(raw) for raw in look.fields]
    links = [_as_button(link) for link in look.links if link.scripted and link.visible]
    buttons = [*(b for b in look.buttons if b.visible), *links]
    groups = [_group(page, raw, (clues, buttons)) for raw in look.groups]
    return [group for group in groups if group.fields]


def _asks(spoken: Sequence[frozenset[str]]) -> PageAsks:
    if any("second_factor" in kinds for kinds in spoken):
        return PageAsks.SECOND_FACTOR
    some = any("code" in kinds and "not_code" not in kinds for kinds in spoken)
    return PageAsks.SOME_CODE if some else PageAsks.NOTHING


def _as_button(link: RawLink) -> RawButton:
    return RawButton(
        key=link.key,
        path=link.path,
        type="a",
        text=link.text,
        name=link.name,
        group=link.group,
        order=link.order,
        layer=link.layer,
    )


def _group(page: Page, raw: RawGroup, found: tuple[Sequence[Clues], Sequence[RawButton]]) -> Group:
    words, look = vocabulary(), page.look
    mine = [clue for clue in found[0] if clue.raw.group == raw.key]
    typed = TYPED | {"select", "textarea"}
    seen = [c for c in mine if c.raw.type in typed and c.shown]
    # Where all of a form is hidden from screen readers, a dialog is open: that marks no trap.
    if not all(c.trap for c in seen):
        seen = [c for c in seen if not c.trap]
    shown = tuple(c for c in seen if not _is_decoy(c, seen))
    orders = [clue.raw.order for clue in shown] or [0]
    lines = [ln for ln in look.lines if ln.group == raw.key]
    before = [ln for ln in look.lines if ln.order < orders[0]]
    above = [ln for ln in before if ln.heading][-2:]
    buttons = tuple(b for b in found[1] if b.group in (raw.key, 0))
    return Group(
        raw=raw,
        fields=shown,
        passwords=_passwords(shown, page.asks),
        ticks=tuple(c for c in mine if c.raw.type == "checkbox" and c.raw.visible),
        buttons=buttons,
        headings=_kinds(ln for ln in lines if ln.heading),
        above=_kinds(above),
        lead=_kinds(before[-4:]),
        lines=_kinds(ln for ln in lines if not ln.heading),
        links=words.kinds(*(ln.text for ln in look.links if ln.group == raw.key)),
        words=words.name_kinds(_QUERY.sub("", raw.words)),
        asks=page.asks,
        last=orders[-1],
        pressed=words.kinds(*map(_said, main_buttons(buttons, raw.key, orders[-1]))),
    )


def _is_decoy(clue: Clues, beside: Sequence[Clues]) -> bool:
    """Tell whether a field is for robots: it says so, or is out of reach where others are not."""
    if "leave_empty" in clue.spoken | clue.near:
        # "Leave empty if you have none", says a code's field to those without a second factor.
        return "second_factor" not in clue.own
    if clue.raw.type not in NAMING:
        return False
    names = [other for other in beside if other is not clue and other.raw.type in NAMING]
    reached = [c for c in names if not c.raw.skipped and not c.raw.covered]
    return bool(reached) and (clue.raw.skipped or clue.raw.covered)


def _passwords(shown: Sequence[Clues], asks: PageAsks) -> tuple[Clues, ...]:
    """List the passwords that can be typed; where none can yet, those that are shown.

    Codes are typed hidden, too: in boxes, or alone on a page that asks for one.
    """
    boxes = code_boxes(shown)
    alone = not any(clue.raw.type in NAMING for clue in shown)
    found = tuple(
        clue
        for clue in shown
        if clue.is_password and clue not in boxes and not (alone and clue.is_hidden_code(asks))
    )
    return tuple(clue for clue in found if clue.fillable) or found


_ASIDE = frozenset(
    {"show", "cancel", "with", "provider", "company", "resend", "search", "forgot", "dismiss"}
)


def main_buttons(buttons: Iterable[RawButton], group: int, last: int) -> list[RawButton]:
    """Guess the button that a form is sent by, from nothing but its markup and what it is not."""
    words = vocabulary()
    mine = [b for b in buttons if b.group == group and not words.kinds(_said(b)) & _ASIDE]
    senders = [b for b in mine if b.type in ("submit", "image")]
    after = [b for b in senders or mine if b.order > last]
    return (after or senders or mine)[:1]


def _kinds(lines: Iterable[RawLine]) -> frozenset[str]:
    return vocabulary().kinds(*(line.text for line in lines))


def _said(button: RawButton) -> str:
    text = button.text or button.hint
    return text if len(text) <= _FEW else ""
