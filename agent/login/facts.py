"""The facts ``observe.js`` returns, as typed records; their meaning is read in ``reading.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class RawField:
    """One input, text area or select. ``length`` counts the value's characters (1: ticked)."""

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
    visible: bool = True
    veiled: bool = False
    covered: bool = False
    invalid: bool = False
    box: tuple[int, int, int, int] = (0, 0, 200, 30)

    @property
    def tag(self) -> str:
        """The element's name."""
        return self.type if self.type in ("select", "textarea") else "input"


@dataclass(frozen=True, slots=True)
class RawButton:
    """One button, by markup or by role."""

    key: int
    path: str
    type: str
    text: str = ""
    hint: str = ""
    name: str = ""
    group: int = 0
    order: int = 0
    visible: bool = True
    enabled: bool = True
    box: tuple[int, int, int, int] = (0, 0, 100, 30)


@dataclass(frozen=True, slots=True)
class RawGroup:
    """A form, or the box that holds fields without one; ``words`` are its attributes' values."""

    key: int
    form: bool = True
    words: str = ""


@dataclass(frozen=True, slots=True)
class RawLink:
    """One link."""

    text: str
    target: str = ""
    group: int = 0
    order: int = 0


@dataclass(frozen=True, slots=True)
class RawLine:
    """One visible line of text; ``alarm``: its markup is that of an error."""

    text: str
    alarm: bool = False
    heading: bool = False
    group: int = 0
    order: int = 0


@dataclass(frozen=True, slots=True)
class RawChallenge:
    """A visible element that bears a captcha's marks."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class RawLook:
    """Everything one look at one document returned; ``frames`` are the paths of its iframes."""

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
    frames: tuple[str, ...] = ()


_PARTS: dict[str, type[Any]] = {
    "fields": RawField,
    "buttons": RawButton,
    "groups": RawGroup,
    "links": RawLink,
    "lines": RawLine,
    "challenges": RawChallenge,
}

Record = TypeVar("Record")


def raw_look(answer: Mapping[str, Any]) -> RawLook:
    """Type the answer of ``look()``; raises ``TypeError`` where it has another shape."""
    typed: dict[str, Any] = {
        name: tuple(_record(kind, entry) for entry in answer[name]) for name, kind in _PARTS.items()
    }
    return RawLook(**{**answer, **typed, "frames": tuple(answer["frames"])})


def _record(kind: type[Record], entry: Mapping[str, Any]) -> Record:
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()})
