"""The states of a run, each with one meaning."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a run stands.

    ``queued`` waits, nothing was done · ``running`` one worker holds its lease · ``succeeded`` and
    ``failed`` the body came to its end and said which · ``cancelled`` a person took it back ·
    ``interrupted`` it stopped half-way and may have had side effects: a person or a policy decides.
    """

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will happen to a run in this state."""
        return self not in (State.QUEUED, State.RUNNING)


class OnFailed(StrEnum):
    """What becomes of a queued run that failed.

    ``fail`` ends it; ``requeue`` starts a new attempt, after a pause, while attempts are left and
    where nothing speaks against it (``agent.runs.again``).
    """

    FAIL = "fail"
    REQUEUE = "requeue"


class OnLost(StrEnum):
    """What becomes of a run whose worker went away.

    ``interrupt`` is right wherever a log-in is involved; ``requeue`` starts a new attempt while
    attempts are left.
    """

    INTERRUPT = "interrupt"
    REQUEUE = "requeue"
