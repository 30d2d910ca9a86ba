"""The steps of a run, as a part of its page: how each went, its pictures, the sign-in's story."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from agent.artifacts.page_shell import folded, seconds, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.artifacts.report_pictures import Album

_SIGNS: Final = {"passed": ("✓", "good"), "failed": ("✗", "bad"), "not_run": ("·", "dim")}
_WORDS: Final = {"not_run": "not run"}


def steps(lines: Sequence[Mapping[str, Any]], album: Album) -> str:
    """List the steps in order; that of a failed one lies open."""
    if not lines:
        return '<p class="dim">No step had begun.</p>'
    longest = max((float(line.get("seconds") or 0) for line in lines), default=0.0)
    told = "".join(_step(line, album, longest) for line in lines)
    left = (
        f'<p class="dim">{album.left_out} pictures did not fit into this page: they are among the '
        "artifacts.</p>"
        if album.left_out
        else ""
    )
    return f'<ol class="steps">{told}</ol>{left}'


def _step(line: Mapping[str, Any], album: Album, longest: float) -> str:
    status = str(line.get("status", ""))
    sign, tone = _SIGNS.get(status, ("?", "dim"))
    index = int(line.get("index") or 0)
    at = str(line.get("at") or index + 1)
    inside = ' class="inside"' if "." in at else ""
    failed = status == "failed"
    return (
        f'<li id="step-{index}"{inside}><div class="line">'
        f'<span class="sign {tone}" role="img" aria-label="{escape(_WORDS.get(status, status))}">'
        f'{sign}</span><span class="at dim num">{escape(at)}</span>'
        f'<span class="grow">{escape(str(line.get("title") or line.get("type", "")))}'
        f"{_outcome(line, tone)}</span>{_time(line, longest)}</div>"
        f"{_story(line.get('notes') or ())}"
        f"{folded('before and after', album.pair(index), is_open=failed)}</li>"
    )


def _outcome(line: Mapping[str, Any], tone: str) -> str:
    outcome = str(line.get("outcome") or "")
    if outcome in ("", "passed", line.get("status")):
        return ""
    return f' <span class="{tone}">{escape(outcome.replace("_", " "))}</span>'


def _time(line: Mapping[str, Any], longest: float) -> str:
    if line.get("status") == "not_run":
        return ""
    took = float(line.get("seconds") or 0)
    share = round(100 * took / longest, 1) if longest else 0
    bar = (
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{share}" height="8" rx="2"/></svg>'
    )
    return f'{bar}<span class="dim num">{seconds(took)}</span>'


def _story(notes: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (f"{float(note.get('seconds') or 0):.1f} s", note.get("seen", ""), note.get("did", ""))
        for note in notes
    ]
    caption = "What was seen and decided"
    return folded(caption.lower(), table(caption, ("after", "seen", "decided"), rows), is_open=True)
