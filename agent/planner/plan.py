"""A plan: checked steps in order, with inputs put in and secrets only named."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from agent.errors import UsageError
from agent.planner.checking import build, check
from agent.tasks import Slot, Task
from agent.tasks.binding import refused
from agent.tasks.inputs import as_text
from agent.tasks.placeholders import substitute, substitute_all
from agent.tasks.positions import Places
from agent.vault.origin import Origin, OriginPolicy
from agent.vault.policy import TEST
from agent.vault.secret import SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.steps import Step
    from agent.tasks import BoundTask, Scalar

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """A task ready to be run; it can be stored, queued, shown and logged.

    ``document`` is the task as written, ``bindings`` maps each slot to the id of its secret,
    ``outputs`` maps each name of the run's result to the name a step saves it under. ``mode`` is
    the run's, and its secrets'; ``deployment`` the id of the one it was made from, or empty.
    """

    task_name: str
    document: Mapping[str, Any]
    inputs: Mapping[str, Scalar]
    bindings: Mapping[str, SecretRef]
    slots: Mapping[str, Slot]
    steps: tuple[Step, ...]
    outputs: Mapping[str, str]
    mode: str = TEST
    deployment: str = ""

    def sites(self) -> dict[str, OriginPolicy]:
        """Say where the task means to use its slots; a slot that does not say is left out."""
        words = {name: as_text(value) for name, value in self.inputs.items()}
        return {
            name: OriginPolicy.parse([substitute(text, words) for text in slot.origins])
            for name, slot in self.slots.items()
            if slot.origins
        }

    def result(self, saved: Mapping[str, Any]) -> dict[str, Any]:
        """Pick the run's result out of what its steps have saved so far."""
        return {name: saved[key] for name, key in self.outputs.items() if key in saved}

    def to_json(self) -> str:
        """Write the plan for a store; ``from_json`` gives an equal plan back."""
        stored = {
            "format": FORMAT,
            "document": dict(self.document),
            "inputs": dict(self.inputs),
            "bindings": {slot: ref.id for slot, ref in self.bindings.items()},
            "mode": self.mode,
            "deployment": self.deployment,
        }
        return json.dumps(stored, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read a stored plan; its steps are built and checked again.

        Raises ``UsageError`` for a plan of another format, ``TaskInvalid`` for one whose steps
        this version does not know.
        """
        stored = json.loads(text)
        if stored.get("format") != FORMAT:
            raise UsageError("this plan was stored by another version of the runner")
        task = Task.model_validate(stored["document"])
        bindings = {slot: SecretRef(ref) for slot, ref in stored["bindings"].items()}
        plan = _plan(task.placed(task.name, Places()), bindings, stored["inputs"])
        mode, deployment = stored.get("mode", TEST), stored.get("deployment", "")
        return replace(plan, mode=mode, deployment=deployment)


def make_plan(bound: BoundTask) -> Plan:
    """Put the inputs in and check every step once more.

    Raises ``TaskInvalid`` for a step that its inputs made wrong, ``OriginRefused`` for an address
    at which a step would use a secret that is not meant for it.
    """
    check(bound.task)
    bindings = {slot: bound.cards[slot].ref for slot in bound.task.slots}
    plan = replace(_plan(bound.task, bindings, bound.inputs), mode=bound.mode)
    for step in plan.steps:
        _check_addresses(step, bound)
    return plan


def _plan(task: Task, bindings: Mapping[str, SecretRef], inputs: Mapping[str, Scalar]) -> Plan:
    words = {name: as_text(value) for name, value in inputs.items()}
    steps = build([substitute_all(step, words) for step in task.steps], task)
    named = {name: path.removeprefix("results.") for name, path in task.outputs.items()}
    every = [step.saves() for step in steps]
    return Plan(
        task_name=task.name,
        document=MappingProxyType(task.document()),
        inputs=MappingProxyType(dict(inputs)),
        bindings=MappingProxyType(dict(bindings)),
        slots=MappingProxyType(dict(task.slots)),
        steps=steps,
        outputs=MappingProxyType(named or {name: name for name in every if name is not None}),
    )


def _check_addresses(step: Step, bound: BoundTask) -> None:
    """Refuse an address outside the secret's list, where nothing else says where it is used.

    A slot that lists its origins has been compared with the secret already, and the address a
    step starts from may then be that of a site that sends people elsewhere to sign in.
    """
    for use in step.uses():
        card = bound.cards[use.slot]
        if use.address is None or bound.task.slots[use.slot].origins:
            continue
        origin = Origin.of_server(use.address)
        if not card.origins.allows(origin):
            raise refused(f"step “{step.title}” uses it at", str(origin), card)
