"""What a kept trace tells: requests, console lines, and when each step was under way.

It reads what was cleaned and checked, so nothing here knows a value. A trace that cannot be read
tells nothing; it is for the viewer to complain.
"""

from __future__ import annotations

import json
import zipfile
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MOST_SHOWN: Final = 1_000
_DEEPEST: Final = 64
_CONSOLE: Final = (b'"type":"console"', b'"pageError"')
_GROUP: Final = b'"tracingGroup"'
_END: Final = b'"type":"after"'


@dataclass(frozen=True, slots=True)
class Request:
    """One request: ``status`` 0 is none, ``failure`` then says why; times in ms by the trace."""

    method: str
    url: str
    status: int
    kind: str
    at: float
    took: float
    failure: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What a page wrote to its console, or an error of its own (``level`` is ``page error``)."""

    level: str
    text: str
    place: str
    at: float
    step: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run's requests and console lines in order; ``cut`` says that there were more."""

    requests: tuple[Request, ...] = ()
    console: tuple[Line, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Group:
    title: str
    began: float
    ended: float


def read_traces(paths: Sequence[Path], most: int = MOST_SHOWN) -> Recorded:
    """Read a run's traces, in the order they were recorded; ``most`` of either kind."""
    requests: list[Request] = []
    console: list[Line] = []
    for path in paths:
        try:
            with zipfile.ZipFile(path) as archive:
                groups = tuple(_groups(archive))
                requests += _requests(archive, groups)
                console += _console(archive, groups)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            continue
    cut = len(requests) > most or len(console) > most
    return Recorded(tuple(requests[:most]), tuple(console[:most]), cut)


def members(archive: zipfile.ZipFile, suffix: str) -> Iterator[bytes]:
    """Give the lines of a trace's members of one kind."""
    for name in sorted(archive.namelist()):
        if name.endswith(suffix):
            with archive.open(name) as member:
                yield from member


def step_times(archive: zipfile.ZipFile) -> list[tuple[str, float, float]]:
    """Give title, begin and end of each step, those inside others too, as they began."""
    return [(group.title, group.began, group.ended) for group in _groups(archive)]


def _groups(archive: zipfile.ZipFile) -> Iterator[_Group]:
    """Give the steps, also those inside others, in the order in which they began."""
    began: dict[str, tuple[str, float]] = {}
    ended: dict[str, float] = {}
    for line in members(archive, ".trace"):
        if _GROUP in line:
            event = json.loads(line)
            began[event["callId"]] = (str(event.get("title", "")), float(event["startTime"]))
        elif _END in line:
            event = json.loads(line)
            ended[event["callId"]] = float(event.get("endTime", 0))
    for call, (title, start) in began.items():
        yield _Group(title, start, ended.get(call, float("inf")))


def _requests(archive: zipfile.ZipFile, groups: Sequence[_Group]) -> Iterator[Request]:
    for line in members(archive, ".network"):
        entry = json.loads(line).get("snapshot") or {}
        request, response = entry.get("request") or {}, entry.get("response") or {}
        at = float(entry.get("_monotonicTime") or 0)
        yield Request(
            method=str(request.get("method", "")),
            url=str(request.get("url", "")),
            status=max(int(response.get("status") or 0), 0),
            kind=str(entry.get("_resourceType", "")),
            at=at,
            took=max(float(entry.get("time") or 0), 0.0),
            failure=str(response.get("_failureText", "")),
            step=_step_at(at, groups),
        )


def _console(archive: zipfile.ZipFile, groups: Sequence[_Group]) -> Iterator[Line]:
    for line in members(archive, ".trace"):
        if not any(mark in line for mark in _CONSOLE):
            continue
        event = json.loads(line)
        at = float(event.get("time") or 0)
        if event.get("type") == "console":
            level, text = str(event.get("messageType", "log")), str(event.get("text", ""))
            place = event.get("location")
        elif event.get("method") == "pageError":
            params = event.get("params") or {}
            level, text = "page error", _error(params)
            place = params.get("location")
        else:
            continue
        yield Line(level, text, _place(place), at, _step_at(at, groups))


def _error(params: dict[str, Any]) -> str:
    error = params.get("error") or {}
    inner = error.get("error") or error
    return f"{inner.get('name', '')}: {inner.get('message', '')}".strip(": ")


def _place(location: Any) -> str:
    if not isinstance(location, dict) or not location.get("url"):
        return ""
    line = location.get("lineNumber", location.get("line"))
    return f"{location['url']}:{line}" if line is not None else str(location["url"])


def _step_at(moment: float, groups: Sequence[_Group]) -> str:
    """Name the innermost step that was under way, or the last one that had begun."""
    last = bisect_right(groups, moment, key=lambda group: group.began)
    begun = groups[max(last - _DEEPEST, 0) : last]
    under = (group for group in reversed(begun) if group.ended >= moment)
    found = next(under, begun[-1] if begun else None)
    return found.title if found else ""
