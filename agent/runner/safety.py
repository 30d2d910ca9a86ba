"""What a secret was used for, and what to do when it may be known to others."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.vault.audit import Act
from agent.vault.deployments import Deployments
from agent.vault.lockout import Freeze, Lockouts
from agent.vault.policy import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from agent.runner.house import House
    from agent.vault.secret import SecretCard

_USES = (Act.OPENED, Act.REVEALED, Act.CODE, Act.SHOWN, Act.SESSION_USED, Act.REJECTED)


@dataclass(frozen=True, slots=True)
class UseLine:
    """One use of a secret: when, by whom, what for, and where the value went."""

    at: str
    act: str
    outcome: str
    person: str
    run_id: str
    task: str
    origin: str
    version: int
    field: str


@dataclass(frozen=True, slots=True)
class Usage:
    """All uses of a secret that the audit knows, the oldest first."""

    card: SecretCard
    lines: tuple[UseLine, ...]

    def told(self, what: str) -> list[str]:
        """List one side of the uses without repeats: ``task``, ``run_id``, ``origin``, …."""
        return sorted({str(getattr(line, what)) for line in self.lines} - {"", "0"})


@dataclass(frozen=True, slots=True)
class Compromise:
    """What was done about a compromised secret, and what is left to a person."""

    frozen: tuple[SecretCard, ...]
    stopped: tuple[str, ...]
    dropped: tuple[str, ...]
    rotate: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Safety:
    """Use cases for the day something went wrong."""

    house: House

    def freezes(self, card: SecretCard) -> list[Freeze]:
        """List what freezes a secret now."""
        return Lockouts(self.house.vault.trail()).standing(card)

    def unfreeze(self, ref_or_name: str) -> tuple[SecretCard, int]:
        """Lift every freeze of a secret; gives how many there were."""
        card = self.house.card(ref_or_name)
        self.house.permit(Action.UNFREEZE, card)
        return card, Lockouts(self.house.vault.trail()).unfreeze(card)

    def last_used(self, cards: Sequence[SecretCard]) -> dict[str, str]:
        """Tell by id when each of these was last used by a run or seen by a person, if ever."""
        self.house.permit(Action.SEE)
        return self.house.vault.trail().last_uses([card.id for card in cards]) if cards else {}

    def usage(self, ref_or_name: str) -> Usage:
        """Tell which tasks, runs, origins and people used which version of a secret."""
        card = self.house.card(ref_or_name)
        self.house.permit(Action.USAGE, card)
        tasks = {run.id: run.task for run in self.house.store.list(_MANY)}
        rows = self.house.vault.trail().rows()
        mine = [row for row in rows if row["object"] == card.id and row["action"] in _USES]
        return Usage(card, tuple(_line(row, tasks) for row in mine))

    def compromised(self, ref_or_name: str) -> Compromise:
        """Freeze a secret and every copy of its values, drop their sessions, stop their runs.

        Says what was done, and what is to be rotated.
        """
        card = self.house.card(ref_or_name)
        self.house.permit(Action.FREEZE, card)
        cards = self._same_values(card)
        lockouts = Lockouts(self.house.vault.trail())
        gone = lockouts.compromised(*cards)
        names = {one.id: one.name for one in cards}
        dropped = [f"session of {names[ref]} at {at}" for ref, ats in gone.items() for at in ats]
        runs = self.house.runs_bound_to(*(one.id for one in cards))
        for run in runs:
            self.house.store.cancel(run.id)
        stopped = tuple(run.id for run in runs)
        return Compromise(tuple(cards), stopped, tuple(dropped), _to_rotate(cards))

    def _same_values(self, card: SecretCard) -> list[SecretCard]:
        """Find the copies of a test secret, and what a live one was copied from."""
        deployments = Deployments(self.house.vault)
        every = [
            (bound.source, bound.secret)
            for one in deployments.newest()
            for each in deployments.history(one.name)
            for bound in each.bindings.values()
            if bound.source
        ]
        linked = {card.id}
        for source, copy in every * 2:
            if linked & {source, copy}:
                linked |= {source, copy}
        there = {one.id: one for one in self.house.vault.cards()}
        return [card, *(there[each] for each in sorted(linked - {card.id}) if each in there)]


_MANY = 100_000


def _to_rotate(cards: list[SecretCard]) -> tuple[str, ...]:
    lines = []
    for card in cards:
        fields = ", ".join(card.fields)
        sites = ", ".join(card.origins.texts())
        lines.append(
            f"{card.name} ({card.mode}): change {fields} at {sites}, then "
            f"runner secrets rotate {card.id}"
        )
    return tuple(lines)


def _line(row: RowMapping, tasks: dict[str, str]) -> UseLine:
    detail = json.loads(row["detail"])
    return UseLine(
        row["at"],
        row["action"],
        row["outcome"],
        row["actor"],
        row["run_id"],
        tasks.get(row["run_id"], ""),
        row["origin"],
        int(detail.get("version", 0)),
        str(detail.get("field", "")),
    )
