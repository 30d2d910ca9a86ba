"""Says in plain words what a task will do, which sites it touches, and where its secrets go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.errors import UsageError
from agent.planner.checking import build, check
from agent.planner.standing import numbered
from agent.tasks.inputs import as_text
from agent.tasks.placeholders import filled, quoted
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agent.steps import Step
    from agent.tasks import Scalar, Slot, Task

ELSEWHERE = "an address that is known only while it runs"
OWN_LIST = "wherever the secret's own list allows"


@dataclass(frozen=True, slots=True)
class SlotLine:
    """One slot: what it needs, where it goes, and the numbers of the steps that use it."""

    name: str
    needs: str
    sites: tuple[str, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InputLine:
    """One input and what it is without being given: a text, or ``None`` where it must be given."""

    name: str
    type: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A task in words; ``steps`` and ``sites`` come with numbers like ``3.2``.

    ``cautions`` are what a careful person looks at first.
    """

    name: str
    description: str
    steps: tuple[tuple[str, str], ...]
    sites: Mapping[str, tuple[str, ...]]
    slots: tuple[SlotLine, ...]
    inputs: tuple[InputLine, ...]
    outputs: tuple[str, ...]
    cautions: tuple[str, ...]


def explain(task: Task, inputs: Mapping[str, str]) -> Explanation:
    """Explain a task with these inputs, or as far as it is known without them.

    Raises ``TaskInvalid`` as ``check`` does, ``UsageError`` for an input it does not have.
    """
    check(task)
    values = dict(_values(task, inputs))
    steps = list(numbered(build(task, {name: as_text(v) for name, v in values.items()})))
    sites: dict[str, list[str]] = {}
    for at, step in steps:
        for site in _sites(step):
            sites.setdefault(site, []).append(at)
    outputs = tuple(task.outputs) or tuple(
        dict.fromkeys(name for _, step in steps if (name := step.saves()))
    )
    return Explanation(
        name=task.name,
        description=task.description,
        steps=tuple((at, step.title) for at, step in steps),
        sites={site: tuple(where) for site, where in sites.items()},
        slots=tuple(_slots(task, steps, values)),
        inputs=tuple(_inputs(task, values)),
        outputs=outputs,
        cautions=tuple(_cautions([step for _, step in steps])),
    )


def _values(task: Task, given: Mapping[str, str]) -> Iterator[tuple[str, Scalar]]:
    for name in given:
        if name not in task.inputs:
            raise UsageError(f"the task has no input {quoted(name)}")
    for name, wanted in task.inputs.items():
        if name in given or not wanted.is_required:
            try:
                yield name, wanted.value(given.get(name))
            except ValueError as error:
                raise UsageError(f"input {name}: {error}") from None


def _sites(step: Step) -> Iterator[str]:
    address = getattr(step, "url", None)
    if not isinstance(address, str):
        return
    try:
        yield str(Origin.parse(address))
    except UsageError:
        # What wait_for and expect compare with is no address; one with a value in it is.
        if "${" in address.partition("//")[2].partition("/")[0] or address.startswith("${"):
            yield ELSEWHERE


def _slots(
    task: Task, steps: Sequence[tuple[str, Step]], values: Mapping[str, Scalar]
) -> Iterator[SlotLine]:
    for name, slot in task.slots.items():
        used = [(at, use) for at, step in steps for use in step.uses() if use.slot == name]
        sites = [filled(text, lambda path: _text(values, path)) for text in slot.origins] or [
            _site(use.address) for _, use in used if use.address
        ]
        yield SlotLine(
            name,
            _needs(slot),
            tuple(dict.fromkeys(sites)) or (OWN_LIST,),
            tuple(dict.fromkeys(at for at, _ in used)),
        )


def _text(values: Mapping[str, Scalar], path: str) -> str | None:
    name = path.removeprefix("inputs.")
    return as_text(values[name]) if name in values else None


def _site(address: str) -> str:
    try:
        return str(Origin.parse(address))
    except UsageError:
        return ELSEWHERE


def _needs(slot: Slot) -> str:
    fields = ["one-time codes" if field == "totp" else field for field in slot.needed]
    return f"{slot.type}: {', '.join(fields)}"


def _inputs(task: Task, values: Mapping[str, Scalar]) -> Iterator[InputLine]:
    for name, wanted in task.inputs.items():
        value = as_text(values[name]) if name in values else None
        yield InputLine(name, wanted.type, value)


def _cautions(steps: Sequence[Step]) -> Iterator[str]:
    kinds = {step.type for step in steps}
    for kind, words in _CAUTIONS.items():
        if kind in kinds:
            yield words
    if any(step.once for step in steps):
        yield "some of its steps must not be done twice"


_CAUTIONS = {
    "evaluate": "it runs scripts of its own in the page, which are given no secret",
    "code": "it runs Python of its own, only with --allow-code",
    "upload": "it sends files that are beside it",
    "pause": "it waits for a person at the browser: --headed",
    "include": "it does what other task files say; their steps are listed here",
}
