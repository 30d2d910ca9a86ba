"""The report as one page: no script, no request to anywhere, readable in light and dark."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agent.artifacts.raw import Picture

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #18794e; --bad: #c4242b; --dim: #767676; }
@media (prefers-color-scheme: dark) { :root { --good: #4cc38a; --bad: #ff8589; --dim: #a0a0a0; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin-top: 2rem; }
h3 { font-size: 1rem; margin: 1rem 0 .4rem; }
.dim { color: var(--dim); } .good { color: var(--good); } .bad { color: var(--bad); }
ol { list-style: none; padding: 0; }
ol > li { border-top: 1px solid var(--line); padding: .6rem 0; }
.line { display: flex; gap: .75rem; align-items: baseline; } .line .grow { flex: 1; }
.error { border-left: 4px solid var(--bad); padding: .25rem 1rem; margin: 1rem 0; }
pre { overflow: auto; border: 1px solid var(--line); border-radius: 6px; padding: .75rem; }
details { margin-top: .4rem; } summary { cursor: pointer; color: var(--dim); }
img { max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .3rem .5rem; }
td, th { border-bottom: 1px solid var(--line); vertical-align: top; }
td.path { overflow-wrap: anywhere; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_NUMBER = re.compile(r"\D*(\d+)")
_SIGNS = {"passed": ("✓", "good"), "failed": ("✗", "bad"), "not_run": ("·", "dim")}


def report_page(report: Mapping[str, Any], pictures: Sequence[Picture]) -> str:
    """The whole page for a report given as plain values (the published document).

    A picture belongs to the step whose number, counted from 1, is the first one in its name.
    """
    of_step: defaultdict[int | None, list[Picture]] = defaultdict(list)
    steps = report.get("steps") or []
    known = {step.get("index") for step in steps}
    for picture in pictures:
        number = _NUMBER.match(picture.name)
        index = int(number[1]) - 1 if number else None
        of_step[index if index in known else None].append(picture)
    title = escape(f"{report.get('task') or 'Run'}: {report.get('status', '')}")
    parts = [
        _heading(report),
        _error(report.get("error")),
        "<h2>Steps</h2><ol>",
        *(_step(step, of_step[step.get("index")]) for step in steps),
        "</ol>",
        _others(of_step[None]),
        _result(report.get("result")),
        _artifacts(report.get("artifacts") or ()),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>"
        f"{''.join(parts)}</main></body></html>\n"
    )


def _heading(report: Mapping[str, Any]) -> str:
    good = report.get("status") == "succeeded"
    about = [str(report.get("outcome", "")), _seconds(report.get("seconds"))]
    if report.get("started_at"):
        started = datetime.fromtimestamp(float(report["started_at"]), UTC)
        about.append(started.strftime("%Y-%m-%d %H:%M:%S UTC"))
    if report.get("run_id"):
        about.append(f"run {report['run_id']}")
    return (
        f"<h1>{escape(str(report.get('task') or 'Run'))} "
        f'<span class="{"good" if good else "bad"}">{escape(str(report.get("status", "")))}</span>'
        f'</h1><p class="dim">{escape(" · ".join(filter(None, about)))}</p>'
    )


def _error(error: Mapping[str, Any] | None) -> str:
    if not error:
        return ""
    hint = str(error.get("hint") or "")
    return (
        '<section class="error" role="alert"><p><strong>'
        f"{escape(str(error.get('message', '')))}</strong></p>"
        + (f"<p>What to try: {escape(hint)}</p>" if hint else "")
        + f'<p class="dim">{escape(str(error.get("code", "")))}</p></section>'
    )


def _step(step: Mapping[str, Any], pictures: Sequence[Picture]) -> str:
    status = str(step.get("status", ""))
    sign, tone = _SIGNS.get(status, ("?", "dim"))
    outcome = str(step.get("outcome") or "")
    shown = f' <span class="dim">{escape(outcome)}</span>' if outcome not in ("", status) else ""
    return (
        f'<li><div class="line"><span class="{tone}" role="img" aria-label="{escape(status)}">'
        f'{sign}</span><span class="grow">{escape(str(step.get("title") or step.get("type", "")))}'
        f'{shown}</span><span class="dim">{_seconds(step.get("seconds"))}</span></div>'
        f"{_pictures(pictures)}</li>"
    )


def _pictures(pictures: Iterable[Picture]) -> str:
    return "".join(
        f"<details><summary>{escape(picture.name)}</summary>"
        f'<img alt="{escape(picture.name)}, secrets painted over" width="{picture.width}" '
        f'height="{picture.height}" src="data:image/jpeg;base64,{_inline(picture)}"></details>'
        for picture in pictures
    )


def _inline(picture: Picture) -> str:
    return base64.b64encode(picture.path.read_bytes()).decode()


def _others(pictures: Sequence[Picture]) -> str:
    return f"<h2>Pictures</h2>{_pictures(pictures)}" if pictures else ""


def _result(result: Any) -> str:
    if not result:
        return ""
    parts = result.items() if isinstance(result, dict) else [("", result)]
    return "<h2>Result</h2>" + "".join(
        f"<h3>{escape(str(name))}</h3>{_value(value)}" for name, value in parts
    )


def _value(value: Any) -> str:
    """Show a list of records as a table, anything else as JSON."""
    records = isinstance(value, list) and value and all(isinstance(row, dict) for row in value)
    if not records:
        return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"
    names = list(dict.fromkeys(name for row in value for name in row))
    return _table(names, [[str(row.get(name, "")) for name in names] for row in value])


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{escape(name)}">{escape(cell)}</td>'
            for name, cell in zip(names, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _artifacts(artifacts: Iterable[Mapping[str, Any]]) -> str:
    names = ("kind", "path", "state", "reason")
    rows = [[str(line.get(name) or "") for name in names] for line in artifacts]
    return f"<h2>Artifacts</h2>{_table(names, rows)}" if rows else ""


def _seconds(value: Any) -> str:
    return f"{float(value):.2f} s" if isinstance(value, int | float) else ""
