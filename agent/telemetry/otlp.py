"""Sends spans and metrics by OTLP over HTTP, from threads of its own; extra ``telemetry``.

Spans are made whole when what they tell of is over, and handed to the sender as they are: no
context, no exception, no text is ever taken from the program around. Where to send, and how, the
library reads from the standard variables (``OTEL_EXPORTER_OTLP_…``).
"""

from __future__ import annotations

import logging
import secrets
import threading
import uuid
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from agent.telemetry.facts import ARTIFACT, METHOD, MODE, OUTCOME, ROUTE, STATE, STATUS, facts
from agent.telemetry.measures import (
    ARTIFACTS_KEPT,
    ARTIFACTS_WITHHELD,
    CODE_WAIT,
    FAILURES,
    LOGIN_DURATION,
    MEASURES,
    QUEUE_OLDEST,
    QUEUE_WAIT,
    QUEUE_WAITING,
    REQUEST_DURATION,
    RUN_DURATION,
    RUNS_LOST,
    WORKER_HANDS,
    WORKER_RUNNING,
)
from agent.telemetry.observer import Answered, Ended, Observer
from agent.telemetry.spans import SpanFacts, span_of_request, spans_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.metrics import Meter

    from agent.telemetry.measures import Measure

TRACES: Final = "traces"
METRICS: Final = "metrics"
_NAME: Final = "slotrunner"
_PATIENCE: Final = 2.0
"""Seconds that a process which ends gives what was not sent yet."""
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_TO_NANO: Final = 1_000_000_000

Record = Callable[[float, Mapping[str, Any]], None]


def sender(signals: frozenset[str]) -> Observer:
    """Make the sender of a process, of ``traces``, ``metrics`` or both."""
    # What cannot be sent is said by the library with what a server answered; nobody needs that.
    for name in ("opentelemetry", "urllib3"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    # No detectors: they would tell the command line, the user and the host.
    told = {
        "service.name": _NAME,
        "service.version": version(_NAME),
        "service.instance.id": str(uuid.uuid4()),
    }
    resource = Resource(told)
    spans = BatchSpanProcessor(OTLPSpanExporter()) if TRACES in signals else None
    readers = [PeriodicExportingMetricReader(OTLPMetricExporter())] if METRICS in signals else []
    meters = MeterProvider(metric_readers=readers, resource=resource, shutdown_on_exit=False)
    return Otlp(resource, spans, meters)


class Otlp(Observer):
    """Tells a collector how runs go."""

    def __init__(
        self, resource: Resource, spans: BatchSpanProcessor | None, meters: MeterProvider
    ) -> None:
        self._resource = resource
        self._spans = spans
        self._meters = meters
        self._scope = InstrumentationScope(_NAME)
        meter = meters.get_meter(_NAME)
        self._record = {one.name: _instrument(meter, one) for one in MEASURES}

    def run_ended(self, ended: Ended) -> None:
        """Send a run's spans, and count how it ended."""
        self._send(spans_of(ended))
        report, mode = ended.report, ended.run.mode
        if ended.waited is not None:
            self._note(QUEUE_WAIT, ended.waited, {MODE: mode})
        how = {STATE: report.status, OUTCOME: report.outcome, MODE: mode}
        self._note(RUN_DURATION, report.seconds, how)
        for step in report.steps:
            if step.type == "sign_in" and step.status != "not_run":
                self._note(LOGIN_DURATION, step.seconds, {OUTCOME: step.outcome})
            if step.waited:
                self._note(CODE_WAIT, step.waited, {})
        for line in report.artifacts:
            measure = ARTIFACTS_KEPT if line.state == "kept" else ARTIFACTS_WITHHELD
            self._note(measure, 1, {ARTIFACT: line.kind})

    def runs_lost(self, run_ids: Sequence[str]) -> None:
        """Count them."""
        self._note(RUNS_LOST, len(run_ids), {})

    def queue_has(self, waiting: int, oldest: float) -> None:
        """Tell how far behind the workers are."""
        self._note(QUEUE_WAITING, waiting, {})
        self._note(QUEUE_OLDEST, oldest, {})

    def worker_lives(self, running: int, hands: int) -> None:
        """Tell how busy the worker is."""
        self._note(WORKER_RUNNING, running, {})
        self._note(WORKER_HANDS, hands, {})

    def failed(self, error: BaseException) -> None:  # noqa: ARG002 - its text may hold anything
        """Count it."""
        self._note(FAILURES, 1, {})

    def answered(self, answered: Answered) -> None:
        """Send a request's span, and how long it took."""
        self._send([span_of_request(answered, (secrets.randbits(128), secrets.randbits(64)))])
        how = {METHOD: answered.method, ROUTE: answered.route, STATUS: answered.status}
        self._note(REQUEST_DURATION, answered.seconds, how)

    def flush(self) -> None:
        """Send what waits; after two seconds whoever ends goes on without."""
        sending = threading.Thread(target=self._flush, daemon=True)
        sending.start()
        sending.join(_PATIENCE)

    def _flush(self) -> None:
        if self._spans is not None:
            self._spans.force_flush()
        self._meters.force_flush()

    def _note(self, measure: Measure, number: float, given: Mapping[str, object]) -> None:
        # The keys of a metric are those it is described with, and no other.
        self._record[measure.name](number, facts({key: given[key] for key in measure.keys}))

    def _send(self, spans: Sequence[SpanFacts] | Any) -> None:
        if self._spans is None:
            return
        for span in spans:
            self._spans.on_end(self._made(span))

    def _made(self, span: SpanFacts) -> ReadableSpan:
        parent = None if span.parent is None else _context(span.trace, span.parent)
        return ReadableSpan(
            name=span.name,
            context=_context(span.trace, span.id),
            parent=parent,
            resource=self._resource,
            attributes=span.facts,
            kind=SpanKind.SERVER if span.by_request else SpanKind.INTERNAL,
            status=Status(StatusCode.ERROR if span.failed else StatusCode.UNSET),
            start_time=int(span.begins * _TO_NANO),
            end_time=int(span.ends * _TO_NANO),
            instrumentation_scope=self._scope,
        )


def _context(trace: int, span: int) -> SpanContext:
    return SpanContext(trace, span, is_remote=False, trace_flags=_SAMPLED)


def _instrument(meter: Meter, measure: Measure) -> Record:
    name, unit, words = measure.name, measure.unit, measure.words
    if measure.kind == "histogram":
        buckets = measure.buckets
        made: Any = meter.create_histogram(
            name, unit, words, explicit_bucket_boundaries_advisory=buckets
        )
        return lambda number, told: made.record(number, told)
    if measure.kind == "counter":
        made = meter.create_counter(name, unit, words)
        return lambda number, told: made.add(number, told)
    made = meter.create_gauge(name, unit, words)
    return lambda number, told: made.set(number, told)
