"""Reads projects of Selenium IDE (``.side``): the first test in one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from agent.tasks.importing.recording import NotThisFormat, Recording

if TYPE_CHECKING:
    from collections.abc import Callable

_SILENT = frozenset({"setWindowSize", "mouseOut", "mouseUp", "mouseDown", "close", ""})
_KEYS = {"ENTER": "Enter", "TAB": "", "ESC": "Escape", "ESCAPE": "Escape", "SPACE": "Space"}


def read(text: str) -> Recording:
    """Read a project. Raises ``NotThisFormat``."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise NotThisFormat from None
    tests = document.get("tests") if isinstance(document, dict) else None
    if not isinstance(tests, list) or not tests or not isinstance(tests[0], dict):
        raise NotThisFormat
    recording = Recording(str(tests[0].get("name") or document.get("name") or "Imported task"))
    if len(tests) > 1:
        recording.leave_out(f"{len(tests) - 1} further tests of the project")
    address = str(document.get("url", ""))
    for command in tests[0].get("commands") or ():
        if isinstance(command, dict):
            _take(recording, command, address)
    return recording


def _take(recording: Recording, command: dict[str, Any], address: str) -> None:
    name = str(command.get("command", ""))
    if name.startswith("//"):
        return  # switched off in the editor
    value = str(command.get("value", ""))
    if name == "open":
        recording.add("goto", url=urljoin(address, str(command.get("target", ""))))
        return
    if name in _PAGE:
        _PAGE[name](recording, str(command.get("target", "")))
        return
    if name not in _ACTS:
        if name not in _SILENT:
            recording.leave_out(f"the command {name[:40]!r}")
        return
    target = _target(command)
    if target is None:
        recording.leave_out(f"the command {name!r} at an element that cannot be found")
    else:
        _ACTS[name](recording, target, value)


def _target(command: dict[str, Any]) -> dict[str, Any] | None:
    targets = command.get("targets")
    listed = [one[0] for one in targets if isinstance(one, list) and one] if targets else []
    found = [_way(str(one)) for one in (command.get("target", ""), *listed)]
    ways = [one for place, one in enumerate(found) if one and one not in found[:place]]
    if not ways:
        return None
    return ways[0] | ({"alternatives": ways[1:6]} if len(ways) > 1 else {})


def _way(written: str) -> dict[str, Any]:
    kind, equals, body = written.partition("=")
    if written.startswith("//"):
        return {"xpath": written}
    if not equals or not body:
        return {}
    quoted = json.dumps(body, ensure_ascii=False)
    ways: dict[str, dict[str, Any]] = {
        "id": {"css": f"[id={quoted}]"},
        "name": {"css": f"[name={quoted}]"},
        "css": {"css": body},
        "xpath": {"xpath": body},
        "linkText": {"role": "link", "name": body, "exact": True},
        "link": {"role": "link", "name": body, "exact": True},
        "partialLinkText": {"role": "link", "name": body},
    }
    return ways.get(kind, {})


def _keys(recording: Recording, target: dict[str, Any], value: str) -> None:
    """Type a text, and press the keys that stand in it as ``${KEY_ENTER}``."""
    for text, key in re.findall(r"([^$]+|\$(?!\{KEY_))|\$\{KEY_([A-Z]+)\}", value):
        if text:
            recording.add("fill", target, value=text)
        elif _KEYS.get(key, key.title()):
            recording.add("press", target, key=_KEYS.get(key, key.title()))


def _select(recording: Recording, target: dict[str, Any], value: str) -> None:
    kind, _, body = value.partition("=")
    if kind == "index" and body.isdigit():
        recording.add("select_option", target, index=int(body))
    else:
        key = kind if kind in ("label", "value") else "label"
        recording.add("select_option", target, **{key: body or value})


def _with(
    kind: str, key: str = "", **keys: Any
) -> Callable[[Recording, dict[str, Any], str], None]:
    def take(recording: Recording, target: dict[str, Any], value: str) -> None:
        recording.add(kind, target, **keys, **({key: value} if key else {}))

    return take


def _title(recording: Recording, target: str) -> None:
    recording.add("expect", title=target)


def _dialog(answer: str) -> Callable[[Recording, str], None]:
    def take(recording: Recording, _target: str) -> None:
        recording.add("dialog", answer=answer)

    return take


_ACTS: dict[str, Callable[[Recording, dict[str, Any], str], None]] = {
    "click": _with("click"),
    "clickAt": _with("click"),
    "doubleClick": _with("dblclick"),
    "mouseOver": _with("hover"),
    "type": _with("fill", "value"),
    "sendKeys": _keys,
    "select": _select,
    "check": _with("check"),
    "uncheck": _with("uncheck"),
    "waitForElementPresent": _with("wait_for", state="attached"),
    "waitForElementVisible": _with("wait_for", state="visible"),
    "waitForElementNotVisible": _with("wait_for", state="hidden"),
    "assertElementPresent": _with("expect", state="visible"),
    "verifyElementPresent": _with("expect", state="visible"),
    "assertText": _with("expect", "text"),
    "verifyText": _with("expect", "text"),
    "assertValue": _with("expect", "value"),
    "verifyValue": _with("expect", "value"),
    "assertChecked": _with("expect", state="checked"),
    "verifyChecked": _with("expect", state="checked"),
}
_PAGE: dict[str, Callable[[Recording, str], None]] = {
    "assertTitle": _title,
    "verifyTitle": _title,
    "chooseOkOnNextConfirmation": _dialog("accept"),
    "chooseCancelOnNextConfirmation": _dialog("dismiss"),
}
