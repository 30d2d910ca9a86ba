"""Who is told how runs go in this process: a log, a file that is touched, a collector."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from agent.errors import EnvironmentUnfit
from agent.telemetry import SENDERS
from agent.telemetry.observer import NOBODY, Observer, Observers

if TYPE_CHECKING:
    from agent.settings import Settings


def observer_of(settings: Settings, *others: Observer) -> Observer:
    """Give who is told, and ``others`` as well; nobody where nothing is switched on.

    Raises ``EnvironmentUnfit`` where something is to be sent and the packages for it are missing.
    """
    sending = (_sender(settings.signals),) if settings.signals else ()
    told = (*others, *sending)
    return Observers(*told) if told else NOBODY


@cache
def _sender(signals: frozenset[str]) -> Observer:
    # One for the process: each has threads of its own, and an identity.
    try:
        return SENDERS["otlp"](signals)
    except ModuleNotFoundError as error:
        raise EnvironmentUnfit(
            f"OpenTelemetry's variables name an endpoint, and {error.name} is not installed",
            hint='pip install "slotrunner[telemetry]", or OTEL_SDK_DISABLED=true',
        ) from None
