"""Live deployments: proposed as a difference first, then made, then run as they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import SlotUnbound, UsageError
from agent.planner import Plan, make_plan, read_task
from agent.runner.bringing import check_fixed
from agent.runner.sourcing import Sourcing
from agent.tasks import Task, bind
from agent.tasks.binding import fit
from agent.vault.deployments import Deployment, Deployments, Proposal, digest_of, taken
from agent.vault.policy import LIVE, TEST, Action

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agent.runner.house import House
    from agent.vault.secret import SecretCard


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks to deploy; ``copies`` are names or ids of the test secrets to copy.

    The task is the file at ``path``, or a stored one, by its id or name.
    """

    path: Path | str
    bindings: Mapping[str, str]
    copies: Collection[str] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Deploying:
    """Use cases of live deployments."""

    house: House

    def candidates(self, wish: Wish) -> list[SecretCard]:
        """List the bound test secrets that have no live secret of their name yet."""
        self.house.permit(Action.DEPLOY)
        live = {card.name.casefold() for card in self._live()}
        wish = self._whole(wish, self._task(wish)[0])
        cards = [self._card(ref, TEST) for ref in wish.bindings.values()]
        fresh = [c for c in cards if c and c.mode == TEST and c.name.casefold() not in live]
        return list({card.id: card for card in fresh}.values())

    def propose(self, wish: Wish) -> Proposal:
        """Check what is asked and say what it would change; nothing is made.

        Each slot gets a copy of a chosen test secret or a live secret that is there. Raises
        ``SlotUnbound`` for a test secret that was not chosen, ``UsageError`` for a chosen one that
        no slot uses or whose live name is taken, and all that binding raises.
        """
        self.house.permit(Action.DEPLOY)
        task, source = self._task(wish)
        check_fixed(task.document())
        wish = self._whole(wish, task)
        chosen = {self.house.card(ref, TEST).id for ref in wish.copies}
        copies, live = self._sorted(wish, chosen)
        unused = chosen - {card.id for card in copies.values()}
        if unused:
            raise UsageError("a secret of --copy-secret is not bound to any slot", hint="--bind")
        fit(task, {**copies, **live})
        for card in (*copies.values(), *live.values()):
            self.house.permit(Action.DEPLOY, card)
        there = {card.name.casefold() for card in self._live()}
        for card in copies.values():
            if card.name.casefold() in there:
                raise taken(card.name)
        name = wish.name or task.name
        return Proposal(name, task.document(), source, copies, live, self._before(name))

    def deploy(self, proposal: Proposal) -> Deployment:
        """Make the proposed deployment, copies and all, or nothing."""
        self.house.permit(Action.DEPLOY)
        for card in proposal.copies.values():
            self.house.permit(Action.DEPLOY, card)
        now = self._before(proposal.name)
        if (now.id if now else "") != (proposal.before.id if proposal.before else ""):
            raise UsageError(
                f"{proposal.name} was deployed by someone else meanwhile",
                hint="look at the difference again: runner deploy",
            )
        return Deployments(self.house.vault).make(proposal)

    def newest(self) -> list[Deployment]:
        """List the newest deployment of each name."""
        self.house.permit(Action.SEE)
        return Deployments(self.house.vault).newest()

    def history(self, name: str) -> list[Deployment]:
        """List all deployments of a name, the oldest first. Raises ``UsageError`` for none."""
        self.house.permit(Action.SEE)
        deployments = Deployments(self.house.vault)
        return deployments.history(deployments.find(name).name)

    def plan(self, name: str, path: Path | None, inputs: Mapping[str, str]) -> Plan:
        """Plan a live run of a deployment: its task as it was, its secrets.

        Raises ``UsageError`` when the task file (``path``, or the one it was deployed from where
        it is still there) is not the deployed one any more.
        """
        self.house.permit(Action.RUN)
        deployment = Deployments(self.house.vault).find(name)
        task = Task.model_validate(dict(deployment.document))
        check_fixed(task.document())
        file = path or _source(deployment)
        if file is not None and digest_of(read_task(file).document()) != deployment.digest:
            raise UsageError(
                f"{file} is not the task that was deployed as {deployment.name} on "
                f"{deployment.created_at}",
                hint="deploy again: runner deploy shows what changed",
            )
        cards = {
            slot: self.house.card_for(slot, bound.secret)
            for slot, bound in deployment.bindings.items()
        }
        plan = make_plan(bind(task, cards, inputs, LIVE))
        self.house.check_frozen(plan)
        # Code in a file is run by its digest; no other file is taken from there.
        folder = file.absolute().parent if file is not None else None
        return replace(plan, deployment=deployment.id, folder=folder)

    def _task(self, wish: Wish) -> tuple[Task, str]:
        """Read the task, and say where it is from: a file's path, or nothing for a stored one."""
        if isinstance(wish.path, Path):
            return read_task(wish.path), str(wish.path.absolute())
        stored = self.house.store.tasks.get(wish.path)
        return Task.model_validate(dict(stored.document)), ""

    def _before(self, name: str) -> Deployment | None:
        found = [one for one in Deployments(self.house.vault).newest() if one.name == name]
        return found[0] if found else None

    def _whole(self, wish: Wish, task: Task) -> Wish:
        """Bind the slots that say themselves where their value is, as a test run does."""
        cards = Sourcing(self.house).cards(task.slots, wish.bindings.keys(), TEST)
        named = {slot: card.name for slot, card in cards.items()}
        return replace(wish, bindings={**named, **wish.bindings})

    def _sorted(
        self, wish: Wish, chosen: Collection[str]
    ) -> tuple[dict[str, SecretCard], dict[str, SecretCard]]:
        copies: dict[str, SecretCard] = {}
        live: dict[str, SecretCard] = {}
        for slot, ref in wish.bindings.items():
            test, lived = self._card(ref, TEST), self._card(ref, LIVE)
            if test is not None and test.id in chosen:
                copies[slot] = test
            elif lived is not None:
                live[slot] = lived
            elif test is not None:
                raise SlotUnbound(
                    f"slot {slot}: {test.name} is a test secret and there is no live one of it",
                    hint=f"choose it to be copied: --copy-secret “{test.name}”",
                )
            else:
                self.house.card(ref)
        return copies, live

    def _card(self, ref: str, mode: str) -> SecretCard | None:
        wanted = ref.casefold()
        found = [
            card
            for card in self.house.vault.cards()
            if card.mode == mode and wanted in (card.id, card.name.casefold())
        ]
        return found[0] if found else None

    def _live(self) -> list[SecretCard]:
        return [card for card in self.house.vault.cards() if card.mode == LIVE]


def _source(deployment: Deployment) -> Path | None:
    path = Path(deployment.source)
    return path if deployment.source and path.is_file() else None
