"""Reads what our own recorder tells (``agent/browser/recorder.py``) into steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.tasks.importing.kinds import kind_by_words
from agent.tasks.importing.pages import Pages
from agent.tasks.importing.recording import Print, Recording, Typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Event = dict[str, Any]


def read_events(title: str, events: Iterable[Event], keys: tuple[int, int]) -> Recording:
    """Make a recording of events; ``keys`` are those of their fingerprints."""
    reading = _Reading(Recording(title, beside_login=set()), keys)
    for event in sorted(events, key=lambda one: float(one["time"])):
        reading.take(event)
    return reading.recording


def words_of(event: Mapping[str, Any]) -> str:
    """Say what an event was, without anything that was typed; empty for what makes no step."""
    kind, target = str(event["kind"]), event.get("target") or {}
    if kind == "goto":
        return f"open {str(event['url']).partition('?')[0]}"
    if kind not in _ACTS:
        return ""
    named = next((str(value) for value in target.values() if isinstance(value, str)), "the page")
    if "role" in target:
        named = f"{target['role']} “{target['name']}”"
    if event.get("withheld"):
        return f"fill {named}: what is typed is not recorded; a slot takes its place"
    verb = {"select": "choose in", "upload": "choose a file at"}.get(kind, kind)
    if kind == "press":
        verb = f"press {event['key']} in"
    return f"{verb} {named}"


def print_in(told: Sequence[int], keys: tuple[int, int]) -> Print:
    """Read a fingerprint as the page tells it: a length and two numbers."""
    length, one, two = told
    return Print(length, (one, two), keys)


@dataclass(slots=True)
class _Reading:
    recording: Recording
    keys: tuple[int, int]
    pages: Pages = field(default_factory=Pages)
    answers: str = "dismiss"
    asked: dict[int, Event] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Take one event over."""
        kind = str(event["kind"])
        if kind in _AROUND:
            _AROUND[kind](self, event)
        elif kind == "goto":
            self._turn_to(event)
            self.recording.add("goto", url=str(event["url"]))
        elif event.get("frame", []) is None:
            self.recording.leave_out(f"a {kind} in a frame that cannot be found again")
        elif kind in _ACTS:
            self._turn_to(event)
            step = _ACTS[kind](self, event)
            if step is not None and event.get("beside") and self.recording.beside_login is not None:
                self.recording.beside_login.add(id(step))

    def add(self, kind: str, event: Event, **keys: Any) -> dict[str, Any]:
        """Add a step at the event's element."""
        target = None if "target" not in event else _target(event, event["target"])
        return self.recording.add(kind, target, at=event.get("at"), **keys)

    def opened(self, event: Event) -> None:
        """Note a new page."""
        note = self.pages.opened(event)
        if note:
            self.recording.leave_out(note)

    def shut(self, event: Event) -> None:
        """Note a closed page."""
        self.pages.shut(event)

    def _turn_to(self, event: Event) -> None:
        for keys in self.pages.turns(event):
            self.recording.add("switch_page", **keys)

    def downloaded(self, _event: Event) -> None:
        """Make a download of the click that began it."""
        last = self.recording.steps[-1] if self.recording.steps else {}
        if last.get("type") == "click":
            last["type"] = "download"
            last.pop("button", None)
        else:
            self.recording.leave_out("a download that no click began")

    def asks(self, event: Event) -> None:
        """Note that a dialog is open."""
        self.asked[event["page"]] = event

    def answered(self, event: Event) -> None:
        """Say how dialogs are answered, before the step that made one appear."""
        asked = self.asked.pop(event["page"], {})
        if asked.get("type") not in ("confirm", "prompt"):
            return
        answer = "accept" if event["accepted"] else "dismiss"
        step: dict[str, Any] = {"type": "dialog", "answer": answer}
        if asked["type"] == "prompt" and event["accepted"] and event["text"]:
            if kind_by_words(str(asked["message"])):
                self.recording.leave_out("what was typed into a dialog that asks for a credential")
            else:
                step["text"] = str(event["text"])
        elif answer == self.answers:
            return
        self.answers = answer if "text" not in step else ""
        self.recording.steps.insert(max(len(self.recording.steps) - 1, 0), step)

    def unseen(self, _event: Event) -> None:
        """Say that something was typed where nobody can look."""
        self.recording.leave_out("what was typed into an element that hides its fields")


def _target(event: Event, found: Mapping[str, Any]) -> dict[str, Any]:
    frames = list(event.get("frame") or ())
    return dict(found) | ({"frame": frames} if frames else {})


def _plain(kind: str) -> Callable[[_Reading, Event], dict[str, Any] | None]:
    def act(reading: _Reading, event: Event) -> dict[str, Any] | None:
        return reading.add(kind, event)

    return act


def _click(reading: _Reading, event: Event) -> dict[str, Any]:
    more = {"button": event["button"]} if "button" in event else {}
    return reading.add("click", event, **more)


def _fill(reading: _Reading, event: Event) -> dict[str, Any]:
    told = event.get("print")
    print_ = print_in(told, reading.keys) if told else None
    origins = tuple(str(one) for one in event.get("origins", ()))
    typed = Typed(event.get("value"), str(event.get("withheld", "")), origins, print_)
    return reading.add("fill", event, value=typed)


def _press(reading: _Reading, event: Event) -> dict[str, Any]:
    return reading.add("press", event, key=str(event["key"]))


def _select(reading: _Reading, event: Event) -> dict[str, Any] | None:
    if len(event["chosen"]) != 1:
        reading.recording.leave_out("a choice of several options, or of none")
        return None
    value, label = event["chosen"][0]
    return reading.add("select_option", event, **({"value": value} if value else {"label": label}))


def _upload(reading: _Reading, event: Event) -> dict[str, Any]:
    steps = reading.recording.steps
    if event.get("opened_by") and steps and steps[-1]["type"] == "click":
        # The button only opened the system's own window, which a run has no use for.
        steps.pop()
    return reading.add("upload", event, files=[{"path": str(one)} for one in event["files"]])


def _drag(reading: _Reading, event: Event) -> dict[str, Any]:
    return reading.add("drag", event, to=_target(event, event["to"]))


_ACTS: dict[str, Callable[[_Reading, Event], dict[str, Any] | None]] = {
    "click": _click,
    "dblclick": _plain("dblclick"),
    "fill": _fill,
    "press": _press,
    "check": _plain("check"),
    "uncheck": _plain("uncheck"),
    "select": _select,
    "upload": _upload,
    "drag": _drag,
}
_AROUND: dict[str, Callable[[_Reading, Event], None]] = {
    "opened": _Reading.opened,
    "closed": _Reading.shut,
    "download": _Reading.downloaded,
    "asked": _Reading.asks,
    "answered": _Reading.answered,
    "unseen": _Reading.unseen,
}
