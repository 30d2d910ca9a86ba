"""What is left in a trace of an origin that showed a value that is not for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.artifacts.foreign import only_origin
from agent.artifacts.trace_events import pick

if TYPE_CHECKING:
    from agent.artifacts.trace_events import Event

_TIMES = (
    "pageref", "startedDateTime", "_frameref", "_resourceType", "time", "timings", "_monotonicTime",
)  # fmt: skip
_FIRST_CHILD = 2


def place_of(event: Event) -> str:
    """The address an event of a trace comes from; empty where it has none."""
    snapshot = event.get("snapshot")
    if isinstance(snapshot, dict):
        request = snapshot.get("request")
        address = request.get("url") if isinstance(request, dict) else snapshot.get("frameUrl")
        return str(address or "")
    params = event.get("params")
    location = event.get("location") or (params.get("location") if isinstance(params, dict) else "")
    return str(location.get("url", "")) if isinstance(location, dict) else ""


def body_file(event: Event) -> str:
    """The member with the body of a network log entry; empty where there is none."""
    response = (event.get("snapshot") or {}).get("response")
    content = response.get("content") if isinstance(response, dict) else None
    return str(content.get("_file", "")) if isinstance(content, dict) else ""


def bare_entry(entry: Event) -> Event:
    """A network log entry with its times and its origin alone."""
    bare = pick(entry, _TIMES)
    request = pick(entry.get("request"), ("method", "httpVersion"))
    request["url"] = only_origin(str((entry.get("request") or {}).get("url", "")))
    bare["request"] = request
    bare["response"] = pick(entry.get("response"), ("status", "httpVersion"))
    return bare


def empty_snapshot(snapshot: Event) -> None:
    """Take every text and attribute out of a snapshot; nodes and references stay where they are."""
    snapshot["frameUrl"] = only_origin(str(snapshot.get("frameUrl", "")))
    snapshot["resourceOverrides"] = []
    _empty(snapshot.get("html"))


def _empty(node: Any) -> None:
    if not isinstance(node, list) or not node or isinstance(node[0], list):
        return
    if len(node) > 1 and isinstance(node[1], dict):
        node[1].clear()
    for index in range(_FIRST_CHILD, len(node)):
        if isinstance(node[index], str):
            node[index] = ""
        else:
            _empty(node[index])
