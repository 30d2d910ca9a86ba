"""From a run that has ended to the spans of its trace; pure.

The trace of a run has the run's own id, and the ids of its spans follow from it: so the server that
placed it, the queue it waited in and the worker that carried it out write into one trace without
telling each other anything.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.runs.states import State
from agent.telemetry.facts import (
    ATTEMPT,
    CODE_WAITED,
    LINE,
    METHOD,
    MODE,
    OUTCOME,
    ROUTE,
    RUN,
    STATE,
    STATUS,
    STEP,
    WAITED,
    WITHHELD,
    Fact,
    facts,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.runs.report import StepReport
    from agent.telemetry.observer import Answered, Ended

_FAULT = 500


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """One span: ids as OpenTelemetry counts them, times in unix seconds."""

    name: str
    trace: int
    id: int
    parent: int | None
    begins: float
    ends: float
    facts: Mapping[str, Fact]
    failed: bool = False
    by_request: bool = False


def trace_of(run_id: str) -> int:
    """Give the id of a run's trace."""
    return uuid.UUID(run_id).int


def span_of(run_id: str, attempt: int, part: str = "") -> int:
    """Give the id of one span of a run's attempt: all of it, or a part."""
    digest = hashlib.blake2b(f"{run_id}/{attempt}/{part}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") or 1


def spans_of(ended: Ended) -> Iterator[SpanFacts]:
    """Make the spans of a run: the run, its wait for a worker, and its steps one inside another."""
    run, report = ended.run, ended.report
    begun = run.created_at if run.started_at is None else run.started_at
    over = begun + report.seconds
    whole = span_of(run.id, run.attempt)
    failed = report.status != State.SUCCEEDED
    withheld = sum(line.state == "withheld" for line in report.artifacts)
    told = facts(
        {
            RUN: run.id,
            STATE: report.status,
            OUTCOME: report.outcome,
            MODE: run.mode,
            ATTEMPT: run.attempt,
            WAITED: ended.waited,
            WITHHELD: withheld,
        }
    )
    first = None if run.attempt == 1 else span_of(run.id, 1)
    since = begun - (ended.waited or 0.0)
    yield SpanFacts("run", trace_of(run.id), whole, first, since, over, told, failed)
    if ended.waited is not None:
        waited = facts({RUN: run.id, WAITED: ended.waited})
        queued = span_of(run.id, run.attempt, "queued")
        yield SpanFacts("queued", trace_of(run.id), queued, whole, since, begun, waited)
    for step in report.steps:
        if step.status != "not_run":
            yield _step(ended, step, begun)


def _step(ended: Ended, step: StepReport, begun: float) -> SpanFacts:
    run, around = ended.run, step.at.rpartition(".")[0]
    kind = word(STEP, step.type)
    told = facts(
        {
            RUN: run.id,
            STEP: kind,
            LINE: step.index,
            OUTCOME: step.outcome,
            CODE_WAITED: step.waited or None,
        }
    )
    return SpanFacts(
        f"step {kind}",
        trace_of(run.id),
        span_of(run.id, run.attempt, step.at),
        span_of(run.id, run.attempt, around),
        begun + step.began,
        begun + step.began + step.seconds,
        told,
        step.status == "failed",
    )


def span_of_request(answered: Answered, own: tuple[int, int]) -> SpanFacts:
    """Make the span of a request: in the trace of the run it placed, or in one of its own."""
    placed = answered.run_id
    method, route = word(METHOD, answered.method), word(ROUTE, answered.route)
    told = facts({METHOD: method, ROUTE: route, STATUS: answered.status, RUN: placed or None})
    return SpanFacts(
        f"{method} {route}",
        trace_of(placed) if placed else own[0],
        own[1],
        span_of(placed, 1) if placed else None,
        answered.began,
        answered.began + answered.seconds,
        told,
        answered.status >= _FAULT,
        by_request=True,
    )
