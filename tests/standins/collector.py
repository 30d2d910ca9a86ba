"""A real receiver of OTLP over HTTP: what arrives is kept as it came, and decoded."""

from __future__ import annotations

import gzip
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Collector:
    """What was sent so far; ``holds`` keeps every answer back, and every sender waiting."""

    url: str = ""
    holds: bool = False
    status: int = 200
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    answered: int = 0
    let_go: threading.Event = field(default_factory=threading.Event)

    def environment(self, **more: str) -> dict[str, str]:
        """Give what has a program send here, soon."""
        told = {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        return told | {"OTEL_METRIC_EXPORT_INTERVAL": "500"} | more

    def spans(self) -> list[Any]:
        """Decode the spans."""
        found = []
        for path, body in list(self.bodies):
            if path == "/v1/traces":
                request = ExportTraceServiceRequest.FromString(body)
                found += [
                    span
                    for resource in request.resource_spans
                    for scope in resource.scope_spans
                    for span in scope.spans
                ]
        return found

    def metrics(self) -> dict[str, Any]:
        """Decode the metrics, the newest of each name."""
        found = {}
        for path, body in list(self.bodies):
            if path == "/v1/metrics":
                request = ExportMetricsServiceRequest.FromString(body)
                for resource in request.resource_metrics:
                    for scope in resource.scope_metrics:
                        found |= {metric.name: metric for metric in scope.metrics}
        return found

    def resources(self) -> list[dict[str, str]]:
        """Decode who sent the spans."""
        return [
            attributes(resource.resource)
            for path, body in list(self.bodies)
            if path == "/v1/traces"
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        ]


def attributes(holder: Any) -> dict[str, Any]:
    """Give the attributes of a span, a resource or a point."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in holder.attributes}


@contextmanager
def running_collector(*, holds: bool = False, status: int = 200) -> Iterator[Collector]:
    """Listen on a free port while the block runs."""
    collector = Collector(holds=holds, status=status)

    class Receiving(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            collector.bodies.append((self.path, gzip.decompress(body) if packed else body))
            if collector.holds:
                collector.let_go.wait(60)
            collector.answered += 1
            self.send_response(collector.status)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiving)
    server.daemon_threads = True
    collector.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        collector.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
