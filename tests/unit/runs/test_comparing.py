from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.artifacts.diff_page import diff_page
from agent.artifacts.kept_pages import Page
from agent.artifacts.kept_trace import Line, Recorded, Request
from agent.runs.comparing import Comparing, Comparison, Told
from agent.runs.report import Report, StepNote, StepReport

NOTES = (
    StepNote("a.example/login: a login form", "filled username", 0.1),
    StepNote("a.example/", "ended: signed_in", 1.0),
)


def step(index: int, kind: str, title: str, **more: Any) -> StepReport:
    given = {"status": "passed", "outcome": "passed", "seconds": 1.0, "at": str(index + 1)} | more
    return StepReport(index, kind, title, **given)


STEPS = (
    step(0, "goto", "open http://127.0.0.1:4000"),
    step(1, "sign_in", "sign in as LOGIN", outcome="signed_in", notes=NOTES),
    step(2, "click", "click “Guests”"),
)
RECORDED = Recorded(
    (
        Request("GET", "http://127.0.0.1:4000/guests?t=1795351601", 200, "document", 1, 5),
        Request("GET", "http://127.0.0.1:4000/guests?t=1795351602", 200, "document", 2, 5),
    ),
    (Line("warning", "slow: 12.5 ms", "", 1),),
)
PAGES = (
    Page("open http://127.0.0.1:4000", ("Sign in",)),
    Page("type LOGIN.username", ("Sign in",)),
    Page("sign in as LOGIN", ("Hello ‹LOGIN.username›", "22 November 2026")),
    Page("click “Guests”", ("Guests", "9 stays")),
)
TOLD = Told(
    Report("r-1", "guests", "succeeded", "passed", STEPS, {"guests": [{"name": "Ada", "room": 1}]}),
    RECORDED,
    PAGES,
    ("- heading",),
)


def other(**changes: Any) -> Told:
    """The same run at another time, with changes to its report."""
    moved = tuple(
        replace(one, title=one.title.replace("4000", "5001"), seconds=2.0) for one in STEPS
    )
    report = replace(TOLD.report, run_id="r-2", **{"steps": moved} | changes)
    requests = tuple(
        replace(one, url=one.url.replace("4000", "5001").replace("179535", "179999"))
        for one in RECORDED.requests[:1]
    )
    lines = (replace(RECORDED.console[0], text="slow: 99 ms"),)
    pages = tuple(
        Page(
            page.title.replace("4000", "5001"),
            tuple(line.replace("22 November 2026", "1 January 2027") for line in page.lines),
        )
        for page in PAGES
    )
    return Told(report, Recorded(requests, lines), pages, ("- heading",))


def compared(second: Told, *, exact: bool = False) -> Comparison:
    return Comparing(TOLD, second, exact).compared()


def told(found: Comparison) -> list[tuple[str, str, str, str]]:
    return [(one.part, one.where, one.first, one.second) for one in found.differences]


def test_one_run_at_two_times_is_the_same_and_its_pace_is_told() -> None:
    found = compared(other())
    assert told(found) == []
    assert found.same
    assert [pace.ratio for pace in found.paces] == [2.0, 2.0, 2.0]
    assert not compared(other(), exact=True).same


def test_a_step_that_fails_or_is_not_there_is_told_where_it_stands() -> None:
    failed = replace(STEPS[2], status="failed", outcome="step_failed")
    found = compared(other(steps=(*STEPS[:2], failed), status="failed", outcome="step_failed"))
    assert told(found)[:2] == [
        ("outcome", "the run", "succeeded: passed", "failed: step_failed"),
        ("steps", "click “Guests”", "passed", "failed: step_failed"),
    ]
    assert found.parting == "step 3, click “Guests”"
    more = compared(other(steps=(*STEPS, step(3, "press", "press Enter"))))
    assert told(more) == [("steps", "press Enter", "–", "passed")]
    assert more.parting == "after step 3, click “Guests”"
    fewer = compared(other(steps=STEPS[:2]))
    assert told(fewer) == [("steps", "click “Guests”", "passed", "–")]
    assert Comparing(replace(TOLD, report=Report(None, "", "failed", "x")), other()).compared()


def test_a_sign_in_that_went_another_way_is_told_by_what_differs() -> None:
    notes = (NOTES[0], StepNote("a.example/code: a form", "filled one-time code", 0.5), NOTES[1])
    found = compared(other(steps=(STEPS[0], replace(STEPS[1], notes=notes), STEPS[2])))
    assert told(found) == [
        ("sign-in", "sign in as LOGIN", "–", "a.example/code: a form → filled one-time code")
    ]


@pytest.mark.parametrize(
    ("requests", "part"),
    [
        ((), [("network", "http://127.0.0.1:{port}", "asked", "–"),
              ("network", "GET http://127.0.0.1:{port}/guests?t={time}", "200", "–")]),
        ((replace(RECORDED.requests[0], status=503),),
         [("network", "GET http://127.0.0.1:{port}/guests?t={time}", "200", "503")]),
        ((RECORDED.requests[0], Request("GET", "https://b.example/x", 0, "x", 1, 1, "net::ERR")),
         [("network", "https://b.example", "–", "asked"),
          ("network", "GET https://b.example/x", "–", "net::ERR")]),
    ],
)  # fmt: skip
def test_requests_are_compared_by_address_and_answer(
    requests: tuple[Request, ...], part: list[tuple[str, str, str, str]]
) -> None:
    second = replace(other(), recorded=replace(RECORDED, requests=requests))
    assert told(compared(second)) == part


def test_what_a_page_says_is_compared_and_a_lasting_difference_is_told_once() -> None:
    pages = tuple(Page(page.title, (*page.lines, "Maintenance tonight")) for page in PAGES)
    found = compared(replace(other(steps=STEPS), pages=pages))
    assert told(found) == [("page", STEPS[0].title, "–", "Maintenance tonight")]
    last = (*PAGES[:3], Page("click “Guests”", ("Guests", "8 stays")))
    assert told(compared(replace(other(steps=STEPS), pages=last))) == [
        ("page", "click “Guests”", "9 stays", "8 stays")
    ]


def test_the_name_of_another_account_is_no_difference_but_another_slot_is() -> None:
    pages = (*PAGES[:2], Page("sign in as LOGIN", ("Hello ‹ADMIN.username›",)), PAGES[3])
    found = compared(replace(other(steps=STEPS), pages=pages))
    assert ("Hello ‹LOGIN.username›" in told(found)[0][2]) is True


def test_console_aria_and_result_are_compared() -> None:
    second = replace(
        other(result={"guests": [{"name": "Bob", "room": 1}], "more": 2}),
        recorded=replace(RECORDED, console=(Line("error", "boom", "", 1),)),
        aria=("- heading", "- link"),
    )
    assert told(compared(second)) == [
        ("console", "the console", "warning: slow: {duration}", "error: boom"),
        ("aria", "the page at the end", "–", "- link"),
        ("result", "result.guests[0].name", '"Ada"', '"Bob"'),
        ("result", "result.more", "–", "2"),
    ]


def test_a_run_without_a_trace_says_what_is_not_compared() -> None:
    second = other()
    found = compared(Told(second.report))
    assert found.same
    assert found.not_compared == ("run r-2 kept no trace: no network, console and pages",)


def test_of_very_many_lines_some_are_told() -> None:
    pages = (Page(STEPS[0].title, tuple(f"row {n}x" for n in range(100))), *PAGES[1:])
    found = compared(replace(other(steps=STEPS), pages=pages))
    assert found.differences[0].second.splitlines()[-1] == "… and 60 lines more"


def test_the_page_of_two_runs_escapes_what_they_said() -> None:
    plain = {
        "first": "<em>", "second": "r-2", "parting": "step <1>", "not_compared": ["<i>"],
        "differences": [{"part": "page", "where": "<script>", "first": "<x>", "second": "a\nb"}],
        "paces": [{"title": "<u>", "first": 1.0, "second": 2.0, "ratio": None}],
    }  # fmt: skip
    page = diff_page(plain)
    for bad in ("<script>", "<x>", "<em>", "<i>", "<u>", "step <1>"):
        assert bad not in page
    assert "different" in page
    assert "the same" in diff_page({})
