"""A worker's right to carry out one attempt of a run, for as long as its lease lasts."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


def boottime() -> float:
    """Seconds that also count while the machine is suspended; plain monotonic where not Linux."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """How long a lease lasts, in seconds.

    ``fence`` plus the time a browser needs to stop must stay below ``ttl``: a worker cut off from
    the database has let go before anyone else may begin.
    """

    ttl: float = 15.0
    renew: float = 4.0
    fence: float = 10.0


USUAL = LeaseTimes()


@dataclass(frozen=True, slots=True)
class Claim:
    """Attempt number ``attempt`` of a run, held by ``worker``.

    ``since`` is the worker's own ``boottime()`` from *before* it asked, so that its own reckoning
    of the lease always ends before the database's.
    """

    run_id: str
    attempt: int
    worker: str
    since: float = field(default_factory=boottime, compare=False)
