"""``runner explain``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.lazy import QuietCommand
from agent.cli.options import as_json, pairs
from agent.cli.parts import PARTS
from agent.cli.speech import document, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.planner import Explanation


@click.command(cls=QuietCommand)
@click.argument("task", type=click.Path(path_type=Path))
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Explain it with this input; repeat for more.",
)
@as_json
def explain(task: Path, inputs: tuple[str, ...], *, as_json: bool) -> None:
    """Say in plain words what a task will do.

    Tells its steps in order, the sites it touches, and for each slot which secret it needs and
    where that goes. Nothing is run, and no secret is needed.
    """
    values = pairs("--input", "NAME=VALUE", inputs)
    explanation = PARTS["explain"](PARTS["read_task"](task), values)
    if as_json:
        document(asdict(explanation))
    else:
        tell("\n".join(_lines(explanation)))


def _lines(task: Explanation) -> Iterator[str]:
    yield task.name
    if task.description:
        yield task.description
    yield "\nIt does this, in order:"
    for at, title in task.steps:
        yield f"  {'   ' * at.count('.')}{at:<4} {title}"
    yield from _places(task)
    if task.inputs:
        yield "\nIt takes these inputs:"
    for one in task.inputs:
        value = "must be given" if one.value is None else f"{one.value!r}"
        yield f"  {one.name}  {one.type}: {value}"
    yield f"\nIt gives back: {', '.join(task.outputs) or 'nothing'}"
    for caution in task.cautions:
        yield f"Note: {caution}."


def _places(task: Explanation) -> Iterator[str]:
    """Say where it goes, and which secret goes with it."""
    yield "\nIt opens these sites:"
    for site, steps in task.sites.items():
        yield f"  {site}  ({_steps(steps)})"
    if not task.sites:
        yield "  none"
    yield "\nIt needs these secrets:"
    for slot in task.slots:
        used = _steps(slot.steps) if slot.steps else "used by no step"
        yield f"  {slot.name}  {slot.needs}"
        yield f"      goes to {', '.join(slot.sites)}; {used}"
    if not task.slots:
        yield "  none"


def _steps(numbers: tuple[str, ...]) -> str:
    return f"step{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"
