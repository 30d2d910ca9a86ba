"""Planning a run: a task, the secrets in its slots, its inputs; nothing is opened for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.errors import RunnerError, SecretMissing
from agent.planner import Plan, make_plan, unfit
from agent.runner.sourcing import Sourcing
from agent.tasks import bind
from agent.tasks.binding import refuse_unknown
from agent.vault.modes import check_mode
from agent.vault.policy import TEST, Action, check_choice

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agent.errors import Problem
    from agent.runner.house import House
    from agent.tasks import Scalar, Task
    from agent.vault.secret import SecretCard


@dataclass(frozen=True, slots=True)
class Planning:
    """Binds secrets to slots, for an actor who may."""

    house: House

    def plan(
        self,
        task: Task,
        bindings: Mapping[str, str],
        inputs: Mapping[str, Scalar],
        mode: str = TEST,
    ) -> Plan:
        """Bind a task's slots and check every step.

        Raises ``SecretMissing`` naming slot and secret, ``SecretUnfit`` for a secret of another
        mode, ``SecretFrozen``, and all that ``agent.tasks.bind`` raises.
        """
        return self.plan_with(task, self.cards(task, bindings, mode), inputs, mode)

    def cards(
        self, task: Task, bindings: Mapping[str, str], mode: str, given: Collection[str] = ()
    ) -> dict[str, SecretCard]:
        """Describe the secrets of a task's slots, but those that are ``given`` otherwise."""
        check_choice(mode)
        refuse_unknown("slot", bindings, task.slots)
        cards = {slot: self.bindable(slot, ref, mode) for slot, ref in bindings.items()}
        filled = {*bindings, *given}
        return cards | Sourcing(self.house).cards(task.slots, filled, mode)

    def plan_with(
        self,
        task: Task,
        cards: Mapping[str, SecretCard],
        inputs: Mapping[str, Scalar],
        mode: str,
    ) -> Plan:
        """Fill a task's slots with secrets that were found already; raises as ``plan`` does."""
        plan = make_plan(bind(task, cards, inputs, mode))
        self.house.check_frozen(plan)
        return plan

    def unfit(
        self, task: Task, bindings: Mapping[str, str], inputs: Mapping[str, str], mode: str
    ) -> tuple[Problem, ...]:
        """Find what would keep a task from being run with these secrets."""
        check_choice(mode)
        cards: dict[str, SecretCard | RunnerError] = {}
        for slot, ref in bindings.items():
            try:
                cards[slot] = self.bindable(slot, ref, mode)
                check_mode(slot, self.bindable(slot, ref, mode), mode)
            except RunnerError as error:
                cards[slot] = error
        return unfit(task, cards, inputs)

    def bindable(self, slot: str, ref: str, mode: str) -> SecretCard:
        """Describe a secret the actor may bind. Raises ``SecretMissing``, ``NotAllowed``."""
        card = self.house.card_for(slot, ref)
        if card.mode != mode and ref != card.id:
            card = self._in_mode(card, mode)
        self.house.permit(Action.BIND, card)
        return card

    def _in_mode(self, card: SecretCard, mode: str) -> SecretCard:
        """Give the secret of the same name in the run's mode, if there is one."""
        try:
            return self.house.vault.card(card.name, mode)
        except SecretMissing:
            return card
