"""Network and console of a run, as parts of its page."""

from __future__ import annotations

from collections import defaultdict
from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from agent.artifacts.page_shell import folded, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Requests = list[dict[str, Any]]

_REFUSED: Final = 400
_SLOWEST: Final = 5
_LOUD: Final = ("page error", "error", "assert")
_CUT: Final = "<p class='dim'>There was more; the trace has all of it.</p>"


def network(recorded: Mapping[str, Any] | None) -> str:
    """Sum up the requests: by origin, those that went wrong, the slowest, and all."""
    if recorded is None:
        return '<p class="dim">No trace was kept, so nothing is known of requests.</p>'
    requests: Requests = list(recorded.get("requests") or ())
    if not requests:
        return '<p class="dim">No requests.</p>'
    wrong = [one for one in requests if _is_wrong(one)]
    slowest = sorted(requests, key=_took, reverse=True)[:_SLOWEST]
    told = f"{len(requests)} requests, {len(wrong)} of them refused or without an answer."
    return (
        f"<p>{escape(told)}</p>"
        + table("Requests by origin", ("origin", "requests", "wrong", "longest"), _sums(requests))
        + _part("Refused or without an answer", wrong)
        + _part("The slowest", slowest)
        + folded(f"All {len(requests)} requests", _requests("All requests", requests))
        + (_CUT if recorded.get("cut") else "")
    )


def console(recorded: Mapping[str, Any] | None) -> str:
    """Show what pages wrote to the console, errors first; empty where they wrote nothing."""
    lines: Requests = list((recorded or {}).get("console") or ())
    if not lines:
        return ""
    loud = [line for line in lines if line.get("level") in _LOUD]
    quiet = [line for line in lines if line.get("level") not in _LOUD]
    return (
        _lines("Errors", loud)
        + folded(f"{len(quiet)} other lines", _lines("Other lines", quiet), is_open=not loud)
        + (_CUT if (recorded or {}).get("cut") else "")
    )


def _part(heading: str, requests: Requests) -> str:
    markup = _requests(heading, requests)
    return f"<h3>{escape(heading)}</h3>{markup}" if markup else ""


def _requests(caption: str, requests: Requests) -> str:
    rows = [
        (
            one.get("failure") or one.get("status") or "–",
            one.get("method", ""),
            one.get("url", ""),
            one.get("step", ""),
            f"{_took(one):.0f} ms",
        )
        for one in requests
    ]
    return table(caption, ("answer", "method", "address", "during", "took"), rows)


def _lines(caption: str, lines: Requests) -> str:
    rows = [
        [str(one.get(name, "")) for name in ("level", "text", "place", "step")] for one in lines
    ]
    return table(caption, ("kind", "text", "where", "during"), rows)


def _sums(requests: Requests) -> list[Sequence[Any]]:
    by_origin: defaultdict[str, Requests] = defaultdict(list)
    for one in requests:
        by_origin[origin_of(str(one.get("url", "")))].append(one)
    most = sorted(by_origin.items(), key=lambda pair: -len(pair[1]))
    return [
        (origin, len(own), sum(map(_is_wrong, own)), f"{max(map(_took, own)):.0f} ms")
        for origin, own in most
    ]


def origin_of(url: str) -> str:
    """Give scheme, host and port of an address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def _is_wrong(request: Mapping[str, Any]) -> bool:
    return bool(request.get("failure")) or int(request.get("status") or 0) >= _REFUSED


def _took(request: Mapping[str, Any]) -> float:
    return float(request.get("took") or 0)
