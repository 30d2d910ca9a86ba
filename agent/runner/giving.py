"""Runs whose values come with the request: planned and recorded as any, without the values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from agent.errors import UsageError
from agent.planner.visiting import sites_of
from agent.runner.bringing import with_code
from agent.runner.orders import Orders, same, serial_key
from agent.runner.planning import Planning
from agent.runner.tasks import task_of
from agent.runs.options import options_text
from agent.runs.run import HERE
from agent.runs.whereabouts import sites_text
from agent.tasks.binding import filled, refuse_unknown
from agent.tasks.inputs import as_text
from agent.tasks.placeholders import substitute
from agent.vault.given import GivingVault, given_secret
from agent.vault.origin import OriginPolicy
from agent.vault.policy import Action, Thing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.planner import Plan
    from agent.runner.house import House
    from agent.runner.orders import Order
    from agent.runs.options import RunOptions
    from agent.runs.run import Run, Terms
    from agent.tasks import Task
    from agent.vault.opened import Opened

    Values = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Handed:
    """A recorded run for the process that has its values; None in ``vault`` is one placed before.

    Whoever carries it out calls ``vault.forget`` when it is over.
    """

    run: Run
    plan: Plan
    options: RunOptions
    vault: GivingVault | None


@dataclass(frozen=True, slots=True)
class Giving:
    """The use case of values that are for one run alone."""

    house: House

    def place(self, order: Order, values: Values) -> Handed:
        """Record a run; ``values`` maps slots to the fields of what is given for them.

        They go where the slot's own origins say, which the task must write, and nowhere else. Who
        gives them may bind secrets of the run's mode. Raises as ``Orders.place`` does, and
        ``UsageError`` for a slot that has no origins, or a secret bound to it as well, and for an
        order or a task that asks for a worker.
        """
        _refuse_elsewhere(order)
        orders = Orders(self.house)
        terms = replace(orders.terms(order), pool=HERE)
        terms = replace(terms, request=_with_slots(terms.request, values))
        self.house.let(Action.BIND, Thing(self.house.actor.project, order.mode))
        stored = self.house.store.tasks.get(order.task, order.version)
        terms = replace(terms, task_id=stored.id, task_version=stored.version)
        task = task_of(stored)
        _refuse_workers(stored.document)
        given = _given(task, order, values)
        planning = Planning(self.house)
        cards = planning.cards(task, order.bindings, order.mode, given)
        cards |= {slot: one.card for slot, one in given.items()}
        plan = planning.plan_with(task, cards, order.inputs, order.mode)
        return self._added(order, plan, terms, given)

    def _added(self, order: Order, plan: Plan, terms: Terms, given: Mapping[str, Opened]) -> Handed:
        options = with_code(self.house, plan, replace(order.options, allow_code=False))
        key = serial_key(plan)
        whole = replace(
            terms,
            # A login that only this run has is nobody else's turn.
            serial_key=None if _names_given(key) else key or terms.serial_key,
            options=options_text(options),
            sites=sites_text(sites_of(plan)),
        )
        written = plan.to_json()
        run = same(self.house.store.add(plan.task_name, written, whole), whole)
        if run.params != written:
            return Handed(run, plan, options, None)
        return Handed(
            run, plan, options, GivingVault.of(self.house.vault, self.house.store.engine, given)
        )


def _given(task: Task, order: Order, values: Values) -> dict[str, Opened]:
    refuse_unknown("slot", values, task.slots)
    words = {name: as_text(value) for name, value in filled(task, order.inputs).items()}
    made = {}
    for name, fields in values.items():
        slot = task.slots[name]
        if name in order.bindings:
            raise UsageError(f"slot {name}: a secret is bound to it and values are given for it")
        if not slot.origins:
            raise UsageError(
                f"slot {name} does not say where its secret goes, so it takes no given values",
                hint='write "origins": ["https://…"] in the slot, or bind a stored secret',
            )
        origins = OriginPolicy.parse([substitute(one, words) for one in slot.origins])
        made[name] = given_secret(slot.type, fields, origins, order.mode)
    return made


def _refuse_elsewhere(order: Order) -> None:
    if order.deployment:
        raise UsageError("a deployment has its own secrets: it takes no values")
    if order.queue or order.labels or order.after is not None or order.not_before is not None:
        raise UsageError(
            "a run with values of its own waits in no queue: the server carries it out now",
            hint="leave queue, labels and the time out, or bind a stored secret",
        )


def _refuse_workers(document: Mapping[str, Any]) -> None:
    if document.get("queue") or document.get("labels"):
        raise UsageError(
            "the task says which workers may run it, and a run with values of its own goes to none",
            hint="bind a stored secret",
        )


def _names_given(key: str | None) -> bool:
    return key is not None and key.startswith("login:given-")


def _with_slots(request: str, values: Values) -> str:
    """Have the mark of an order tell which slots were given; of the values it must tell nothing."""
    return hashlib.sha256("\0".join((request, *sorted(values))).encode()).hexdigest()
