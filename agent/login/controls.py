"""Everything on a page that can be pressed, with the words it bears and the layer it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agent.login.observation import Button, Form, Spot
from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.login.facts import RawButton, RawField, RawLink, RawLook

_LONGEST = 60  # characters on a control that leads on; more is prose
_SECOND = frozenset({"second_factor", "app", "recovery_code", "another", "elsewhere", "sms"})


@dataclass(frozen=True, slots=True)
class Control:
    """Something to press, of any markup, with the kinds of words it bears."""

    raw: RawButton | RawLink | RawField
    key: int
    path: str
    text: str
    said: frozenset[str]
    called: str
    target: str
    layer: int
    kind: str
    group: int
    covered: bool = False

    @property
    def host(self) -> str:
        """Name the host it leads to, empty where only a script knows."""
        parts = urlsplit(self.target)
        return parts.netloc if parts.scheme in ("http", "https") else ""

    @property
    def leads_within(self) -> bool:
        """Tell whether it only moves within the page, like “Skip to content”."""
        return "#" in self.target and bool(urlsplit(self.target).fragment)


@dataclass(frozen=True, slots=True)
class Scene:
    """A document with what its text and its forms say."""

    look: RawLook
    frame: int
    forms: tuple[Form, ...]
    said: frozenset[str]

    @property
    def own(self) -> frozenset[str]:
        """List the keys of the forms' own buttons: they are no ways."""
        return frozenset(form.submit.key for form in self.forms if form.submit)

    @property
    def asks_code(self) -> bool:
        """Tell whether the page is about a second factor."""
        return any(form.code for form in self.forms) or bool(self.said & _SECOND)

    @property
    def has_password(self) -> bool:
        """Tell whether a form here takes a password."""
        return any(form.password for form in self.forms)

    def button(self, control: Control) -> Button:
        """Write down a control so that it can be pressed."""
        key = f"{self.look.document}#{control.key}"
        raw = control.raw
        enabled = getattr(raw, "enabled", True)
        return Button(key, Spot(self.frame, control.path, key), control.text, enabled)


def controls_of(scene: Scene) -> Iterator[Control]:
    """Yield what can be pressed, but for the forms' own buttons."""
    words, own, look = vocabulary(), scene.own, scene.look
    for button in look.buttons:
        text = button.text if len(button.text) > 1 else button.hint or button.text
        if button.visible and len(text) <= _LONGEST and f"{look.document}#{button.key}" not in own:
            said = words.kinds(text)
            yield Control(
                button, button.key, button.path, text, said, button.name, button.target,
                button.layer, button.type, button.group,
            )  # fmt: skip
    for link in look.links:
        if link.visible and link.path and len(link.text) <= _LONGEST:
            yield Control(
                link, link.key, link.path, link.text, words.kinds(link.text), link.name,
                link.target, link.layer, "a", link.group,
            )  # fmt: skip
    for field in look.fields:
        # Boxes are ways only where they accept something, and while they are not ticked.
        box = field.type == "checkbox" and not field.length and not scene.forms
        if field.visible and (field.type == "radio" or box):
            text = field.label or field.aria or field.near
            yield Control(
                field, field.key, field.path, text, words.kinds(text), f"{field.name} {field.id}",
                "", field.layer, field.type, field.group,
            )  # fmt: skip


def layers_of(scene: Scene, control: Control) -> list[tuple[int, frozenset[str]]]:
    """List the layers a control stands in, from the inside out, with what they speak of."""
    words = vocabulary()
    by_key = {layer.key: layer for layer in scene.look.layers}
    found: list[tuple[int, frozenset[str]]] = []
    at = control.layer
    while at in by_key and len(found) < len(by_key):
        layer = by_key[at]
        found.append((at, words.kinds(layer.text) | words.name_kinds(layer.words)))
        at = layer.parent
    return found
