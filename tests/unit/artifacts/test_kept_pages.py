from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.artifacts.kept_pages import Page, read_pages
from tests.unit.artifacts.test_kept_trace import group, trace

if TYPE_CHECKING:
    from pathlib import Path


def snapshot(html: Any, at: float, frame: str = "main", *, main: bool = True) -> dict[str, Any]:
    return {"type": "frame-snapshot", "snapshot": {
        "frameId": frame, "isMainFrame": main, "timestamp": at, "html": html}}  # fmt: skip


FIRST = ["HTML", {}, ["HEAD", {}, ["TITLE", {}, "no"], ["STYLE", {}, "p{}"]],
         ["BODY", {}, ["H1", {}, "Guests"], ["P", {}, "nine ", ["B", {}, "stays"], " now"],
          ["SCRIPT", {}, "no()"], ["DIV", {}, "old"]]]  # fmt: skip


def test_each_step_has_the_page_it_came_to(tmp_path: Path) -> None:
    # Post-order of FIRST: no 0, TITLE 1, p{} 2, STYLE 3, HEAD 4, Guests 5, H1 6, "nine " 7,
    # stays 8, B 9, " now" 10, P 11, no() 12, SCRIPT 13, old 14, DIV 15, BODY 16, HTML 17.
    second = ["HTML", {}, [[2, 4]], ["BODY", {}, [[2, 6]], [[2, 11]], ["DIV", {}, "new"]]]
    events = [
        *group("a@1", "open", 1, 10),
        snapshot(FIRST, 9),
        snapshot(["HTML", {}, "a frame"], 9.5, "inner", main=False),
        *group("a@2", "click", 20, 30),
        snapshot([[1, 17]], 21),
        snapshot(second, 29),
        *group("a@3", "look", 40, None),
        snapshot([[3, 17]], 41),
        snapshot([[4, 6]], 42),
    ]
    pages = read_pages([trace(tmp_path / "t.zip", events, [])])
    assert pages == [
        Page("open", ("Guests", "nine stays now", "old")),
        Page("click", ("Guests", "nine stays now", "old")),
        Page("look", ("Guests",)),
    ]


def test_a_reference_into_the_second_snapshot_finds_its_own_numbers(tmp_path: Path) -> None:
    second = [
        "HTML",
        {},
        ["BODY", {}, [[1, 6]], ["DIV", {}, "new"]],
    ]  # new 0, DIV 1, BODY 2, HTML 3
    events = [
        *group("a@1", "open", 1, None),
        snapshot(FIRST, 2),
        snapshot(second, 3),
        snapshot([[1, 2]], 4),
    ]
    assert read_pages([trace(tmp_path / "t.zip", events, [])])[0].lines == ("Guests", "new")


@pytest.mark.parametrize("html", [[[9, 0]], [[1, 99]], [[[]]], 7, None])
def test_a_trace_that_refers_to_nothing_tells_no_pages_and_breaks_nothing(
    tmp_path: Path, html: Any
) -> None:
    events = [*group("a@1", "open", 1, 2), snapshot(html, 1)]
    found = read_pages([trace(tmp_path / "t.zip", events, []), tmp_path / "none.zip"])
    assert found in ([], [Page("open", ())])
