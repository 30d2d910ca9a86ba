"""The facts ``observe.js`` returns, as typed records; their meaning is read in ``reading.py``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class RawField:
    """One input, text area or select. ``length`` counts the value's characters (1: ticked).

    ``faint``: too transparent to be typed into; ``veiled``: hidden from screen readers;
    ``skipped``: left out by the tabulator key; ``layer``: what it stands in, 0 for the page.
    """

    key: int
    path: str
    type: str
    group: int = 0
    order: int = 0
    name: str = ""
    id: str = ""
    autocomplete: str = ""
    label: str = ""
    placeholder: str = ""
    aria: str = ""
    near: str = ""
    shape: str = ""
    maxlength: int = -1
    length: int = 0
    required: bool = False
    usable: bool = True
    readonly: bool = False
    visible: bool = True
    faint: bool = False
    veiled: bool = False
    skipped: bool = False
    covered: bool = False
    invalid: bool = False
    layer: int = 0
    box: tuple[int, int, int, int] = (0, 0, 200, 30)

    @property
    def tag(self) -> str:
        """The element's name."""
        return self.type if self.type in ("select", "textarea") else "input"


@dataclass(frozen=True, slots=True)
class RawButton:
    """One button, by markup, by role or because it can be clicked; ``target``: where it sends."""

    key: int
    path: str
    type: str
    text: str = ""
    hint: str = ""
    name: str = ""
    group: int = 0
    order: int = 0
    target: str = ""
    visible: bool = True
    enabled: bool = True
    covered: bool = False
    layer: int = 0
    box: tuple[int, int, int, int] = (0, 0, 100, 30)


@dataclass(frozen=True, slots=True)
class RawGroup:
    """A form, or the box that holds fields without one; ``words`` are its attributes' values.

    ``place`` is the landmark it stands in (``header``, ``footer``, …), ``action`` a full address.
    """

    key: int
    form: bool = True
    place: str = ""
    words: str = ""
    action: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class RawLink:
    """One link; ``target`` is its full address, ``scripted`` says that a script acts on it."""

    text: str
    target: str = ""
    group: int = 0
    order: int = 0
    key: int = 0
    path: str = ""
    name: str = ""
    scripted: bool = False
    visible: bool = True
    layer: int = 0


@dataclass(frozen=True, slots=True)
class RawLine:
    """One visible line of text; ``alarm``: its markup is that of an error."""

    text: str
    alarm: bool = False
    heading: bool = False
    group: int = 0
    order: int = 0
    layer: int = 0


@dataclass(frozen=True, slots=True)
class RawChallenge:
    """A visible element that bears a captcha's marks."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class RawLayer:
    """Something that looks like a dialog or banner by its markup, or lies over a field (``cover``).

    ``parent`` is the layer it stands in.
    """

    key: int
    words: str = ""
    text: str = ""
    modal: bool = False
    cover: bool = False
    parent: int = 0
    box: tuple[int, int, int, int] = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class RawLook:
    """Everything one look at one document returned; ``frames`` are the paths of its iframes.

    ``suspects`` counts elements that may have a closed shadow root nobody has asked for yet.
    """

    document: str
    url: str
    title: str
    ready: str
    status: int
    fields: tuple[RawField, ...] = ()
    buttons: tuple[RawButton, ...] = ()
    groups: tuple[RawGroup, ...] = ()
    links: tuple[RawLink, ...] = ()
    lines: tuple[RawLine, ...] = ()
    challenges: tuple[RawChallenge, ...] = ()
    layers: tuple[RawLayer, ...] = ()
    frames: tuple[str, ...] = ()
    suspects: int = 0


_PARTS: dict[str, type[Any]] = {
    "fields": RawField,
    "buttons": RawButton,
    "groups": RawGroup,
    "links": RawLink,
    "lines": RawLine,
    "challenges": RawChallenge,
    "layers": RawLayer,
}

Record = TypeVar("Record")


def raw_look(told: str) -> RawLook:
    """Type the answer of ``look()``; raises ``TypeError`` where it has another shape."""
    answer = json.loads(told)
    typed: dict[str, Any] = {
        name: tuple(_record(kind, entry) for entry in answer[name]) for name, kind in _PARTS.items()
    }
    return RawLook(**{**answer, **typed, "frames": tuple(answer["frames"])})


def _record(kind: type[Record], entry: dict[str, Any]) -> Record:
    if "box" in entry:
        entry["box"] = tuple(entry["box"])
    return kind(**entry)
