from __future__ import annotations

import json

from agent.errors import SlotUnbound
from agent.runs.report import ArtifactLine, ErrorLine, Report, StepReport

FULL = Report(
    run_id="0b6c",
    task="checked-in guests",
    status="failed",
    outcome="step_failed",
    steps=(StepReport(0, "goto", "Go to /", "passed", "passed", 0.5),),
    result={"guests": ["Ada"]},
    artifacts=(ArtifactLine("trace", "trace.zip", "withheld", "a member holds a secret"),),
    error=ErrorLine("step_failed", "no such button", "look at the picture"),
    started_at=1_790_000_000.25,
    seconds=2.5,
)


def test_a_report_comes_back_as_it_was_written() -> None:
    assert Report.from_json(FULL.to_json()) == FULL


def test_the_document_has_the_keys_that_scripts_rely_on() -> None:
    document = json.loads(FULL.to_json())
    assert {"run_id", "status", "outcome", "steps", "result", "artifacts", "error"} <= set(document)
    assert {"type", "status", "outcome", "seconds"} <= set(document["steps"][0])
    assert {"kind", "path", "state"} <= set(document["artifacts"][0])
    assert set(document["error"]) == {"code", "message", "hint"}


def test_a_run_refused_before_it_began_has_no_id() -> None:
    report = Report.refused(SlotUnbound("slot A is unbound", hint="--bind A=…"), task="demo")
    document = json.loads(report.to_json())
    assert document["run_id"] is None
    assert (document["status"], document["outcome"]) == ("failed", "slot_unbound")
    assert document["error"]["hint"] == "--bind A=…"


def test_a_key_that_a_later_version_added_is_left_out() -> None:
    document = json.loads(FULL.to_json()) | {"mood": "good"}
    document["error"]["colour"] = "red"
    assert Report.from_json(json.dumps(document)) == FULL
