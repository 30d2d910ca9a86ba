"""Reads what Playwright's recorder writes as JSON Lines (``codegen --target jsonl``)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.tasks.importing.recording import NotThisFormat, Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TEXTS = {
    "label": "label",
    "placeholder": "placeholder",
    "text": "text",
    "test-id": "test_id",
}
_ATTRIBUTES = {"alt": "alt", "title": "title"}
_MODIFIERS = ((1, "Alt"), (2, "ControlOrMeta"), (4, "ControlOrMeta"), (8, "Shift"))
_SILENT = frozenset({"openPage"})


def read(text: str) -> Recording:
    """Read a recording; its first line says which browser it was. Raises ``NotThisFormat``."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        entries = [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        raise NotThisFormat from None
    if not any(isinstance(one, dict) and isinstance(one.get("name"), str) for one in entries):
        raise NotThisFormat
    recording = Recording("Recorded task")
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            _take(recording, entry)
    return recording


def _take(recording: Recording, entry: dict[str, Any]) -> None:
    name = entry["name"]
    if name == "navigate":
        if str(entry.get("url", "")).startswith(("http://", "https://")):
            recording.add("goto", url=entry["url"])
    elif name == "closePage":
        recording.add("close_page")
    elif name in _ACTS:
        target = _target(entry.get("locator"))
        if target is None:
            recording.leave_out(f"a step {name} at an element that cannot be written as a target")
        else:
            _ACTS[name](recording, target, entry)
    elif name not in _SILENT:
        recording.leave_out(f"steps called {name[:40]!r}")


def _target(locator: Any) -> dict[str, Any] | None:
    """Make a target of a chain of locators: frames, one element, and which of several."""
    target: dict[str, Any] = {}
    frames: list[str] = []
    for one in _chain(locator):
        kind, body = one.get("kind"), one.get("body", "")
        if kind in ("first", "last", "nth"):
            target["nth"] = {"first": 0, "last": -1}.get(kind, 0) if kind != "nth" else int(body)
        elif kind == "frame-locator":
            frames.append(str(body))
        elif kind == "frame":
            if list(target) != ["css"]:
                return None
            frames.append(target.pop("css"))
        elif target:
            return None  # one inside another: a target has one way
        else:
            target = _way(str(kind), body, one.get("options") or {})
            if not target:
                return None
    return (target | ({"frame": frames} if frames else {})) or None


def _chain(locator: Any) -> Iterator[dict[str, Any]]:
    while isinstance(locator, dict):
        yield locator
        locator = locator.get("next")


def _way(kind: str, body: Any, options: dict[str, Any]) -> dict[str, Any]:
    exact = {"exact": True} if options.get("exact") else {}
    if kind == "role" and isinstance(body, str):
        name = options.get("name")
        return {"role": body} | ({"name": name, **exact} if isinstance(name, str) else {})
    if not isinstance(body, str):
        return {}
    if kind in _TEXTS:
        return {_TEXTS[kind]: body} | ({} if kind == "test-id" else exact)
    if kind in _ATTRIBUTES:
        return {"css": f"[{_ATTRIBUTES[kind]}={json.dumps(body, ensure_ascii=False)}]"}
    return {"css": body} if kind == "default" else {}


def _click(recording: Recording, target: dict[str, Any], entry: dict[str, Any]) -> None:
    count = entry.get("clickCount", 1)
    if count == 0:
        return  # what a press of Enter looks like
    button = entry.get("button", "left")
    more = {"button": button} if button in ("middle", "right") else {}
    recording.add("dblclick" if count == 2 else "click", target, **(more if count != 2 else {}))


def _fill(recording: Recording, target: dict[str, Any], entry: dict[str, Any]) -> None:
    recording.add("fill", target, value=str(entry.get("text", "")))


def _press(recording: Recording, target: dict[str, Any], entry: dict[str, Any]) -> None:
    held = entry.get("modifiers") or 0
    names = [name for bit, name in _MODIFIERS if isinstance(held, int) and held & bit]
    key = str(entry.get("key", ""))
    if key and key != "Tab":
        recording.add("press", target, key="+".join([*dict.fromkeys(names), key]))


def _select(recording: Recording, target: dict[str, Any], entry: dict[str, Any]) -> None:
    options = entry.get("options")
    if isinstance(options, list) and len(options) == 1:
        recording.add("select_option", target, value=str(options[0]))
    else:
        recording.leave_out("a choice of several options")


def _files(recording: Recording, target: dict[str, Any], entry: dict[str, Any]) -> None:
    names = [str(name) for name in entry.get("files") or ()]
    recording.add("upload", target, files=[{"path": name} for name in names])


def _text(recording: Recording, target: dict[str, Any], entry: dict[str, Any]) -> None:
    key = "contains" if entry.get("substring") else "text"
    recording.add("expect", target, **{key: str(entry.get("text", ""))})


def _value(recording: Recording, target: dict[str, Any], entry: dict[str, Any]) -> None:
    recording.add("expect", target, value=str(entry.get("value", "")))


def _checked(recording: Recording, target: dict[str, Any], entry: dict[str, Any]) -> None:
    recording.add("expect", target, state="checked" if entry.get("checked") else "unchecked")


def _plain(kind: str, **keys: Any) -> Callable[..., None]:
    def take(recording: Recording, target: dict[str, Any], _entry: dict[str, Any]) -> None:
        recording.add(kind, target, **keys)

    return take


_ACTS: dict[str, Callable[[Recording, dict[str, Any], dict[str, Any]], None]] = {
    "click": _click,
    "fill": _fill,
    "press": _press,
    "select": _select,
    "setInputFiles": _files,
    "check": _plain("check"),
    "uncheck": _plain("uncheck"),
    "hover": _plain("hover"),
    "assertText": _text,
    "assertValue": _value,
    "assertChecked": _checked,
    "assertVisible": _plain("expect", state="visible"),
}
