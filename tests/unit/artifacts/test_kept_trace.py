from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from agent.artifacts.advice import what_to_try
from agent.artifacts.kept_trace import Recorded, read_traces

if TYPE_CHECKING:
    from pathlib import Path


def group(call: str, title: str, began: float, ended: float | None) -> list[dict[str, Any]]:
    before = {"type": "before", "callId": call, "class": "Tracing", "method": "tracingGroup",
              "title": title, "startTime": began}  # fmt: skip
    after = {"type": "after", "callId": call, "endTime": ended}
    return [before] if ended is None else [before, after]


def request(url: str, at: float, status: int = 200, failure: str = "") -> dict[str, Any]:
    response: dict[str, Any] = {"status": status}
    if failure:
        response |= {"_failureText": failure}
    return {"snapshot": {"_monotonicTime": at, "time": 3.5, "_resourceType": "fetch",
            "request": {"method": "GET", "url": url}, "response": response}}  # fmt: skip


def trace(path: Path, events: list[dict[str, Any]], network: list[dict[str, Any]]) -> Path:
    def lines(found: list[dict[str, Any]]) -> str:
        return "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in found)

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("trace.trace", lines(events))
        archive.writestr("trace.network", lines(network))
    return path


EVENTS = [
    *group("a@1", "open", 10, 20),
    *group("a@2", "sign in", 20, None),
    *group("a@3", "type LOGIN.username", 30, 40),
    {"type": "console", "time": 35, "messageType": "warning", "text": "careful",
     "location": {"url": "http://a.example/x.js", "lineNumber": 4}},
    {"type": "event", "method": "pageError", "time": 50, "params": {
        "error": {"error": {"name": "TypeError", "message": "no such thing"}},
        "location": {"url": "", "line": 1}}},
    {"type": "event", "method": "page", "time": 51, "params": {"note": '"pageError"'}},
]  # fmt: skip


def test_requests_and_lines_are_told_with_the_step_they_fell_into(tmp_path: Path) -> None:
    asked = [request("http://a.example/", 12), request("http://a.example/b", 45, 503),
             request("http://a.example/c", 5, -1, "net::ERR_FAILED")]  # fmt: skip
    found = read_traces([trace(tmp_path / "t.zip", EVENTS, asked)])
    told = [(one.url[-2:], one.status, one.failure, one.step, one.took) for one in found.requests]
    assert told == [
        ("e/", 200, "", "open", 3.5),
        ("/b", 503, "", "sign in", 3.5),
        ("/c", 0, "net::ERR_FAILED", "", 3.5),
    ]
    assert [(line.level, line.text, line.place, line.step) for line in found.console] == [
        ("warning", "careful", "http://a.example/x.js:4", "type LOGIN.username"),
        ("page error", "TypeError: no such thing", "", "sign in"),
    ]
    assert not found.cut


def test_of_very_much_the_first_is_told_and_that_there_was_more(tmp_path: Path) -> None:
    path = trace(tmp_path / "t.zip", [], [request("http://a.example/", 1)] * 3)
    found = read_traces([path, path], most=4)
    assert (len(found.requests), found.cut) == (4, True)
    assert not read_traces([path, path], most=6).cut


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip"])
def test_what_is_no_trace_tells_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.zip"
    path.write_bytes(content)
    assert read_traces([path, tmp_path / "none"]) == Recorded()


def failed(code: str, hint: str = "", **recorded: Any) -> dict[str, Any]:
    step = {"index": 0, "title": "pay", "status": "failed"}
    error = {"code": code, "message": "no", "hint": hint}
    return {"run_id": "r-1", "error": error, "steps": [step], "recorded": recorded}


def asked(status: int, step: str = "pay", failure: str = "") -> dict[str, Any]:
    return {"method": "POST", "url": "https://a.example/pay", "status": status, "step": step,
            "failure": failure}  # fmt: skip


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (failed("timeout", "give it more"), "give it more"),
        (failed("step_failed", requests=[asked(502)]), "during this step: POST https://a.example/pay"),
        (failed("step_failed", requests=[asked(403), asked(404)]), "(403) and 1 more"),
        (failed("step_failed", requests=[asked(0, failure="net::ERR_ABORTED")]), "ERR_ABORTED"),
        (failed("step_failed", console=[{"level": "page error", "text": "TypeError: x",
                                         "step": "pay"}]), "TypeError: x"),
        (failed("interrupted"), "runner resume r-1"),
    ],
)  # fmt: skip
def test_what_to_try_fits_what_happened(report: dict[str, Any], told: str) -> None:
    assert any(told in line for line in what_to_try(report)), what_to_try(report)


def test_what_went_wrong_in_another_step_is_no_reason() -> None:
    report = failed("step_failed", requests=[asked(502, step="open")])
    assert not any("502" in line for line in what_to_try(report))
    assert what_to_try({"error": None}) == []
