"""Finds what would keep a task from being run with these secrets and inputs, each with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import Problem, RunnerError, UsageError
from agent.planner.checking import build
from agent.planner.standing import line_of, numbered
from agent.tasks.binding import check_origins, check_secret, is_covered
from agent.tasks.inputs import as_text
from agent.tasks.placeholders import did_you_mean, quoted
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.steps import Step
    from agent.tasks import Task
    from agent.vault.secret import SecretCard

    Cards = Mapping[str, SecretCard | RunnerError]


def unfit(task: Task, cards: Cards, inputs: Mapping[str, str]) -> tuple[Problem, ...]:
    """List the problems of a valid task.

    ``cards`` has, for a slot, its secret or why there is none; a slot that is not in it is unbound.
    """
    texts, problems = _texts(task, inputs)
    for name in cards:
        if name not in task.slots:
            told = f"the task has no slot {quoted(name)}{did_you_mean(name, task.slots)}"
            problems.append(task.problem(("slots",), told))
    problems += [one for name in task.slots for one in _of_slot(task, name, cards, texts)]
    return (*problems, *_of_steps(task, cards, texts))


def _texts(task: Task, given: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for name in given:
        if name not in task.inputs:
            told = f"the task has no input {quoted(name)}{did_you_mean(name, task.inputs)}"
            problems.append(task.problem(("inputs",), told))
    for name, wanted in task.inputs.items():
        try:
            if name not in given and wanted.is_required:
                raise ValueError(f"a value is needed: --input {name}=…")
            texts[name] = as_text(wanted.value(given.get(name)))
        except ValueError as error:
            problems.append(task.problem(("inputs", name), str(error), at_key=True))
    return texts, problems


def _of_slot(task: Task, name: str, cards: Cards, texts: Mapping[str, str]) -> Iterator[Problem]:
    slot, card = task.slots[name], cards.get(name)
    if card is None:
        told = f"no secret is bound to this slot: --bind {name}=SECRET"
        yield task.problem(("slots", name), told, at_key=True)
        return
    if isinstance(card, RunnerError):
        yield task.problem(("slots", name), card.message, at_key=True)
        return
    try:
        check_secret(name, slot, card)
    except RunnerError as error:
        yield task.problem(("slots", name), error.message, at_key=True)
    for place, origin in enumerate(slot.origins):
        try:
            one = slot.model_copy(update={"origins": (origin,)})
            check_origins(name, one, card, texts)
        except KeyError:
            continue  # an input that is missing; told above
        except RunnerError as error:
            hint = f"; {error.hint}" if error.hint else ""
            yield task.problem(("slots", name, "origins", place), f"{error.message}{hint}")


def _of_steps(task: Task, cards: Cards, texts: Mapping[str, str]) -> Iterator[Problem]:
    """Find addresses outside a secret's list, where no slot says that it goes elsewhere."""
    for at, step in numbered(build(task, texts)):
        yield from _of_included(task, at, step, cards)
        for use in step.uses():
            card, slot = cards.get(use.slot), task.slots.get(use.slot)
            if use.address is None or slot is None or slot.origins:
                continue
            if card is None or isinstance(card, RunnerError):
                continue
            try:
                origin = Origin.parse(use.address)
            except UsageError:
                continue  # known only while it runs
            if not card.origins.allows(origin):
                told = f"{origin} is not on the list of the secret {quoted(card.name)}"
                yield _at_step(task, at, told)


def _of_included(task: Task, at: str, step: Step, cards: Cards) -> Iterator[Problem]:
    for name, site in step.meant_for():
        card = cards.get(name)
        if card is None or isinstance(card, RunnerError) or is_covered(site, card):
            continue
        told = f"slot {name} is used there for {site}, which is not on the list of the secret"
        yield _at_step(task, at, f"{told} {quoted(card.name)}")


def _at_step(task: Task, at: str, told: str) -> Problem:
    return Problem(f"step {at}", told, line_of(task, at), 1)
