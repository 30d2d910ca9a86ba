"""Says how a step's use of a slot, or of a value, does not fit what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.tasks.paths import INPUTS, RESULTS, ValuePath
from agent.tasks.placeholders import did_you_mean, quoted
from agent.vault.secret_type import Use
from agent.vault.secret_types import SECRET_TYPES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from agent.planner.known import Known
    from agent.steps import SlotUse
    from agent.tasks import Slot

_CANNOT = {
    Use.FILL: "is not typed into a page",
    Use.HTTP: "is not sent by an http step",
    Use.SFTP: "does not open a file server",
    Use.CODE: "is not given to code",
}


def misfits(use: SlotUse, slot: Slot) -> Iterator[tuple[str | int, str]]:
    """Compare what a step asks of a slot with what the slot asks of its secret."""
    name = use.at[-1]
    if use.type is not None and slot.type != use.type:
        yield name, f"this step needs a slot of type {use.type}, and this one is of {slot.type}"
    elif use.field is not None and not _usable(use, slot):
        cannot = "makes no one-time codes" if _is_code(use) else _CANNOT[use.way]
        yield name, f"a secret of type {slot.type} {cannot}"
    elif use.field == "totp" and "totp" not in slot.needed:
        yield "field", f'slot {use.slot} does not say "totp": "required", so there may be no code'
    elif use.field is not None and not slot.offers(use.field):
        guess = did_you_mean(use.field, slot.needed)
        yield "field", f"slot {use.slot} has no such field{guess}"


def _usable(use: SlotUse, slot: Slot) -> bool:
    wanted = Use.TOTP if _is_code(use) else use.way
    return wanted in SECRET_TYPES[slot.type].uses


def _is_code(use: SlotUse) -> bool:
    """Tell a one-time code, which is typed into a page and goes nowhere else."""
    return use.field == "totp" and use.way is Use.FILL


def unknown_path(
    text: str, known: Known, saved: Collection[str], names: Collection[str]
) -> str | None:
    """Say what is wrong with a path: nothing of this name comes before the step."""
    shown = "${" + quoted(text)[1:-1] + "}"
    try:
        path = ValuePath.parse(text)
    except ValueError:
        path = ValuePath("", ())
    if path.first == RESULTS and path.parts:
        if str(path.parts[0]) in saved:
            return None
        guess = did_you_mean(str(path.parts[0]), saved)
        return f"no step before this one saves a result called {quoted(str(path.parts[0]))}{guess}"
    if path.first == INPUTS and path.parts:
        if str(path.parts[0]) in known.inputs:
            return None
        guess = did_you_mean(str(path.parts[0]), known.inputs)
        return f"no input is called {quoted(str(path.parts[0]))}{guess}"
    if path.first in names:
        return None
    also = f", ${{{names[0]}}}" if isinstance(names, tuple) and names else ""
    return (
        f"{shown} means nothing here; only ${{inputs.NAME}}, ${{results.NAME}}{also} do, "
        "and $${ stands for ${"
    )
