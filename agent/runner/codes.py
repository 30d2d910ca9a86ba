"""Giving a waiting run a one-time code: what every door calls when a message has come."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.errors import UsageError
from agent.vault.outside_codes import OutsideCodes
from agent.vault.policy import TEST, Action, Thing, authorize

if TYPE_CHECKING:
    from agent.runner.house import House
    from agent.runs.run import Run


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes that come from outside."""

    house: House

    def push(self, run: str, code: str) -> Run:
        """Keep ``code``, sealed, for the run with this id (or its start), which takes it once.

        It is for those who may start such a run. Raises ``UsageError`` for what is no code, and
        for a run that has ended.
        """
        house = self.house
        house.permit(Action.SEE_RUNS)
        found = house.store.get(run)
        authorize(house.actor, Action.RUN, Thing(house.actor.project, _mode(found)))
        if found.state.ended:
            raise UsageError(
                f"run {found.id} has ended ({found.state.value}): it takes no code any more",
                hint="runner runs list shows the runs that go on",
            )
        OutsideCodes(house.vault.trail()).push(found.id, code)
        return found


def _mode(run: Run) -> str:
    return str(json.loads(run.params).get("mode", TEST))
