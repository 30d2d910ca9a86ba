"""A plan: checked steps in order, with inputs put in and secrets only named."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from agent.errors import UsageError
from agent.planner.checking import build, check
from agent.tasks import Slot, Task
from agent.tasks.binding import is_covered, refused
from agent.tasks.inputs import as_text
from agent.tasks.placeholders import substitute
from agent.tasks.positions import Places
from agent.vault.origin import Origin, OriginPolicy
from agent.vault.policy import TEST
from agent.vault.secret import SecretRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.steps import Step
    from agent.tasks import BoundTask, Scalar

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Start:
    """Where a run begins that goes on with one that was interrupted; steps are counted from 0.

    ``of`` is that run's id, ``first`` the checkpoint, ``again`` how many steps from the top are
    done anew before it to be signed in; ``done`` are those that are never done again, and
    ``results`` what had been saved.
    """

    of: str
    first: int
    again: int = 0
    done: tuple[int, ...] = ()
    results: Mapping[str, Any] = field(default_factory=dict)

    def does(self, top: int) -> bool:
        """Tell whether a step is carried out."""
        return top not in self.done and (top >= self.first or top < self.again)


@dataclass(frozen=True, slots=True)
class Plan:
    """A task ready to be run; it can be stored, queued, shown and logged.

    ``document`` is the task as written, ``bindings`` maps each slot to the id of its secret,
    ``outputs`` maps each name of the run's result to the name a step saves it under. ``mode`` is
    the run's, and its secrets'; ``deployment`` the id of the one it was made from, or empty.
    ``folder`` is where the task's file was, if it was one; ``start`` is there for a run that goes
    on with another.
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
    folder: Path | None = None
    start: Start | None = None

    def needs_browser(self) -> bool:
        """Tell whether any step works in a page."""
        return any(step.needs_browser() for step in self.every())

    def allows_weaker(self) -> tuple[str, ...]:
        """List the promises that the task lets its browser be short of."""
        return tuple(self.document.get("browser", {}).get("allow_weaker", ()))

    def every(self) -> Iterator[Step]:
        """Walk over all steps, those inside steps too."""
        for step in self.steps:
            yield from step.every()

    def sites(self) -> dict[str, OriginPolicy]:
        """Say where the task means to use its slots; a slot that does not say is left out."""
        words = {name: as_text(value) for name, value in self.inputs.items()}
        return {
            name: OriginPolicy.parse([substitute(text, words) for text in slot.origins])
            for name, slot in self.slots.items()
            if slot.origins
        }

    def serial_key(self) -> str | None:
        """Give the key of the login that one run at a time may use; None where runs share it."""
        alone = [name for name, slot in self.slots.items() if slot.concurrency]
        return f"login:{self.bindings[alone[0]].id}" if alone else None

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
            "folder": str(self.folder or ""),
            "start": asdict(self.start) if self.start else None,
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
        folder, start = stored.get("folder"), stored.get("start")
        return replace(
            plan,
            mode=stored.get("mode", TEST),
            deployment=stored.get("deployment", ""),
            folder=Path(folder) if folder else None,
            start=Start(**start | {"done": tuple(start["done"])}) if start else None,
        )


def make_plan(bound: BoundTask) -> Plan:
    """Put the inputs in and check every step once more.

    Raises ``TaskInvalid`` for a step that its inputs made wrong, ``OriginRefused`` for an address
    at which a step would use a secret that is not meant for it.
    """
    check(bound.task)
    bindings = {slot: bound.cards[slot].ref for slot in bound.task.slots}
    plan = replace(
        _plan(bound.task, bindings, bound.inputs), mode=bound.mode, folder=_folder(bound.task)
    )
    for step in plan.every():
        _check_addresses(step, bound)
    return plan


def _plan(task: Task, bindings: Mapping[str, SecretRef], inputs: Mapping[str, Scalar]) -> Plan:
    words = {name: as_text(value) for name, value in inputs.items()}
    steps = build(task, words)
    named = {name: path.removeprefix("results.") for name, path in task.outputs.items()}
    every = [name for step in steps for name in _saved(step)]
    return Plan(
        task_name=task.name,
        document=MappingProxyType(task.document()),
        inputs=MappingProxyType(dict(inputs)),
        bindings=MappingProxyType(dict(bindings)),
        slots=MappingProxyType(dict(task.slots)),
        steps=steps,
        outputs=MappingProxyType(named or {name: name for name in every}),
    )


def _folder(task: Task) -> Path | None:
    """Give the folder of the task's file; of a task that was given as text there is none."""
    path = Path(task.source)
    return path.absolute().parent if task.places.text and path.is_file() else None


def _saved(step: Step) -> Iterator[str]:
    """List the results a step and those inside it save for the task."""
    name = step.saves()
    if name is not None:
        yield name
    if not step.keeps_results:
        for body in step.bodies.values():
            for inside in body:
                yield from _saved(inside)


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
    for name, site in step.meant_for():
        if not is_covered(site, bound.cards[name]):
            raise refused(
                f"step “{step.title}”: slot {name} is used there for", site, bound.cards[name]
            )
