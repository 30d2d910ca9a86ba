"""Reads what Chrome's DevTools Recorder exports as JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from agent.tasks.importing.recording import NotThisFormat, Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ARIA = re.compile(r'aria/(?P<name>.*?)(?:\[role="(?P<role>[a-z]+)"\])?$', re.DOTALL)
_SILENT = frozenset({"setViewport", "keyUp"})


def read(text: str) -> Recording:
    """Read a recording. Raises ``NotThisFormat``."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise NotThisFormat from None
    steps = document.get("steps") if isinstance(document, dict) else None
    if not isinstance(steps, list) or not isinstance(document.get("title"), str):
        raise NotThisFormat
    recording = Recording(document["title"])
    for step in steps:
        if isinstance(step, dict):
            _take(recording, step)
    return recording


def _take(recording: Recording, step: dict[str, Any]) -> None:
    kind = str(step.get("type", ""))
    take = _KINDS.get(kind)
    if take is not None:
        take(recording, step)
    elif kind not in _SILENT:
        recording.leave_out(f"steps of type {kind[:40]!r}")
    for event in step.get("assertedEvents") or ():
        if isinstance(event, dict) and isinstance(event.get("url"), str) and kind != "navigate":
            recording.add("wait_for", url=event["url"].partition("?")[0] + "**")


def _target(step: dict[str, Any], *, typed: bool = False) -> dict[str, Any] | None:
    """Make a target of the selectors: the first that can be one, the others as alternatives."""
    found = list(_ways(step.get("selectors"), typed=typed))
    if not found:
        return None
    target, others = dict(found[0]), [one for one in found[1:] if one != found[0]]
    frames = step.get("frame")
    if isinstance(frames, list) and frames:
        target["frame"] = [f"iframe >> nth={int(number)}" for number in frames[:5]]
    return target | ({"alternatives": others[:5]} if others else {})


def _ways(selectors: Any, *, typed: bool) -> Iterator[dict[str, Any]]:
    for one in selectors if isinstance(selectors, list) else ():
        chain = [one] if isinstance(one, str) else one
        parts = [part for part in chain if isinstance(part, str)] if isinstance(chain, list) else []
        if parts and len(parts) == len(chain):
            yield from _way(parts, typed=typed)


def _way(parts: list[str], *, typed: bool) -> Iterator[dict[str, Any]]:
    last = parts[-1]
    aria = _ARIA.fullmatch(last) if last.startswith("aria/") else None
    if aria and aria["name"] and aria["role"]:
        yield {"role": aria["role"], "name": aria["name"]}
    elif aria and aria["name"]:
        yield {"label" if typed else "text": aria["name"]}
    elif last.startswith("text/"):
        yield {"text": last.removeprefix("text/")}
    elif last.startswith("xpath/"):
        yield {
            "xpath": last.removeprefix("xpath/").removeprefix("/") if "///" in last else last[6:]
        }
    elif not last.startswith("aria/"):
        # A chain goes into shadow trees, which Playwright's CSS sees through.
        plain = [part.removeprefix("pierce/") for part in parts]
        yield {"css": " >> ".join(plain)}


def _acted(kind: str) -> Callable[[Recording, dict[str, Any]], None]:
    def take(recording: Recording, step: dict[str, Any]) -> None:
        target = _target(step)
        if target is None:
            recording.leave_out(f"a {kind} at nothing that can be found")
        else:
            recording.add(kind, target, at=step.get("selectors"))

    return take


def _navigate(recording: Recording, step: dict[str, Any]) -> None:
    if isinstance(step.get("url"), str) and step["url"].startswith(("http://", "https://")):
        recording.add("goto", url=step["url"])


def _change(recording: Recording, step: dict[str, Any]) -> None:
    target, value = _target(step, typed=True), step.get("value")
    if target is None or not isinstance(value, str):
        recording.leave_out("a text typed into nothing that can be found")
    elif re.search(r"\bselect\b", json.dumps(target)) or target.get("role") == "combobox":
        recording.add("select_option", target, at=step.get("selectors"), value=value)
    else:
        recording.add("fill", target, at=step.get("selectors"), value=value)


def _key(recording: Recording, step: dict[str, Any]) -> None:
    if isinstance(step.get("key"), str) and step["key"] not in ("Tab", ""):
        recording.add("press", key=step["key"])


def _scroll(recording: Recording, step: dict[str, Any]) -> None:
    target = _target(step)
    if target is not None:
        recording.add("scroll", target)


def _wait(recording: Recording, step: dict[str, Any]) -> None:
    target = _target(step)
    if target is not None:
        hidden = step.get("visible") is False
        recording.add("wait_for", target, state="hidden" if hidden else "visible")


def _close(recording: Recording, _step: dict[str, Any]) -> None:
    recording.add("close_page")


_KINDS: dict[str, Callable[[Recording, dict[str, Any]], None]] = {
    "navigate": _navigate,
    "click": _acted("click"),
    "doubleClick": _acted("dblclick"),
    "hover": _acted("hover"),
    "change": _change,
    "keyDown": _key,
    "scroll": _scroll,
    "waitForElement": _wait,
    "close": _close,
}
