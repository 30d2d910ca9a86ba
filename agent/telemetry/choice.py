"""Whether anything is sent, and of what kind: read from OpenTelemetry's standard variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNALS: Final = ("traces", "metrics")
_PROTOCOL: Final = "http/protobuf"


def signals_of(environ: Mapping[str, str]) -> frozenset[str]:
    """Name what is sent: ``traces``, ``metrics``, both, or nothing where no endpoint is named.

    Raises ``UsageError`` for an exporter or a protocol there is not.
    """
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return frozenset()
    return frozenset(signal for signal in SIGNALS if _is_sent(environ, signal))


def _is_sent(environ: Mapping[str, str], signal: str) -> bool:
    own = signal.upper()
    chosen = environ.get(f"OTEL_{own}_EXPORTER", "") or "otlp"
    if chosen not in ("otlp", "none"):
        raise UsageError(f"OTEL_{own}_EXPORTER is {chosen!r:.40}", hint="it takes otlp or none")
    if chosen == "none" or not _either(environ, own, "ENDPOINT"):
        return False
    protocol = _either(environ, own, "PROTOCOL") or _PROTOCOL
    if protocol != _PROTOCOL:
        raise UsageError(
            f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol!r:.40}: {signal} go by {_PROTOCOL} only",
            hint="name the collector's HTTP port, usually 4318, and http/protobuf",
        )
    return True


def _either(environ: Mapping[str, str], own: str, what: str) -> str:
    shared = environ.get(f"OTEL_EXPORTER_OTLP_{what}", "")
    return (environ.get(f"OTEL_EXPORTER_OTLP_{own}_{what}", "") or shared).strip()
