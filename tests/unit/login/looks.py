"""Looks made by hand: only what a test is about is written down."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from agent.login.facts import (
    RawButton,
    RawChallenge,
    RawField,
    RawGroup,
    RawLayer,
    RawLine,
    RawLink,
    RawLook,
)
from agent.login.reading import Traffic, read

if TYPE_CHECKING:
    from agent.login.observation import Observation

NUMBERS = count(100)


def field(kind: str = "text", group: int = 1, **more: Any) -> RawField:
    number = next(NUMBERS)
    place = more.pop("order", number)
    return RawField(number, f"1/{number}", kind, group=group, order=place, **more)


def button(text: str, group: int = 1, kind: str = "submit", **more: Any) -> RawButton:
    number = next(NUMBERS)
    return RawButton(number, f"1/{number}", kind, text, group=group, order=number, **more)


def link(text: str, target: str = "", group: int = 0, **more: Any) -> RawLink:
    number = next(NUMBERS)
    path = f"1/{number}"
    return RawLink(text, target, group, order=number, key=number, path=path, **more)


def look(*parts: object, **more: Any) -> RawLook:
    def of(kind: type) -> tuple[Any, ...]:
        return tuple(part for part in parts if isinstance(part, kind))

    groups = {f.group for f in of(RawField)}
    named = of(RawGroup)
    plain = tuple(RawGroup(g) for g in groups - {g.key for g in named})
    standard = {"document": "d", "url": "https://a.example/x", "title": "", "ready": "complete"}
    return RawLook(
        **(standard | {"status": 200} | more),
        fields=of(RawField),
        buttons=of(RawButton),
        groups=(*named, *plain),
        links=of(RawLink),
        lines=of(RawLine),
        challenges=of(RawChallenge),
        layers=of(RawLayer),
    )


def seen(*parts: object, **more: Any) -> Observation:
    return read((look(*parts, **more),), Traffic())
