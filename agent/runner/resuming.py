"""Going on with a run that was interrupted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from agent.errors import UsageError
from agent.planner import Plan
from agent.planner.plan import Start
from agent.runner.house import refuse_given
from agent.runs.report import Progress
from agent.runs.states import State
from agent.vault.policy import Action
from agent.vault.secret_type import Use

if TYPE_CHECKING:
    from agent.runner.house import House
    from agent.runs.run import Run

Begun = Literal["done", "again"]


@dataclass(frozen=True, slots=True)
class Resuming:
    """The use case of ``runner resume``."""

    house: House

    def plan(self, run: str, begun: Begun | None = None) -> Plan:
        """Plan the rest of a run: from its last checkpoint, signed in anew.

        A step marked ``once`` that was done is left out. ``begun`` says what to take one for that
        had begun when the run ended: nobody but the site knows whether it was done. Raises
        ``UsageError`` where the run goes on, has succeeded, or has no checkpoint behind it.
        """
        self.house.permit(Action.RUN)
        stopped = self.house.store.get(run)
        refuse_given(stopped)
        plan = Plan.from_json(stopped.params)
        progress = self._progress(stopped, plan)
        if progress.begun and begun is None:
            step = plan.steps[progress.begun[0]]
            raise UsageError(
                f"step {progress.begun[0] + 1}, {step.title}, is marked once and had begun: only "
                "the site can tell whether it was done",
                hint="look there, then add --begun done, or --begun again to do it",
            )
        done = (*progress.done, *(progress.begun if begun == "done" else ()))
        start = Start(
            of=stopped.id,
            first=progress.checkpoint or 0,
            again=_signing_in(plan, progress.checkpoint or 0),
            done=tuple(sorted(set(done))),
            results=dict(progress.results),
        )
        self.house.check_frozen(plan)
        return replace(plan, start=start)

    def _progress(self, run: Run, plan: Plan) -> Progress:
        if not run.state.ended:
            raise UsageError(f"run {run.id} is {run.state.value}: there is nothing to resume")
        if run.state is State.SUCCEEDED:
            raise UsageError(f"run {run.id} has succeeded: there is nothing to resume")
        progress = self.house.store.report(run.id).progress
        if progress is None and plan.start is not None:
            start = plan.start
            progress = Progress(start.first, start.done, (), start.results)
        if progress is None or progress.checkpoint is None:
            raise UsageError(
                f"run {run.id} had begun no step that is marked checkpoint",
                hint='run the task again; "checkpoint": true marks a step to go on from',
            )
        return progress


def _signing_in(plan: Plan, checkpoint: int) -> int:
    """Count the steps from the top that are done again: up to the last that types a secret."""
    typing = [
        top
        for top, step in enumerate(plan.steps[:checkpoint])
        if any(use.way is Use.FILL for one in step.every() for use in one.uses())
    ]
    return typing[-1] + 1 if typing else 0
