"""Standard variables say whether anything is sent."""

from __future__ import annotations

import pytest

from agent.errors import UsageError
from agent.telemetry.choice import signals_of

AT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
BOTH = frozenset({"traces", "metrics"})


@pytest.mark.parametrize(
    ("environ", "signals"),
    [
        ({}, frozenset()),
        (AT, BOTH),
        (AT | {"OTEL_SDK_DISABLED": "true"}, frozenset()),
        (AT | {"OTEL_TRACES_EXPORTER": "none"}, {"metrics"}),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x:4318/v1/traces"}, {"traces"}),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://x:4318/v1/metrics"}, {"metrics"}),
        (AT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, BOTH),
    ],
)
def test_what_is_sent(environ: dict[str, str], signals: frozenset[str]) -> None:
    assert signals_of(environ) == signals


@pytest.mark.parametrize(
    "more",
    [
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
        {"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "http/json"},
        {"OTEL_TRACES_EXPORTER": "console"},
    ],
)
def test_what_there_is_not_is_refused(more: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        signals_of(AT | more)
