"""Runs that wait for a worker: placed once, watched, cancelled, placed again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from agent.errors import Conflict, UsageError
from agent.planner import Plan
from agent.planner.shape import files_beside
from agent.planner.visiting import sites_of
from agent.runner.bringing import with_code
from agent.runner.deploying import Deploying
from agent.runner.house import refuse_given
from agent.runner.planning import Planning
from agent.runner.resuming import Resuming
from agent.runner.tasks import task_of
from agent.runs.listing import Page, Wanted
from agent.runs.options import RunOptions, options_text
from agent.runs.run import HERE, PLAIN, Run, Terms
from agent.runs.states import OnFailed, OnLost
from agent.runs.waiting import Waiting
from agent.runs.whereabouts import checked_queue, labels_text, sites_text
from agent.runs.why_waiting import why_waiting
from agent.vault.policy import LIVE, TEST, Action, Thing, check_choice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.runner.house import House
    from agent.runner.resuming import Begun
    from agent.runs.waiting import WorkerLine
    from agent.tasks import Scalar

MOST_ATTEMPTS: Final = 3
"""How often a run is begun whose task says that a lost or failed one is begun again."""
LARGEST_PAGE: Final = 200
_URGENT: Final = 100


@dataclass(frozen=True, slots=True)
class Order:
    """A run that is asked for: a stored task with its bindings, or a live deployment.

    ``task`` is its id or name, ``bindings`` map slots to ids (or names) of secrets. ``idem_key``:
    asking once more with it gives the first run. ``priority``: higher goes first, from -100 to
    100. It does not begin before ``not_before`` (unix seconds) or ``after`` (seconds from now). Of
    the runs with one ``serial`` one goes on at a time, where the plan has no account of its own
    that says so. ``queue`` goes before the task's own, ``labels`` are added to the task's. Of
    ``options`` only what concerns the run itself counts.
    """

    task: str = ""
    version: int | None = None
    deployment: str = ""
    bindings: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, Scalar] = field(default_factory=dict)
    mode: str = TEST
    idem_key: str | None = None
    options: RunOptions = field(default_factory=RunOptions)
    priority: int = 0
    not_before: float | None = None
    serial: str | None = None
    queue: str = ""
    labels: tuple[str, ...] = ()
    after: float | None = None


_LATER: Final = ("queue", "labels", "after")
"""What an order could not say once: where it says nothing there, it is the same as it was."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Use cases of runs that a worker carries out. An unknown run is ``NotFound``."""

    house: House

    def place(self, order: Order) -> Run:
        """Put a run into the queue; everything is checked first, and no value is looked at.

        Raises ``Conflict`` for an idempotency key of another order, and what planning raises:
        ``NotFound``, ``UsageError``, ``SecretError``. A task that brings code is run from the
        queue only as a deployment.
        """
        terms = self.terms(order)
        if order.idem_key is not None:
            there = self.house.store.with_key(order.idem_key)
            if there is not None:
                return same(there, terms)
        plan, terms = self._planned(order, terms)
        return same(self._add(plan, terms, order.options), terms)

    def place_plan(self, plan: Plan, options: RunOptions) -> Run:
        """Put a run of a plan that was made here into the queue; its task need not be stored.

        Raises as ``place`` does, and ``UsageError`` where a step needs a file beside the task's: a
        worker may be on another machine. A deployment's code is a file of a digest.
        """
        self.house.let(Action.RUN, Thing(self.house.actor.project, plan.mode))
        terms = Terms(pool="", mode=plan.mode, asked_by=self.house.actor.name)
        if plan.deployment:
            return self._add(plan, terms, options)
        if beside := files_beside(plan.steps):
            raise UsageError(
                f"{beside[0]}: a run in the queue has no folder with files",
                hint="write the file's text in the step, or run the task here",
            )
        return self._add(replace(plan, folder=None), terms, options)

    def terms(self, order: Order) -> Terms:
        """Say on which terms an order is taken. Raises ``NotAllowed`` and ``UsageError``."""
        mode = LIVE if order.deployment else order.mode
        check_choice(mode)
        self.house.let(Action.RUN, Thing(self.house.actor.project, mode))
        if abs(order.priority) > _URGENT:
            raise UsageError(f"a priority is from -{_URGENT} to {_URGENT}")
        return replace(_terms(order), mode=mode, asked_by=self.house.actor.name)

    def check(self, order: Order) -> None:
        """Check an order as ``place`` does, and place nothing."""
        mode = LIVE if order.deployment else order.mode
        check_choice(mode)
        self.house.let(Action.RUN, Thing(self.house.actor.project, mode))
        plan, _ = self._planned(order, Terms())
        with_code(self.house, plan, replace(order.options, allow_code=False))

    def get(self, run_id: str) -> Run:
        """Give a run by its id or the start of it."""
        self.house.permit(Action.SEE_RUNS)
        run = self.house.store.get(run_id)
        self.house.let(Action.SEE_RUNS, Thing(run.project, run.mode))
        return run

    def waits_for(self, run: Run) -> str:
        """Say what a run still waits for, in words; empty for one that does not wait."""
        self.house.permit(Action.SEE_RUNS)
        return why_waiting(self.house.store.engine, run)

    def page(
        self,
        limit: int = 50,
        cursor: str | None = None,
        *,
        task: str | None = None,
        state: str | None = None,
    ) -> Page[Run]:
        """Give the newest runs, without reports; ``cursor`` is the ``next`` of the page before."""
        self.house.permit(Action.SEE_RUNS)
        only = self.house.actor.only
        mode = "" if only is None else only.mode
        most = min(max(limit, 1), LARGEST_PAGE)
        wanted = Wanted(most, cursor, task or "", state or "", mode, reports=False)
        return self.house.store.page(wanted)

    def cancel(self, run_id: str) -> Run:
        """Take a run back: one that waits never starts, one that goes on is stopped soon."""
        run = self._mine(run_id)
        self.house.store.cancel(run.id)
        return self.house.store.get(run.id)

    def again(self, run_id: str) -> Run:
        """Place a run once more, with the same task, secrets and inputs."""
        run = self._mine(run_id)
        refuse_given(run)
        plan = replace(Plan.from_json(run.params), start=None)
        return self._rerun(run, plan, None)

    def resume(self, run_id: str, begun: Begun | None = None) -> Run:
        """Place the rest of a run that was interrupted; see ``agent.runner.resuming``."""
        run = self._mine(run_id)
        plan = Resuming(self.house).plan(run.id, begun)
        made = self._rerun(run, plan, f"resume:{run.id}")
        if made.attempt:
            raise UsageError(
                f"run {run.id} was resumed already, as {made.id}",
                hint=f"runner resume {made.id}",
            )
        return made

    def workers(self) -> Sequence[WorkerLine]:
        """List the workers, the newest first."""
        self.house.permit(Action.SEE_RUNS)
        return Waiting(self.house.store.engine).workers()

    def _mine(self, run_id: str) -> Run:
        run = self.get(run_id)
        self.house.let(Action.RUN, Thing(run.project, run.mode))
        return run

    def _planned(self, order: Order, terms: Terms) -> tuple[Plan, Terms]:
        if order.deployment:
            if order.bindings or order.task:
                raise UsageError("a deployment has its own task and its own secrets")
            inputs = {name: str(value) for name, value in order.inputs.items()}
            return Deploying(self.house).plan(order.deployment, None, inputs), terms
        stored = self.house.store.tasks.get(order.task, order.version)
        plan = Planning(self.house).plan(task_of(stored), order.bindings, order.inputs, order.mode)
        return plan, replace(terms, task_id=stored.id, task_version=stored.version)

    def _rerun(self, run: Run, plan: Plan, idem_key: str | None) -> Run:
        if not plan.deployment:
            for slot, ref in plan.bindings.items():
                Planning(self.house).bindable(slot, ref.id, plan.mode)
        self.house.check_frozen(plan)
        terms = Terms(
            idem_key=idem_key,
            priority=run.priority,
            mode=run.mode,
            task_id=run.task_id,
            task_version=run.task_version,
            asked_by=self.house.actor.name,
            pool="" if run.pool == HERE else run.pool,
            labels=run.labels,
        )
        return self._add(plan, terms, RunOptions.of(run.options))

    def _add(self, plan: Plan, terms: Terms, options: RunOptions) -> Run:
        ready = with_code(self.house, plan, replace(options, allow_code=False))
        again = plan.document.get("on_lost") == OnLost.REQUEUE.value
        anew = plan.document.get("on_failed") == OnFailed.REQUEUE.value
        whole = replace(
            terms,
            serial_key=serial_key(plan) or terms.serial_key,
            pool=checked_queue(terms.pool or plan.document.get("queue") or PLAIN.pool),
            labels=labels_text([*terms.labels.split(), *plan.document.get("labels", ())]),
            sites=sites_text(sites_of(plan)),
            options=options_text(ready),
            on_lost=OnLost.REQUEUE if again else OnLost.INTERRUPT,
            max_attempts=MOST_ATTEMPTS if again or anew else 1,
        )
        return self.house.store.add(plan.task_name, plan.to_json(), whole)


def serial_key(plan: Plan) -> str | None:
    """Give the key of the account a plan signs in to: of two such runs one waits for the other.

    A run that signs in with several has the key of the one whose slot asks for it, or of the first;
    the others are taken in turn at the step that signs in.
    """
    if key := plan.serial_key():
        return key
    tried = [use.slot for step in plan.every() for use in step.uses() if use.tries]
    return f"login:{plan.bindings[tried[0]].id}" if tried else None


def _terms(order: Order) -> Terms:
    return Terms(
        idem_key=order.idem_key,
        priority=order.priority,
        not_before=order.not_before,
        serial_key=order.serial,
        after=order.after,
        pool=order.queue and checked_queue(order.queue),
        labels=labels_text(order.labels),
        request=_digest(order),
    )


def _digest(order: Order) -> str:
    asked: dict[str, Any] = asdict(replace(order, idem_key=None))
    for name in _LATER:
        if not asked[name]:
            del asked[name]
    asked["options"] = options_text(order.options)
    written = json.dumps(asked, sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()


def same(run: Run, terms: Terms) -> Run:
    """Give the run a key leads to. Raises ``Conflict`` where it was another order's."""
    if terms.idem_key is not None and run.request != terms.request:
        raise Conflict(
            f"the idempotency key was used for another order, which became run {run.id}",
            hint="use a new key for a new order",
        )
    return run
