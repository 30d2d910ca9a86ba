"""Use cases of programs that drive a browser of their own, such as a suite of tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from agent.errors import SecretUnfit, UsageError
from agent.registry import Table
from agent.runner.handing_over import HandingOver
from agent.vault.admission import Admission
from agent.vault.policy import TEST, Action, Thing, check_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.planner import Plan
    from agent.runner.house import House
    from agent.vault.open import RunSecrets
    from agent.vault.secret import Secret

_HAND: Table[Any] = Table("agent.browser", {"fill": "borrowed:fill_borrowed"})
_SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class Lending:
    """Lends secrets, a hand that types them, and the session of a sign-in."""

    house: House

    def secrets(self, bindings: Mapping[str, str], mode: str = TEST) -> RunSecrets:
        """Open secrets (slot → id or name) until the caller closes them; audited as for a run.

        Raises ``SecretMissing`` naming the slot, ``SecretUnfit`` for another mode, and
        ``SecretFrozen``.
        """
        check_choice(mode)
        self.house.let(Action.RUN, Thing(self.house.actor.project, mode))
        cards = {slot: self.house.card_for(slot, ref) for slot, ref in bindings.items()}
        for card in cards.values():
            self.house.permit(Action.BIND, card)
        refs = {slot: card.ref for slot, card in cards.items()}
        return self.house.vault.open_for_run(refs, "", Admission(mode))

    def fill(self, locator: Any, secret: Secret, field: str, secrets: RunSecrets) -> None:
        """Type a field of a lent secret where ``locator`` of Playwright's synchronous API points.

        Checked as in a run: page, frames around, the form's target. Raises ``OriginRefused``,
        ``FillRefused``, ``SecretUnfit`` for a field the secret lacks, and ``SecretFrozen``.
        """
        if not secret.card.has(field):
            raise SecretUnfit(
                f"{secret.slot} has no {field}: its secret holds {', '.join(secret.card.fields)}"
            )
        _HAND["fill"](locator, secret, field, secrets)

    def up_to_sign_in(self, plan: Plan, take: Callable[[Mapping[str, Any]], None]) -> Plan:
        """Cut a plan after its last ``sign_in``; at its end ``take`` gets the storage state.

        Raises ``UsageError`` for a plan that signs in nowhere.
        """
        signs = [at for at, step in enumerate(plan.steps) if _signs_in(step)]
        if not signs:
            raise UsageError(
                f"the task {plan.task_name} has no sign_in step",
                hint="name a task that signs in: runner_task",
            )
        return replace(plan, steps=(*plan.steps[: signs[-1] + 1], HandingOver.to(take)))


def _signs_in(step: Any) -> bool:
    return any(one.type == _SIGN_IN for one in step.every())
