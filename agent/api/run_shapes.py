"""Runs as the API takes and gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from agent.api.shapes import Fields, Given, Mode, Taken, Word, moment
from agent.api.takeover_shapes import TakeoverGiven
from agent.runner.house import bindings_and_given
from agent.runs.options import RunOptions
from agent.tasks.names import PlaceName
from agent.tasks.task import MOST_LABELS

if TYPE_CHECKING:
    from agent.runs.report import Report
    from agent.runs.run import Run

Scalar = str | int | float | bool
InputValue = Annotated[str, Field(max_length=100_000)] | int | float | bool
LONGEST_WAIT = 600


class Options(Taken):
    """How a run is carried out; ``timeout`` is in seconds, ``keep`` what is kept besides.

    ``wait_for_person``: how many seconds a person is waited for where only one can go on.
    """

    tracing: Literal["on", "retain-on-failure", "off"] = "on"
    screenshots: Literal["on", "only-on-failure", "off"] = "on"
    video: Literal["on", "only-on-failure", "off"] | None = None
    timeout: float | None = Field(default=None, gt=0, le=86_400)
    wait_for_person: float | None = Field(default=None, gt=0, le=86_400)
    keep: list[Literal["aria", "console", "download", "har", "html", "junit", "websocket"]] = Field(
        default_factory=list, max_length=10
    )

    def read(self) -> RunOptions:
        """Give them as a run takes them."""
        return RunOptions(
            tracing=self.tracing,
            pictures=self.screenshots,
            video=self.video,
            timeout=self.timeout,
            wait_for_person=self.wait_for_person,
            extras=frozenset(self.keep),
        )


class RunWish(Taken):
    """A run to place: a stored task (id or name) with its secrets, or a deployment.

    The run does not begin before ``not_before``; it waits in ``queue`` (the task's own where none
    is named) for a worker with all of its ``labels``.
    ``secret_values`` are the fields of secrets that are for this run alone, by slot: they are
    never stored, go where the slot's origins say, and the server itself carries the run out.
    ``wait`` is how many seconds the answer may wait for the run's end.
    """

    task: str = Field(default="", max_length=200)
    version: int | None = Field(default=None, ge=1, le=1_000_000)
    deployment: str = Field(default="", max_length=200)
    secret_bindings: dict[str, Word] = Field(default_factory=dict, max_length=50)
    secret_values: dict[str, Fields] = Field(default_factory=dict, max_length=50, repr=False)
    inputs: dict[str, InputValue] = Field(default_factory=dict, max_length=200)
    mode: Mode = "test"
    wait: int = Field(default=0, ge=0, le=LONGEST_WAIT)
    options: Options = Options()
    priority: int = Field(default=0, ge=-100, le=100)
    not_before: AwareDatetime | None = None
    queue: PlaceName | None = None
    labels: list[PlaceName] = Field(default_factory=list, max_length=MOST_LABELS)


class RunGiven(Given):
    """A run; ``state`` is queued, running, succeeded, failed, cancelled or interrupted.

    ``secret_values`` names the slots whose values were given for this run alone. ``worker`` is the
    id of the one that carries it out or did, as ``/workers`` has it.
    """

    id: str
    task: str
    task_id: str | None
    task_version: int | None
    mode: str
    state: str
    outcome: str | None
    asked_by: str
    secret_bindings: dict[str, str]
    priority: int
    queue: str
    labels: list[str]
    not_before: str | None
    secret_values: list[str]
    created_at: str | None
    started_at: str | None
    finished_at: str | None
    worker: str | None
    step: int | None
    step_title: str | None


class StepGiven(Given):
    """How one step ended."""

    at: str
    type: str
    title: str
    status: str
    outcome: str
    seconds: float


class Failure(Given):
    """Why a run failed, and what to do."""

    code: str
    message: str
    hint: str


class RunDetail(RunGiven):
    """A run with its steps; ``waits_for`` says in words what a queued one still waits for.

    ``needs_person`` tells of one that waits for a person.
    """

    waits_for: str | None

    seconds: float
    steps: list[StepGiven]
    error: Failure | None
    notices: list[str]
    resumable: bool
    needs_person: TakeoverGiven | None = None


class ArtifactGiven(Given):
    """A thing a run left; ``url`` is good for an hour and lies on the site for artifacts.

    ``viewer`` opens a trace in Playwright's own viewer.
    """

    name: str
    kind: str
    state: str
    reason: str
    size: int
    sha256: str
    url: str | None = None
    viewer: str | None = None


def run_fields(run: Run) -> dict[str, Any]:
    """Give the fields of a run."""
    bindings, given = bindings_and_given(run)
    return {
        "id": run.id,
        "task": run.task,
        "task_id": run.task_id or None,
        "task_version": run.task_version or None,
        "mode": run.mode,
        "state": run.state.value,
        "outcome": run.outcome,
        "asked_by": run.asked_by,
        "secret_bindings": bindings,
        "priority": run.priority,
        "queue": run.pool,
        "labels": run.labels.split(),
        "not_before": moment(run.not_before),
        "secret_values": given,
        "created_at": moment(run.created_at),
        "started_at": moment(run.started_at),
        "finished_at": moment(run.finished_at),
        "worker": run.worker if run.attempt else None,
        "step": run.step,
        "step_title": run.step_title,
    }


def run_given(run: Run) -> RunGiven:
    """Show a run."""
    return RunGiven(**run_fields(run))


def run_detail(
    run: Run, report: Report, waits_for: str = "", needs: TakeoverGiven | None = None
) -> RunDetail:
    """Show a run with what its report tells, and the person it needs."""
    error = report.error
    return RunDetail(
        **run_fields(run),
        waits_for=waits_for or None,
        seconds=report.seconds,
        steps=[
            StepGiven(
                at=step.at or str(step.index + 1),
                type=step.type,
                title=step.title,
                status=step.status,
                outcome=step.outcome,
                seconds=step.seconds,
            )
            for step in report.steps
        ],
        error=Failure(code=error.code, message=error.message, hint=error.hint) if error else None,
        notices=list(report.notices),
        resumable=report.progress is not None and report.progress.checkpoint is not None,
        needs_person=needs,
    )
