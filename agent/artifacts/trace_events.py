"""Rewrite the events of a recording: what is not on a list does not stay.

The lists follow trace format 10 (traces.md sections 2 and 7). An event, parameter or result that
is not named here is dropped, so a new version of the recorder can add nothing unseen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from agent.artifacts.sensitive import CUT
from agent.artifacts.urls import clean_url, clean_urls_in

if TYPE_CHECKING:
    from collections.abc import Callable

Event = dict[str, Any]

_ALWAYS = frozenset({"timeout"})
_ON_ELEMENT = frozenset({"selector", "strict", "timeout"})
_POINTED = _ON_ELEMENT | {
    "button", "clickCount", "delay", "force", "modifiers", "noWaitAfter", "position", "trial",
    "scroll",
}  # fmt: skip
_ELEMENT_METHODS = (
    "fill", "innerText", "innerHTML", "textContent", "inputValue", "isChecked", "isDisabled",
    "isEditable", "isEnabled", "isHidden", "isVisible", "selectOption", "setInputFiles", "type",
    "focus", "blur", "queryCount", "querySelector", "querySelectorAll", "dispatchEvent",
    "evalOnSelector", "evalOnSelectorAll", "ariaSnapshot", "highlight",
)  # fmt: skip
PARAMS: dict[str, frozenset[str]] = {
    **{f"Frame.{method}": _ON_ELEMENT for method in _ELEMENT_METHODS},
    **{f"Frame.{method}": _POINTED for method in ("click", "dblclick", "tap", "hover")},
    **{f"Frame.{method}": _POINTED for method in ("check", "uncheck")},
    **{f"ElementHandle.{method}": _POINTED for method in ("click", "dblclick", "tap", "hover")},
    "Frame.goto": frozenset({"url", "waitUntil", "timeout"}),
    "Frame.press": _ON_ELEMENT | {"key", "noWaitAfter"},
    "Frame.getAttribute": _ON_ELEMENT | {"name"},
    "Frame.waitForSelector": _ON_ELEMENT | {"state", "omitReturnValue"},
    "Frame.waitForTimeout": frozenset({"waitTimeout", "timeout"}),
    "Frame.expect": frozenset({"selector", "expression", "isNot", "timeout"}),
    "ElementHandle.press": frozenset({"key", "timeout"}),
    "ElementHandle.querySelector": frozenset({"selector", "strict"}),
    "ElementHandle.waitForSelector": _ON_ELEMENT | {"state"},
    "Page.keyboardPress": frozenset({"key"}),
    "Page.keyboardDown": frozenset({"key"}),
    "Page.keyboardUp": frozenset({"key"}),
    "Page.mouseMove": frozenset({"x", "y"}),
    "Page.mouseClick": frozenset({"x", "y", "button", "clickCount"}),
    "Page.mouseWheel": frozenset({"deltaX", "deltaY"}),
    "Page.reload": frozenset({"waitUntil", "timeout"}),
    "Page.goBack": frozenset({"waitUntil", "timeout"}),
    "Page.goForward": frozenset({"waitUntil", "timeout"}),
    "Page.setViewportSize": frozenset({"viewportSize"}),
    "Page.__waitInfo__": frozenset({"phase", "event"}),
    "Frame.__waitInfo__": frozenset({"phase", "event"}),
}
EVENT_PARAMS: dict[str, frozenset[str]] = {
    "page": frozenset({"pageId", "openerPageId"}),
    "pageClosed": frozenset({"pageId"}),
    "dialog": frozenset({"pageId", "type", "message"}),
    "download": frozenset({"pageId", "url", "suggestedFilename"}),
    "pageError": frozenset({"error", "location"}),
}
_CONTEXT = (
    "version", "type", "origin", "browserName", "channel", "playwrightVersion", "platform",
    "wallTime", "monotonicTime", "sdkLanguage", "testIdAttributeName", "contextId",
)  # fmt: skip
_CONTEXT_OPTIONS = ("viewport", "deviceScaleFactor", "isMobile", "userAgent")

_TYPED = re.compile(
    r"\b(fill|type|press|pressSequentially|insertText|selectOption|setInputFiles)\(.*", re.DOTALL
)
_VALUE_IN_PREVIEW = re.compile(r"\bvalue=(?:\"[^\"]+\"?|'[^']+'?|[^\s>\"']+)")
_STACK_PATH = re.compile(r"(?:/|[A-Za-z]:\\)[^\s()]*[/\\]")
_MACHINERY = frozenset({"BrowserContext.newCDPSession", "ElementHandle.ownerFrame"})
_TYPED_PARAMS = ("value", "text")
_HANDLE = re.compile(r"<\w+>\Z")
_LONG_DECIMALS = 3


def clean_event(event: Event) -> Event | None:
    """One event with only what may stay, or ``None``; snapshots are rewritten elsewhere."""
    rewrite = _REWRITES.get(str(event.get("type")))
    return rewrite(event) if rewrite else None


def is_machinery(event: Event) -> bool:
    """Whether an event begins a call of the runner's own means, which tell a reader nothing."""
    call = f"{event.get('class')}.{event.get('method')}"
    return event.get("type") == "before" and call in _MACHINERY


def pick(source: object, names: tuple[str, ...] | frozenset[str]) -> Event:
    """The named entries of a JSON object; nothing of anything else."""
    if not isinstance(source, dict):
        return {}
    return {name: source[name] for name in source if name in names}


def short_number(value: Any) -> Any:
    """A time or size with three decimals: long binary tails hold digit runs by chance."""
    return round(value, _LONG_DECIMALS) if isinstance(value, float) else value


def _context(event: Event) -> Event:
    clean = pick(event, _CONTEXT)
    clean["options"] = pick(event.get("options"), _CONTEXT_OPTIONS)
    return clean


def _before(event: Event) -> Event:
    clean = pick(event, ("type", "callId", "startTime", "title", "class", "method", "parentId"))
    allowed = PARAMS.get(f"{event.get('class')}.{event.get('method')}", _ALWAYS)
    params = event.get("params")
    clean["params"] = {name: _param(name, value) for name, value in pick(params, allowed).items()}
    # the viewer writes these into an action's title
    clean["params"] |= dict.fromkeys(pick(params, _TYPED_PARAMS), CUT)
    return clean


def _param(name: str, value: Any) -> Any:
    if name == "key" and isinstance(value, str):
        return "•" if len(value.rpartition("+")[2]) <= 1 else value
    if name == "url" and isinstance(value, str):
        return clean_url(value)
    return short_number(value)


def _input(event: Event) -> Event:
    return pick(event, ("type", "callId", "point", "box"))


def _log(event: Event) -> Event:
    clean = pick(event, ("type", "callId", "time", "message"))
    clean["message"] = clean_message(str(clean.get("message", "")))
    return clean


def clean_message(message: str) -> str:
    """A line of a call log without what was typed, element values and URL values."""
    message = _TYPED.sub(rf"\1({CUT})", message)
    return clean_urls_in(_VALUE_IN_PREVIEW.sub(f'value="{CUT}"', message))


def _after(event: Event) -> Event:
    clean = pick(event, ("type", "callId", "endTime", "point"))
    result = event.get("result")
    if isinstance(result, dict):
        clean["result"] = {name: item for name, item in result.items() if _harmless(item)}
    if isinstance(event.get("error"), dict):
        clean["error"] = clean_error(event["error"])
    return clean


def _harmless(item: object) -> bool:
    if isinstance(item, str):
        return bool(_HANDLE.match(item))
    return isinstance(item, bool | int | float)


def clean_error(error: Event) -> Event:
    """An error's name, message and stack, without directories and typed values."""
    clean = pick(error, ("name", "message", "stack"))
    for name, text in clean.items():
        clean[name] = clean_message(str(text))
    if "stack" in clean:
        clean["stack"] = _STACK_PATH.sub("", clean["stack"])
    return clean


def _console(event: Event) -> Event:
    clean = pick(event, ("type", "messageType", "time", "pageId"))
    clean["text"] = clean_urls_in(str(event.get("text", "")))
    clean["args"] = [
        {"preview": clean_urls_in(str(argument.get("preview", "")))}
        for argument in event.get("args") or []
        if isinstance(argument, dict)
    ]
    clean["location"] = _location(event.get("location"))
    return clean


def _location(location: object) -> Event:
    clean = pick(location, ("url", "lineNumber", "columnNumber", "line", "column"))
    clean["url"] = clean_url(str(clean.get("url", "")))
    return clean


def _event(event: Event) -> Event | None:
    allowed = EVENT_PARAMS.get(str(event.get("method")))
    if allowed is None:
        return None
    clean = pick(event, ("type", "time", "class", "method", "pageId"))
    params = pick(event.get("params"), allowed)
    if "url" in params:
        params["url"] = clean_url(str(params["url"]))
    if "location" in params:
        params["location"] = _location(params["location"])
    if "error" in params:
        params["error"] = _page_error(params["error"])
    clean["params"] = params
    return clean


def _page_error(error: object) -> Event:
    if not isinstance(error, dict):
        return {}
    inner = error.get("error")
    return {"error": clean_error(inner if isinstance(inner, dict) else error)}


_REWRITES: dict[str, Callable[[Event], Event | None]] = {
    "context-options": _context,
    "before": _before,
    "input": _input,
    "log": _log,
    "after": _after,
    "console": _console,
    "event": _event,
}
