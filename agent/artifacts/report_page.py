"""The report as one page: no script, no request to anywhere, readable in light and dark."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any, Final

from agent.artifacts.advice import failed_step, what_to_try
from agent.artifacts.page_shell import facts, folded, items, page, pill, seconds, table
from agent.artifacts.report_pictures import Album
from agent.artifacts.report_recorded import console, network
from agent.artifacts.report_steps import steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.artifacts.raw import Picture

_TONES: Final = {"succeeded": "good", "failed": "bad", "interrupted": "warn", "cancelled": "warn"}
_FOOT: Final = (
    "Everything here was searched for the run's secrets before it was kept; where one stood there "
    "is a mark like ‹SLOT.field›. The page asks nothing of any host."
)


def report_page(report: Mapping[str, Any], pictures: Sequence[Picture]) -> str:
    """The whole page for a report given as plain values: the published document.

    ``report["recorded"]`` is what the kept trace tells, if there is one. A picture belongs to the
    step whose number, counted from 1, and kind are its name.
    """
    lines = report.get("steps") or []
    album = Album.of(pictures, lines)
    recorded = report.get("recorded")
    title = f"{report.get('task') or 'Run'}: {report.get('status', '')}"
    return page(
        title,
        _heading(report),
        (
            ("why", "Why it failed", _why(report, album)),
            ("notices", "Notices", items(map(str, report.get("notices") or ()))),
            ("steps", "Steps", album.store() + steps(lines, album)),
            ("pictures", "Pictures", _named(album)),
            ("result", "Result", _result(report.get("result"))),
            ("network", "Network", network(recorded)),
            ("console", "Console", console(recorded)),
            ("artifacts", "Artifacts", _artifacts(report.get("artifacts") or ())),
            ("environment", "Environment", _environment(report.get("environment") or {})),
        ),
        escape(_FOOT),
    )


def _heading(report: Mapping[str, Any]) -> str:
    status = str(report.get("status", ""))
    outcome = str(report.get("outcome", ""))
    lines = report.get("steps") or ()
    passed = sum(line.get("status") == "passed" for line in lines)
    told = facts(
        (
            ("outcome", "" if outcome == status else outcome.replace("_", " ")),
            ("took", seconds(report.get("seconds"))),
            ("steps", f"{passed} of {len(lines)} passed" if lines else ""),
            ("began", _moment(report.get("started_at"))),
            ("run", report.get("run_id") or ""),
        )
    )
    name = escape(str(report.get("task") or "Run"))
    return f'<div class="titled"><h1>{name}</h1>{pill(status, _TONES.get(status, ""))}</div>{told}'


def _moment(started: Any) -> str:
    if not isinstance(started, int | float):
        return ""
    return datetime.fromtimestamp(started, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _why(report: Mapping[str, Any], album: Album) -> str:
    error = report.get("error")
    if not error:
        return ""
    step = failed_step(report)
    index = int(step.get("index") or 0) if step else -1
    where = f'<p><a href="#step-{index}">The step it failed in</a></p>' if step else ""
    tries = what_to_try(report)
    return (
        '<div class="card bad" role="alert">'
        f"<p><strong>{escape(str(error.get('message', '')))}</strong> "
        f"{pill(error.get('code', ''), 'bad')}</p>{where}"
        + (f"<h3>What to try</h3>{items(tries)}" if tries else "")
        + album.figure(album.after.get(index), "the page when it failed")
        + "</div>"
    )


def _named(album: Album) -> str:
    shown = (album.figure(place, album.pictures[place].name) for place in album.named)
    return "".join(f'<div class="pair one">{figure}</div>' for figure in shown if figure)


def _result(result: Any) -> str:
    if not result:
        return ""
    parts = result.items() if isinstance(result, dict) else [("", result)]
    return "".join(
        (f"<h3>{escape(str(name))}</h3>" if name else "") + _value(str(name), value)
        for name, value in parts
    )


def _value(name: str, value: Any) -> str:
    """Show a list of records as a table, anything else as JSON."""
    records = isinstance(value, list) and value and all(isinstance(row, dict) for row in value)
    if not records:
        return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"
    names = list(dict.fromkeys(str(key) for row in value for key in row))
    rows = [[str(row.get(key, "")) for key in names] for row in value]
    return table(name or "Result", names, rows)


def _artifacts(lines: Sequence[Mapping[str, Any]]) -> str:
    withheld = [line for line in lines if line.get("state") != "kept"]
    kept = [line for line in lines if line.get("state") == "kept"]
    pictures = [line for line in kept if line.get("kind") == "screenshot"]
    others = [line for line in kept if line.get("kind") != "screenshot"]
    return (
        _lines("Withheld", withheld)
        + _lines("Kept", others)
        + folded(f"{len(pictures)} pictures", _lines("Pictures", pictures))
    )


def _lines(caption: str, lines: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            line.get("state", ""),
            line.get("kind", ""),
            line.get("name") or line.get("path", ""),
            _size(line.get("size")),
            line.get("reason", ""),
        )
        for line in lines
    ]
    return table(caption, ("state", "kind", "file", "size", "why"), rows)


def _size(size: Any) -> str:
    if not isinstance(size, int) or not size:
        return ""
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{size / 1e3:.1f} kB"


def _environment(told: Mapping[str, Any]) -> str:
    rows = [(name.replace("_", " "), str(value)) for name, value in told.items()]
    return table("Environment", ("part", "in this run"), rows)
