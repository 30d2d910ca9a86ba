"""What every use case stands on: the vault, the runs, and who asks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.errors import NotAllowed, SecretMissing, UsageError
from agent.vault.given import is_given
from agent.vault.lockout import Lockouts
from agent.vault.policy import ALONE, Action, Actor, Decision, Thing, authorize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.planner import Plan
    from agent.runs.run import Run
    from agent.runs.store import RunStore
    from agent.vault.secret import SecretCard
    from agent.vault.store import Vault


@dataclass(frozen=True, slots=True)
class Proof:
    """What a person gives with a request that asks for more than a role.

    ``typed`` is the secret's name as typed again, or asks for it when it is needed; ``fields`` are
    its values, entered again.
    """

    typed: str | Callable[[], str] = ""
    fields: Mapping[str, str] | None = None


NOTHING = Proof()


def taken_as_said() -> None:
    """Prove nothing: the actor was made by the program itself."""


@dataclass(frozen=True, slots=True)
class House:
    """The vault, the runs, and who asks; every use case begins with ``permit``.

    ``prove`` makes sure that the actor's role is the one the vault wrote down, where it is open.
    ``presence`` makes sure that the person is there, where a door has its own way to know.
    """

    vault: Vault
    store: RunStore
    actor: Actor = ALONE
    prove: Callable[[], None] = taken_as_said
    presence: Callable[[], None] | None = None

    def permit(self, action: Action, card: SecretCard | None = None, *given: Decision) -> Decision:
        """Let the actor do something with a secret, or in the project. Raises ``NotAllowed``."""
        project = self.actor.project
        whole = Thing(project, self.actor.mode)
        thing = whole if card is None else Thing.of(card, project)
        return self.let(action, thing, *given)

    def let(self, action: Action, thing: Thing, *given: Decision) -> Decision:
        """Let the actor do something with a thing that is no secret yet, or no secret at all."""
        decision = authorize(self.actor, action, thing, frozenset(given))
        self.prove()
        return decision

    def card(self, ref_or_name: str, mode: str | None = None) -> SecretCard:
        """Describe a secret the actor may see. Raises ``SecretMissing``."""
        self.permit(Action.SEE)
        card = self.vault.card(ref_or_name, mode)
        self.permit(Action.SEE, card)
        return card

    def check_frozen(self, plan: Plan) -> None:
        """Raise ``SecretFrozen`` when a bound secret is frozen where the plan means to use it."""
        sites = plan.sites()
        kept = {slot: ref for slot, ref in plan.bindings.items() if not is_given(ref.id)}
        for slot, ref in kept.items():
            card = self.vault.card(ref.id)
            Lockouts(self.vault.trail()).check(card, sites.get(slot))

    def step_up(self, card: SecretCard, proof: Proof) -> Decision:
        """Make sure a person is there: the passphrase again, or else the secret's name typed.

        Raises ``WrongKey`` for another passphrase, ``NotAllowed`` for another name, and what the
        door's own way raises.
        """
        if self.presence is not None:
            self.presence()
            return Decision.STEP_UP
        if self.vault.unlock_again():
            return Decision.STEP_UP
        typed = proof.typed() if callable(proof.typed) else proof.typed
        if typed != card.name:
            raise NotAllowed(
                f"{card.name}: only after its name was typed to confirm it",
                hint="type the secret's name exactly as runner secrets list shows it",
            )
        return Decision.STEP_UP

    def card_for(self, slot: str, ref_or_name: str) -> SecretCard:
        """Describe the secret meant for a slot. Raises ``SecretMissing``, which names the slot."""
        try:
            return self.vault.card(ref_or_name)
        except SecretMissing as error:
            raise SecretMissing(f"slot {slot}: {error.message}", hint=error.hint) from None

    def runs_bound_to(self, *ids: str) -> list[Run]:
        """List the queued and running runs that use one of these secrets."""
        return [run for run in self.store.active() if bound_in(run) & set(ids)]


def bound_in(run: Run) -> frozenset[str]:
    """Give the ids of the secrets a run is bound to."""
    return frozenset(bindings_of(run).values())


def bindings_of(run: Run) -> dict[str, str]:
    """Give the id of the secret in each slot of a run; what was given for it alone is left out."""
    return bindings_and_given(run)[0]


def given_in(run: Run) -> list[str]:
    """Name the slots whose values were given for this run alone."""
    return bindings_and_given(run)[1]


def bindings_and_given(run: Run) -> tuple[dict[str, str], list[str]]:
    """Give ``bindings_of`` and ``given_in`` at once: a plan that is long is read once."""
    bound = _bindings(run)
    given = [slot for slot, ref in bound.items() if is_given(ref)]
    return {slot: ref for slot, ref in bound.items() if slot not in given}, given


def refuse_given(run: Run) -> None:
    """Refuse to place a run once more whose values were for that run alone (``UsageError``)."""
    if slots := given_in(run):
        raise UsageError(
            f"the values of {', '.join(slots)} were given for run {run.id} alone and are gone",
            hint="place a new run with the values, or with a stored secret",
        )


def _bindings(run: Run) -> dict[str, str]:
    try:
        return dict(json.loads(run.params)["bindings"].items())
    except (ValueError, KeyError, AttributeError, TypeError):
        return {}


def inputs_of(run: Run) -> dict[str, Any]:
    """Give the inputs a run was placed with."""
    try:
        return dict(json.loads(run.params)["inputs"].items())
    except (ValueError, KeyError, AttributeError, TypeError):
        return {}


def require_name(card: SecretCard, typed: str) -> Decision:
    """Check a typed confirmation. Raises ``UsageError`` for another name."""
    if typed not in (card.name, card.id):
        raise UsageError(
            f"the name typed to confirm it is not {card.name}", hint=f"--confirm “{card.name}”"
        )
    return Decision.NAME
