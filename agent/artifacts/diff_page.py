"""Two runs side by side as one page, in the same frame as a run's own."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from agent.artifacts.page_shell import facts, items, page, pill, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PARTS: Final = ("outcome", "steps", "sign-in", "network", "console", "page", "aria", "result")
_FOOT: Final = (
    "Made from what the runs left, masked. Times, ids, ports and random tokens are folded; marks "
    "like ‹SLOT.field› stand for values and are the same in every run."
)


def diff_page(compared: Mapping[str, Any]) -> str:
    """The whole page for a comparison given as plain values."""
    found: Sequence[Mapping[str, Any]] = compared.get("differences") or ()
    word = pill("different", "warn") if found else pill("the same", "good")
    head = (
        f'<div class="titled"><h1>Two runs</h1>{word}</div>'
        + facts(
            (
                ("first", compared.get("first")),
                ("second", compared.get("second")),
                ("they part", compared.get("parting")),
            )
        )
        + items(map(str, compared.get("not_compared") or ()))
    )
    sections = [
        (part.replace("-", ""), part.capitalize(), _part([d for d in found if d["part"] == part]))
        for part in _PARTS
    ]
    pace = ("pace", "Pace", _paces(compared.get("paces") or ()))
    return page("Two runs", head, (*sections, pace), escape(_FOOT))


def _part(found: Sequence[Mapping[str, Any]]) -> str:
    rows = [(one["where"], one["first"], one["second"]) for one in found]
    return table("What differs", ("where", "first run", "second run"), rows)


def _paces(paces: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            one["title"],
            f"{one['first']:.2f} s",
            f"{one['second']:.2f} s",
            "" if one["ratio"] is None else f"× {one['ratio']:.2f}",
        )
        for one in paces
    ]
    return table("How long each step took", ("step", "first", "second", "ratio"), rows)
