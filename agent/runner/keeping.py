"""Changing where secrets may go, taking them away, and showing a masked one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.errors import UsageError
from agent.runner.house import NOTHING, House, Proof, bound_in, require_name
from agent.vault.deployments import Deployments
from agent.vault.disclosure import disclose
from agent.vault.policy import LIVE, TEST, Action, Decision
from agent.vault.providers import LOCAL
from agent.vault.sourcing.proving import prove_values

if TYPE_CHECKING:
    from agent.vault.origin import OriginPolicy
    from agent.vault.secret import SecretCard


@dataclass(frozen=True, slots=True)
class Dependant:
    """One thing that would miss a secret: a run, a task or a deployment, in words."""

    kind: str
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Keeping:
    """Use cases of people who keep secrets."""

    house: House

    def show(self, ref_or_name: str, field: str, proof: Proof) -> str:
        """Give one field of a masked secret to show it; audited before.

        Raises ``NotAllowed`` for a restricted secret, for a role that may not, without the
        step-up, and after ten in an hour; ``SecretFrozen``.
        """
        card = self.house.card(ref_or_name)
        self.house.permit(Action.REVEAL, card, Decision.STEP_UP)
        self.house.step_up(card, proof)
        return disclose(self.house.vault, card, field)

    def wanted_for_origins(self, card: SecretCard, origins: OriginPolicy) -> Decision:
        """Say what a change of origins asks for: nothing, a step-up, or the values again."""
        if card.origins.covers(origins):
            return Decision.ALLOW
        every = (Decision.STEP_UP, Decision.VALUE)
        return self.house.permit(Action.WIDEN, card, *every)

    def change_origins(
        self, ref_or_name: str, origins: OriginPolicy, proof: Proof = NOTHING
    ) -> SecretCard:
        """Let a secret go to other origins: changing that is as good as reading it.

        Fewer need nothing more. More need the values again of a restricted secret
        (``proof.fields``) and a step-up of a masked one; values that are kept elsewhere are
        compared with what is there. Raises ``NotAllowed`` and ``SourceFailed``.
        """
        house, card = self.house, self.house.card(ref_or_name)
        wanted = self.wanted_for_origins(card, origins)
        if wanted is Decision.ALLOW:
            house.permit(Action.NARROW, card)
            return house.vault.narrow(card.id, origins)
        if wanted is Decision.STEP_UP:
            house.permit(Action.WIDEN, card, house.step_up(card, proof))
            return house.vault.widen(card.id, origins)
        house.permit(Action.WIDEN, card, *([Decision.VALUE] if proof.fields else []))
        if card.source != LOCAL:
            prove_values(house.vault, card, proof.fields or {})
            return house.vault.widen(card.id, origins, proven=True)
        return house.vault.rotate(card.id, proof.fields or {}, origins=origins)

    def dependants(self, card: SecretCard) -> list[Dependant]:
        """List what would miss a secret that is taken away: runs, deployments, tasks."""
        house = self.house
        act = Action.DELETE if card.mode == TEST else Action.RETIRE
        house.permit(act, card, Decision.NAME)
        active = house.runs_bound_to(card.id)
        found = [Dependant("run", run.id, f"{run.task}, {run.state.value}") for run in active]
        deployments = Deployments(house.vault)
        deployed = [(one, "bound to it") for one in deployments.using(card.id)]
        deployed += [(one, "has a copy") for one, _ in deployments.copied_from(card.id)]
        found += [
            Dependant("deployment", one.name, f"number {one.number}, {how}")
            for one, how in deployed
        ]
        ended = [run for run in house.store.list(_MANY) if card.id in bound_in(run)]
        for task in sorted({run.task for run in ended} - {run.task for run in active}):
            count = sum(run.task == task for run in ended)
            found.append(Dependant("task", task, f"{count} run{'s' * (count != 1)} so far"))
        return found

    def delete(self, ref_or_name: str, typed: str) -> SecretCard:
        """Shred a test secret whose name was typed to confirm it."""
        card = self.house.card(ref_or_name, TEST)
        _right_way(card, TEST)
        self.house.permit(Action.DELETE, card, require_name(card, typed))
        return self.house.vault.delete(card.id)

    def retire(self, ref_or_name: str, typed: str) -> SecretCard:
        """Take a live secret, whose name was typed to confirm it, out of use for good."""
        card = self.house.card(ref_or_name, LIVE)
        _right_way(card, LIVE)
        self.house.permit(Action.RETIRE, card, require_name(card, typed))
        return self.house.vault.retire(card.id)


_MANY = 100_000


def _right_way(card: SecretCard, mode: str) -> None:
    if card.mode != mode:
        raise UsageError(
            f"the secret {card.name} is a {card.mode} one",
            hint="test secrets are deleted (runner secrets delete), live ones are retired "
            "(runner secrets retire)",
        )
