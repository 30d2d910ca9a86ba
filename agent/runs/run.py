"""One run as it is recorded."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from agent.runs.states import OnLost, State


@dataclass(frozen=True, slots=True)
class Terms:
    """What a submitter may ask for beside the task itself.

    ``serial_key``: of all runs with one key, only one is ever running. ``idem_key``: a second
    submission with it gives the first one's run, and ``request`` tells whether it asked for the
    same. ``priority``: higher goes first. Workers take runs of the ``pool`` they work for; those
    of ``HERE`` are carried out by who submitted them; ``labels`` (in alphabetical order, a blank
    between two) are those a worker must have. ``sites`` are the origins the run acts at, each
    between blanks. It does not begin before the time ``not_before``, or before ``after`` seconds
    have passed. ``task_id`` and ``task_version`` name a stored task; ``options`` are a run's
    options as JSON.
    """

    serial_key: str | None = None
    idem_key: str | None = None
    pool: str = "default"
    priority: int = 0
    on_lost: OnLost = OnLost.INTERRUPT
    max_attempts: int = 1
    not_before: float | None = None
    mode: str = "test"
    task_id: str = ""
    task_version: int = 0
    asked_by: str = ""
    request: str = ""
    options: str = ""
    labels: str = ""
    sites: str = ""
    after: float | None = None

    def columns(self) -> dict[str, Any]:
        """Give what stands in the run's row as it is here; ``after`` is for who knows the time."""
        fields = asdict(self)
        del fields["after"]
        return fields


HERE: Final = "here"
"""The pool of runs that no worker takes."""
TO_BEGIN: Final = 60.0
"""Seconds in which who submitted a run of ``HERE`` begins it, or begins to wait in line."""
PLAIN = Terms()


@dataclass(frozen=True, slots=True)
class Outline:
    """A run in short; ``state`` is the word of ``agent.runs.states``, times are unix seconds."""

    id: str
    task: str
    mode: str
    state: str
    created_at: float
    finished_at: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A row of ``runs``. Times are unix seconds by the database's clock.

    ``params`` and ``report`` are JSON texts: the plan (references to secrets, never values) and
    how it ended. ``error`` says why a run ended that could not write a report itself. ``step``
    counts from 0 and is the last one begun. ``job`` is what delivers it, where something does.
    """

    id: str
    task: str
    state: State
    params: str
    created_at: float
    serial_key: str | None = None
    idem_key: str | None = None
    pool: str = "default"
    priority: int = 0
    on_lost: OnLost = OnLost.INTERRUPT
    attempt: int = 0
    max_attempts: int = 1
    worker: str | None = None
    lease_until: float | None = None
    not_before: float | None = None
    cancel_requested: bool = False
    step: int | None = None
    step_title: str | None = None
    outcome: str | None = None
    error: str | None = None
    report: str | None = None
    started_at: float | None = None
    finished_at: float | None = None
    project: str = "default"
    mode: str = "test"
    task_id: str = ""
    task_version: int = 0
    asked_by: str = ""
    request: str = ""
    options: str = ""
    labels: str = ""
    sites: str = ""
    job: int | None = None
