"""The trace of a run, made of its report alone."""

from __future__ import annotations

import uuid
from dataclasses import replace

from agent.runs.report import ArtifactLine, Report, StepReport
from agent.runs.run import Run
from agent.runs.states import State
from agent.telemetry.facts import CODE_WAITED, OUTCOME, RUN, STEP, WAITED, WITHHELD
from agent.telemetry.observer import Answered, Ended
from agent.telemetry.spans import span_of, span_of_request, spans_of, trace_of

ID = "0b6c12ab-7f21-4a6e-9d3b-5d1f7d3a9c11"
RUN_ROW = Run(ID, "Guests", State.SUCCEEDED, "{}", 100.0, attempt=1, started_at=104.0)
STEPS = (
    StepReport(
        0, "sign_in", "sign in as A", "passed", "signed_in", 2.0, "1", began=0.5, waited=1.2
    ),
    StepReport(1, "for_each", "for each", "failed", "step_failed", 1.0, "2", began=2.5),
    StepReport(2, "click", "click “Canary”", "failed", "step_failed", 0.5, "2.1[3]", began=3.0),
    StepReport(3, "goto", "open", "not_run", "not_run", 0.0, "3"),
)
REPORT = Report(ID, "Guests", "failed", "step_failed", STEPS, seconds=4.0)


def made(run: Run = RUN_ROW, report: Report = REPORT) -> dict[str, object]:
    return {span.name: span for span in spans_of(Ended(run, report))}


def test_the_trace_is_the_runs_id_and_steps_lie_inside_one_another() -> None:
    spans = list(spans_of(Ended(RUN_ROW, REPORT)))
    assert {span.trace for span in spans} == {uuid.UUID(ID).int}
    whole, queued, sign_in, loop, click = spans
    assert [span.name for span in spans] == [
        "run", "queued", "step sign_in", "step for_each", "step click",
    ]  # fmt: skip
    assert whole.parent is None
    assert {queued.parent, sign_in.parent, loop.parent} == {whole.id}
    assert click.parent == span_of(ID, 1, "2") == loop.id


def test_times_are_those_of_the_databases_clock() -> None:
    whole, queued, sign_in, *_ = spans_of(Ended(RUN_ROW, REPORT))
    assert (whole.begins, whole.ends) == (100.0, 108.0)
    assert (queued.begins, queued.ends) == (100.0, 104.0)
    assert (sign_in.begins, sign_in.ends) == (104.5, 106.5)


def test_it_tells_outcomes_waits_and_what_was_withheld() -> None:
    report = replace(REPORT, artifacts=(ArtifactLine("trace", "/t", "withheld", "a reason"),))
    whole, _, sign_in, *_ = spans_of(Ended(RUN_ROW, report))
    assert (whole.facts[OUTCOME], whole.facts[WAITED], whole.facts[WITHHELD]) == (
        "step_failed",
        4.0,
        1,
    )
    assert whole.failed
    assert (sign_in.facts[STEP], sign_in.facts[CODE_WAITED]) == ("sign_in", 1.2)
    assert not sign_in.failed


def test_no_title_no_name_and_no_reason_is_told() -> None:
    report = replace(REPORT, artifacts=(ArtifactLine("trace", "/t", "withheld", "a reason"),))
    told = repr(list(spans_of(Ended(RUN_ROW, report))))
    assert "Canary" in repr(report)
    for text in ("Canary", "Guests", "reason", "/t'"):
        assert text not in told


def test_a_run_that_is_not_due_yet_waits_from_when_it_is() -> None:
    assert Ended(replace(RUN_ROW, not_before=103.0), REPORT).waited == 1.0
    assert Ended(replace(RUN_ROW, attempt=2), REPORT).waited is None


def test_a_second_attempt_lies_in_the_same_trace_below_the_first() -> None:
    whole = next(iter(spans_of(Ended(replace(RUN_ROW, attempt=2), REPORT))))
    assert whole.parent == span_of(ID, 1)
    assert whole.id != span_of(ID, 1)


def test_the_request_that_placed_a_run_lies_in_its_trace() -> None:
    placed = Answered("POST", "", 201, 99.9, 0.1, ID)
    span = span_of_request(placed, (1, 2))
    assert (span.trace, span.id, span.parent) == (trace_of(ID), 2, span_of(ID, 1))
    assert span.facts[RUN] == ID
    alone = span_of_request(replace(placed, run_id=""), (1, 2))
    assert (alone.trace, alone.id, alone.parent) == (1, 2, None)
