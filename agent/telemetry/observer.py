"""One who is told how runs go, for who operates the machines; what is told cannot hold a value."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.exc import SQLAlchemyError

from agent.errors import RunnerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.runs.claim import Claim
    from agent.runs.report import Report
    from agent.runs.run import Run


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that came to its end here: its row as it is now, and its report."""

    run: Run
    report: Report

    @property
    def waited(self) -> float | None:
        """Seconds it waited for a worker; None where that is not known: it was begun before."""
        if self.run.attempt != 1 or self.run.started_at is None:
            return None
        begun, not_before = self.run.started_at, self.run.not_before or 0.0
        # What is later than this beginning is when it is to be begun again.
        due = self.run.created_at if not_before > begun else max(self.run.created_at, not_before)
        return max(0.0, begun - due)


@dataclass(frozen=True, slots=True)
class Answered:
    """A request the server has answered; ``route`` is the pattern of its path, not the path.

    ``began`` is in unix seconds, ``seconds`` how long it took until the answer began. ``run_id`` is
    that of a run it placed.
    """

    method: str
    route: str
    status: int
    began: float
    seconds: float
    run_id: str = ""


class Observer:
    """Takes no notice of anything; those who do override what they take notice of.

    Calls return at once and raise nothing. They come from several threads.
    """

    def run_began(self, claim: Claim) -> None:
        """Hear that a run was taken and begins."""

    def run_ended(self, ended: Ended) -> None:
        """Hear how a run ended."""

    def runs_lost(self, run_ids: Sequence[str]) -> None:
        """Hear of runs that were taken from workers which went away."""

    def queue_has(self, waiting: int, oldest: float) -> None:
        """Hear how many runs wait that are due, and how many seconds the first of them has."""

    def worker_lives(self, running: int, hands: int) -> None:
        """Hear, every few seconds, how many runs a worker has that the database still knows."""

    def failed(self, error: BaseException) -> None:
        """Hear of a failure that nobody thought of."""

    def answered(self, answered: Answered) -> None:
        """Hear of a request that was answered."""

    def flush(self) -> None:
        """Send what was not sent yet, within two seconds; then, or without that, go on."""


NOBODY = Observer()


class Runs(Protocol):
    """The part of a store of runs that is needed; the call blocks."""

    def get(self, run: str) -> Run:
        """Find a run by its id."""


def told_of(observer: Observer, runs: Runs, report: Report) -> None:
    """Tell an observer how a run ended; a database that is away keeps nothing from the run."""
    if observer is NOBODY or report.run_id is None:
        return
    with suppress(RunnerError, SQLAlchemyError):
        observer.run_ended(Ended(runs.get(report.run_id), report))


class Observers(Observer):
    """Several of them; one that fails keeps nothing from the others, or from the run."""

    def __init__(self, *several: Observer) -> None:
        self._several = several

    def run_began(self, claim: Claim) -> None:
        """Pass it on."""
        self._each(lambda one: one.run_began(claim))

    def run_ended(self, ended: Ended) -> None:
        """Pass it on."""
        self._each(lambda one: one.run_ended(ended))

    def runs_lost(self, run_ids: Sequence[str]) -> None:
        """Pass it on."""
        self._each(lambda one: one.runs_lost(run_ids))

    def queue_has(self, waiting: int, oldest: float) -> None:
        """Pass it on."""
        self._each(lambda one: one.queue_has(waiting, oldest))

    def worker_lives(self, running: int, hands: int) -> None:
        """Pass it on."""
        self._each(lambda one: one.worker_lives(running, hands))

    def failed(self, error: BaseException) -> None:
        """Pass it on."""
        self._each(lambda one: one.failed(error))

    def answered(self, answered: Answered) -> None:
        """Pass it on."""
        self._each(lambda one: one.answered(answered))

    def flush(self) -> None:
        """Pass it on."""
        self._each(lambda one: one.flush())

    def _each(self, tell: Callable[[Observer], None]) -> None:
        for one in self._several:
            try:
                tell(one)
            except Exception:  # noqa: BLE001, S112 - who watches never disturbs what is watched
                continue
