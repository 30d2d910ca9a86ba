"""The frame of every page for people: one style, one policy, no script, no request to anywhere.

What a caller gives as text is escaped here or by the caller's own ``escape``; nothing else makes
markup. The policy allows the one style sheet by its digest and pictures that are in the page.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STYLE = """
:root { color-scheme: light dark; --paper: #f6f7f9; --card: #ffffff; --ink: #1a1d23;
 --dim: #5b6472; --line: #d9dee6; --good: #0b6e47; --good-soft: #def3e8; --bad: #b3202c;
 --bad-soft: #fde8e8; --warn: #8a5200; --warn-soft: #fcefd4; --accent: #2454c5; --bar: #9db6ee; }
@media (prefers-color-scheme: dark) { :root { --paper: #101318; --card: #181c23; --ink: #e7eaf0;
 --dim: #a3adbb; --line: #303743; --good: #62d3a0; --good-soft: #12352a; --bad: #ff9a9f;
 --bad-soft: #43191d; --warn: #f0c26b; --warn-soft: #3a2c10; --accent: #9db8ff; --bar: #41588f; } }
* { box-sizing: border-box; }
body { font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; margin: 0;
 background: var(--paper); color: var(--ink); }
.wide { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header.top { background: var(--card); border-bottom: 1px solid var(--line); padding: 1.5rem 0 0; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; } h3 { font-size: 1rem; margin: 1rem 0 .4rem; }
p { margin: .4rem 0; } a { color: var(--accent); }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--accent);
 outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -999rem; } .skip:focus { left: 1rem; top: .5rem; z-index: 2;
 background: var(--card); padding: .5rem 1rem; }
.dim { color: var(--dim); } .good { color: var(--good); } .bad { color: var(--bad); }
.warn { color: var(--warn); } .num { font-variant-numeric: tabular-nums; white-space: nowrap; }
.pill { display: inline-block; padding: .1rem .7rem; border-radius: 99px; font-size: .85rem;
 font-weight: 600; white-space: nowrap; background: var(--line); color: var(--ink); }
.pill.good { background: var(--good-soft); color: var(--good); }
.pill.bad { background: var(--bad-soft); color: var(--bad); }
.pill.warn { background: var(--warn-soft); color: var(--warn); }
.titled { display: flex; gap: .9rem; align-items: center; flex-wrap: wrap; }
.facts { display: flex; gap: .25rem 1.5rem; flex-wrap: wrap; margin: .6rem 0 0; padding: 0;
 list-style: none; color: var(--dim); }
.facts b { color: var(--ink); font-weight: 600; }
nav { display: flex; gap: 0 1.25rem; flex-wrap: wrap; margin-top: 1rem; }
nav a { padding: .45rem 0; text-decoration: none; border-bottom: 2px solid transparent; }
nav a:hover { border-color: var(--accent); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
 padding: 1rem 1.25rem; margin: 1rem 0; }
.card.bad { border-left: 5px solid var(--bad); color: inherit; }
.card.warn { border-left: 5px solid var(--warn); color: inherit; } .card > h2 { margin-top: 0; }
ol.steps { list-style: none; padding: 0; margin: 0; background: var(--card); border-radius: 10px;
 border: 1px solid var(--line); }
ol.steps > li { border-top: 1px solid var(--line); padding: .6rem 1.25rem; }
ol.steps > li:first-child { border-top: 0; } ol.steps > li.inside { padding-left: 3rem; }
ol.steps > li:target { box-shadow: inset 4px 0 var(--accent); }
.line { display: flex; gap: .75rem; align-items: baseline; }
.line .grow { flex: 1; overflow-wrap: anywhere; }
.line .at { min-width: 2.2rem; text-align: right; }
.sign { font-weight: 700; width: 1rem; } svg.bar { width: 6rem; height: .5rem; flex: none; }
svg.bar rect { fill: var(--bar); }
details { margin-top: .45rem; } summary { cursor: pointer; color: var(--dim); width: fit-content; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; margin-top: .6rem; }
.pair.one { grid-template-columns: 1fr; max-width: 52rem; } figure { margin: 0; }
figcaption { color: var(--dim); font-size: .85rem; margin-bottom: .25rem; }
svg.shot { width: 100%; height: auto; display: block; border: 1px solid var(--line);
 border-radius: 6px; background: var(--paper); }
svg.store { position: absolute; width: 0; height: 0; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px;
 background: var(--card); }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .4rem .75rem;
 vertical-align: top; border-top: 1px solid var(--line); }
tr:first-child > th { border-top: 0; color: var(--dim); font-weight: 600; font-size: .85rem; }
td.long { overflow-wrap: anywhere; min-width: 16rem; }
td { overflow-wrap: break-word; white-space: pre-line; }
pre { overflow: auto; margin: .5rem 0; padding: .75rem 1rem; border: 1px solid var(--line);
 border-radius: 10px; background: var(--card); font-size: .85rem; }
code { font-size: .9em; overflow-wrap: anywhere; }
footer { color: var(--dim); margin: 2.5rem 0; font-size: .85rem; }
@media (max-width: 40rem) { .pair { grid-template-columns: 1fr; } svg.bar { display: none; }
 ol.steps > li { padding: .6rem .75rem; } ol.steps > li.inside { padding-left: 1.5rem; } }
@media print { nav, .skip { display: none; } body { background: none; } }
"""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)

_LONG = 24

Section = tuple[str, str, str]
"""A part of a page: the id it is linked by, its heading, its markup."""


def page(title: str, head: str, sections: Sequence[Section], foot: str) -> str:
    """Put a whole page together; ``head`` and ``foot`` are markup; empty sections are left out."""
    there = [section for section in sections if section[2]]
    links = "".join(f'<a href="#{key}">{escape(name)}</a>' for key, name, _ in there)
    body = "".join(
        f'<section aria-labelledby="{key}"><h2 id="{key}">{escape(name)}</h2>{markup}</section>'
        for key, name, markup in there
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        '<a class="skip" href="#main">Skip to the content</a>'
        f'<header class="top"><div class="wide">{head}<nav aria-label="Parts of this page">{links}'
        f'</nav></div></header><main id="main" class="wide">{body}<footer>{foot}</footer></main>'
        "</body></html>\n"
    )


def pill(words: object, tone: str) -> str:
    """A word in a coloured oval; ``tone`` is good, bad, warn or empty."""
    return f'<span class="pill {tone}">{escape(str(words))}</span>'


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """A line of named facts; those that are empty are left out."""
    items = "".join(
        f"<li>{escape(name)} <b>{escape(str(value))}</b></li>" for name, value in pairs if value
    )
    return f'<ul class="facts">{items}</ul>'


def table(caption: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table that scrolls by itself, by keyboard too; empty without rows. Cells are text."""
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    if not body:
        return ""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    label = escape(caption)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">'
        f"<table><tr>{head}</tr>{body}</table></div>"
    )


def _cell(value: Any) -> str:
    if isinstance(value, int | float):
        return f'<td class="num">{escape(str(value))}</td>'
    text = str(value)
    kind = ' class="long"' if len(text) > _LONG else ""
    return f"<td{kind}>{escape(text)}</td>"


def folded(words: str, markup: str, *, is_open: bool = False) -> str:
    """Markup behind a line that opens it; empty for empty markup."""
    if not markup:
        return ""
    opened = " open" if is_open else ""
    return f"<details{opened}><summary>{escape(words)}</summary>{markup}</details>"


def items(texts: Iterable[str]) -> str:
    """A list of plain lines; empty without any."""
    lines = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{lines}</ul>" if lines else ""


def seconds(value: Any) -> str:
    """A time for people; empty for none."""
    return f"{float(value):.2f} s" if isinstance(value, int | float) else ""
