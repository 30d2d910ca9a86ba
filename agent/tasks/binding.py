"""Give a task its secrets, by name, and its inputs, by value."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from agent.errors import OriginRefused, SecretUnfit, SlotUnbound, UsageError
from agent.tasks.inputs import Scalar, as_text
from agent.tasks.placeholders import did_you_mean, quoted, substitute
from agent.vault.modes import check_mode
from agent.vault.origin import OriginPolicy
from agent.vault.policy import TEST

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agent.tasks.slot import Slot
    from agent.tasks.task import Task
    from agent.vault.secret import SecretCard


_VAULT = "local"


@dataclass(frozen=True, slots=True)
class BoundTask:
    """A task whose slots and inputs are all filled. Holds cards of secrets, never a value."""

    task: Task
    cards: Mapping[str, SecretCard]
    inputs: Mapping[str, Scalar]
    mode: str = TEST

    def texts(self) -> dict[str, str]:
        """Give the inputs as they go into texts."""
        return {name: as_text(value) for name, value in self.inputs.items()}


def bind(
    task: Task,
    secrets: Mapping[str, SecretCard],
    inputs: Mapping[str, Scalar],
    mode: str = TEST,
) -> BoundTask:
    """Fill every slot and input of ``task``; ``inputs`` may be text, as a person types it.

    Raises ``UsageError`` for a slot or input the task does not have and for a value of the wrong
    kind, ``SlotUnbound`` naming every slot without a secret, ``SecretUnfit`` for a secret of the
    wrong type, of another mode or without a needed field, ``OriginRefused`` when the task means to
    use a secret on a site that is not on the secret's list.
    """
    fit(task, secrets)
    refuse_unknown("input", inputs, task.inputs)
    values = filled(task, inputs)
    bound = BoundTask(task, MappingProxyType(dict(secrets)), MappingProxyType(values), mode)
    for name, slot in task.slots.items():
        check_mode(name, secrets[name], mode)
        check_origins(name, slot, secrets[name], bound.texts())
    return bound


def fit(task: Task, secrets: Mapping[str, SecretCard]) -> None:
    """Check that every slot has a secret of its type with its fields, as ``bind`` does."""
    refuse_unknown("slot", secrets, task.slots)
    unbound = [name for name in task.slots if name not in secrets]
    if unbound:
        raise _unbound(task, unbound)
    for name, slot in task.slots.items():
        check_secret(name, slot, secrets[name])


def refuse_unknown(what: str, given: Collection[str], known: Collection[str]) -> None:
    """Raise ``UsageError`` for a name the task does not have; ``what`` is slot or input."""
    for name in given:
        if name not in known:
            guess = did_you_mean(name, known) or f"; it has no {what}s at all"
            raise UsageError(f"the task has no {what} {quoted(name)}{guess}")


def _unbound(task: Task, unbound: list[str]) -> SlotUnbound:
    kinds = ", ".join(f"{name} ({task.slots[name].type})" for name in unbound)
    options = " ".join(f"--bind {name}=SECRET" for name in unbound)
    several = "slots have" if len(unbound) > 1 else "slot has"
    return SlotUnbound(
        f"{len(unbound)} {several} no secret bound: {kinds}",
        hint=f"add {options}, SECRET being a secret's id or name; runner secrets list shows them",
    )


def filled(task: Task, given: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Give every input of a task its value. Raises ``UsageError`` naming all that are wrong."""
    values: dict[str, Scalar] = {}
    wrong: list[str] = []
    for name, wanted in task.inputs.items():
        if name not in given and wanted.is_required:
            wrong.append(f"input {name}: a value is needed; add --input {name}=…")
            continue
        try:
            values[name] = wanted.value(given.get(name))
        except ValueError as error:
            wrong.append(f"input {name}: {error}")
    if wrong:
        raise UsageError("\n".join(wrong))
    return values


def check_secret(name: str, slot: Slot, card: SecretCard) -> None:
    """Check that a secret has the type and fields of a slot. Raises ``SecretUnfit``."""
    if card.type != slot.type:
        raise SecretUnfit(
            f"slot {name} needs a secret of type {slot.type}, "
            f"and {quoted(card.name)} is of type {card.type}",
            hint=f"bind another secret, or make one: runner secrets add --type {slot.type}",
        )
    missing = [field for field in slot.needed if not card.has(field)]
    if not missing or (card.type == "json" and card.source != _VAULT):
        # What is in a document that is kept elsewhere is known when it is fetched.
        return
    if missing == ["totp"]:
        raise SecretUnfit(
            f"slot {name} needs one-time codes, and {quoted(card.name)} has no TOTP key",
            hint=f"give it one: runner secrets rotate {card.id}, or bind another secret",
        )
    raise SecretUnfit(
        f"slot {name} needs {', '.join(missing)}, and {quoted(card.name)} does not have it",
        hint=f"give it: runner secrets rotate {card.id}, or bind another secret",
    )


def check_origins(name: str, slot: Slot, card: SecretCard, inputs: Mapping[str, str]) -> None:
    """Check that a secret may go where its slot says.

    Raises ``OriginRefused``, or ``UsageError`` for an origin that its inputs made none.
    """
    for written in slot.origins:
        text = substitute(written, inputs)
        try:
            wanted = OriginPolicy.parse((text,))
        except UsageError as error:
            raise UsageError(
                f"slot {name}: origin {quoted(text)} is not usable: {error.message}",
                hint=error.hint,
            ) from None
        if not card.origins.covers(wanted):
            raise refused(f"slot {name} is for", wanted.texts()[0], card)


def is_covered(site: str, card: SecretCard) -> bool:
    """Tell whether a secret may go to a site that a task names; to one that is none it may not."""
    try:
        return card.origins.covers(OriginPolicy.parse((site,)))
    except UsageError:
        return False


def refused(use: str, origin: str, card: SecretCard) -> OriginRefused:
    """Make the error for a secret that would be used outside its own list."""
    return OriginRefused(
        f"{use} {origin}, which the secret {quoted(card.name)} does not allow",
        hint=f"it may be used on {', '.join(card.origins.texts())} only",
    )
