"""The metrics: their names, units and keys, as the dashboard of docs/ asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from agent.telemetry.facts import ARTIFACT, METHOD, MODE, OUTCOME, ROUTE, STATE, STATUS

_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900, 3600)
_REQUEST: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric; a histogram has the upper ends of its buckets, in seconds."""

    name: str
    kind: Literal["histogram", "counter", "gauge"]
    unit: str
    words: str
    keys: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


QUEUE_WAIT: Final = Measure(
    "slotrunner.run.queue_wait", "histogram", "s",
    "How long a run waited for a worker, from when it was due", (MODE,), _SECONDS,
)  # fmt: skip
RUN_DURATION: Final = Measure(
    "slotrunner.run.duration", "histogram", "s",
    "How long a run took, and how it ended", (STATE, OUTCOME, MODE), _SECONDS,
)  # fmt: skip
LOGIN_DURATION: Final = Measure(
    "slotrunner.login.duration", "histogram", "s",
    "How long a sign-in took, and how it ended", (OUTCOME,), _SECONDS,
)  # fmt: skip
CODE_WAIT: Final = Measure(
    "slotrunner.login.code_wait", "histogram", "s",
    "How long a sign-in waited for its one-time code, where it had to", (), _SECONDS,
)  # fmt: skip
ARTIFACTS_KEPT: Final = Measure(
    "slotrunner.artifact.kept", "counter", "{artifact}",
    "Artifacts that passed the gate", (ARTIFACT,),
)  # fmt: skip
ARTIFACTS_WITHHELD: Final = Measure(
    "slotrunner.artifact.withheld", "counter", "{artifact}",
    "Artifacts that could not be shown to be clean", (ARTIFACT,),
)  # fmt: skip
RUNS_LOST: Final = Measure(
    "slotrunner.run.lost", "counter", "{run}",
    "Runs taken from workers that went away",
)  # fmt: skip
QUEUE_WAITING: Final = Measure(
    "slotrunner.queue.waiting", "gauge", "{run}", "Runs that are due and wait for a worker"
)
QUEUE_OLDEST: Final = Measure(
    "slotrunner.queue.oldest", "gauge", "s", "How long the first of them has waited"
)
WORKER_RUNNING: Final = Measure(
    "slotrunner.worker.running", "gauge", "{run}", "Runs a worker carries out now"
)
WORKER_HANDS: Final = Measure(
    "slotrunner.worker.hands", "gauge", "{run}", "Runs a worker carries out at most"
)
FAILURES: Final = Measure(
    "slotrunner.failure", "counter", "{failure}", "Failures that nobody thought of"
)
REQUEST_DURATION: Final = Measure(
    "http.server.request.duration", "histogram", "s",
    "How long it took until the server began to answer", (METHOD, ROUTE, STATUS), _REQUEST,
)  # fmt: skip

MEASURES: Final = (
    QUEUE_WAIT, RUN_DURATION, LOGIN_DURATION, CODE_WAIT, ARTIFACTS_KEPT, ARTIFACTS_WITHHELD,
    RUNS_LOST, QUEUE_WAITING, QUEUE_OLDEST, WORKER_RUNNING, WORKER_HANDS, FAILURES,
    REQUEST_DURATION,
)  # fmt: skip
