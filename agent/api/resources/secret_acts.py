"""What is done with one secret: shown, moved to other sites, frozen, taken away."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import Field

from agent.api.asking import Asked, door
from agent.api.problems import SaidNo
from agent.api.resources.secrets import Origins, SecretGiven, SecretId, one
from agent.api.shapes import Fields, Given, Listed, Name, Taken, Word
from agent.runner.house import Proof
from agent.vault.origin import OriginPolicy
from agent.vault.policy import TEST, Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.runner.keeping import Dependant

router = APIRouter(prefix="/secrets", tags=["secrets"])

SHOWN_FOR = 30
"""Seconds a page shows a value."""


class FieldWish(Taken):
    """Which field to show."""

    field: Word


class Revealed(Given):
    """A masked value: the one answer that has one in it. ``seconds`` is how long to show it."""

    field: str
    value: str
    seconds: int = SHOWN_FOR


class NewOrigins(Taken):
    """Where a secret may go; a restricted one needs its values again for more than before."""

    origins: Origins
    fields: Fields = Field(default_factory=dict)


class CodeGiven(Given):
    """A one-time code, and how many seconds it is still good."""

    code: str
    seconds: float


class DependantGiven(Given):
    """What would miss the secret."""

    kind: str
    name: str
    detail: str


class Dependants(Given):
    """What would miss the secret; ``seen`` goes back with the request to take it away."""

    items: list[DependantGiven]
    seen: str


class Confirmed(Taken):
    """The secret's name, typed, and the mark of the dependants that were shown."""

    confirm: Name
    seen: Word


class Use(Given):
    """One use of a secret."""

    at: str
    act: str
    outcome: str
    person: str
    run: str | None
    task: str | None
    origin: str | None
    version: int
    field: str | None


class Compromised(Given):
    """What was done: secrets frozen, runs stopped; and what a person has to do."""

    frozen: list[str]
    stopped: list[str]
    to_do: list[str]


class Unfrozen(Given):
    """How many freezes were lifted."""

    lifted: int = Field(ge=0)


@router.post("/{secret_id}/reveal", **door(Action.REVEAL))
def reveal(asked: Asked, secret_id: SecretId, wish: FieldWish) -> Revealed:
    """Show one field of a masked secret (stepped up); audited before, ten an hour."""
    value = asked.runner.keeping.show(secret_id, wish.field, Proof())
    return Revealed(field=wish.field, value=value)


@router.post("/{secret_id}/totp", **door(Action.TOTP))
def totp(asked: Asked, secret_id: SecretId) -> CodeGiven:
    """Make the current one-time code; no run gets the same one."""
    now = time.time()
    made = asked.runner.totp_code(secret_id, now=now)
    return CodeGiven(code=made.text, seconds=max(0.0, made.closes_at - now))


@router.put("/{secret_id}/origins", **door(Action.NARROW))
def origins(asked: Asked, secret_id: SecretId, new: NewOrigins) -> SecretGiven:
    """Change where a secret may go: changing that is as good as reading it."""
    proof = Proof(fields=new.fields or None)
    policy = OriginPolicy.parse(new.origins)
    return one(asked, asked.runner.keeping.change_origins(secret_id, policy, proof))


@router.get("/{secret_id}/usage", **door(Action.USAGE))
def usage(asked: Asked, secret_id: SecretId) -> Listed[Use]:
    """Tell which runs, people and sites used which version."""
    return Listed(
        items=[
            Use(
                at=line.at,
                act=line.act,
                outcome=line.outcome,
                person=line.person,
                run=line.run_id or None,
                task=line.task or None,
                origin=line.origin or None,
                version=line.version,
                field=line.field or None,
            )
            for line in asked.runner.safety.usage(secret_id).lines
        ]
    )


@router.post("/{secret_id}/freeze", **door(Action.FREEZE))
def freeze(asked: Asked, secret_id: SecretId) -> Compromised:
    """Freeze a secret that others may know, and its copies; stop their runs."""
    done = asked.runner.safety.compromised(secret_id)
    return Compromised(
        frozen=[card.id for card in done.frozen],
        stopped=list(done.stopped),
        to_do=list(done.rotate),
    )


@router.delete("/{secret_id}/freeze", **door(Action.UNFREEZE))
def unfreeze(asked: Asked, secret_id: SecretId) -> Unfrozen:
    """Lift every freeze of a secret."""
    return Unfrozen(lifted=asked.runner.safety.unfreeze(secret_id)[1])


@router.get("/{secret_id}/dependants", **door(Action.DELETE))
def dependants(asked: Asked, secret_id: SecretId) -> Dependants:
    """List what would miss a secret."""
    found = asked.runner.keeping.dependants(asked.runner.secret(secret_id))
    items = [DependantGiven(kind=d.kind, name=d.name, detail=d.detail) for d in found]
    return Dependants(items=items, seen=mark(found))


@router.delete("/{secret_id}", status_code=204, **door(Action.DELETE))
def delete(asked: Asked, secret_id: SecretId, confirmed: Confirmed) -> None:
    """Shred a test secret, or retire a live one, after its name was typed."""
    keeping, card = asked.runner.keeping, asked.runner.secret(secret_id)
    if mark(keeping.dependants(card)) != confirmed.seen:
        raise SaidNo(409, "dependants_changed", "look again at what depends on the secret")
    take = keeping.delete if card.mode == TEST else keeping.retire
    take(card.id, confirmed.confirm)


def mark(found: Sequence[Dependant]) -> str:
    """Give the mark of a list of dependants: another list has another one."""
    written = "\n".join(f"{d.kind}\t{d.name}\t{d.detail}" for d in found)
    return hashlib.sha256(written.encode()).hexdigest()[:16]
