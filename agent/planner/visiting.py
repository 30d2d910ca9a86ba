"""Where a plan goes: the sites it is known to act at before it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import UsageError
from agent.vault.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.planner.plan import Plan


def sites_of(plan: Plan) -> tuple[str, ...]:
    """Give the origins that the plan's slots and steps name, sorted.

    An address that is only known while the run goes on is not among them.
    """
    return tuple(sorted({str(origin) for origin in _origins(plan)}))


def _origins(plan: Plan) -> Iterator[Origin]:
    for policy in plan.sites().values():
        yield from (rule.origin for rule in policy.rules if rule.match == "exact")
    for step in plan.every():
        named = (use.address for use in step.uses())
        for address in (*step.visits(), *(one for one in named if one is not None)):
            try:
                yield Origin.of_server(address)
            except UsageError:
                continue
