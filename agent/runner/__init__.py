"""The use cases. Every door (command line, API, MCP) calls only this.

Each asks ``agent.vault.policy`` first whether the actor may. What is here is what everyone uses;
the rest stands beside it: ``keeping``, ``deploying``, ``safety``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.errors import EnvironmentUnfit, UsageError
from agent.planner import Plan, read_task
from agent.planner.visiting import sites_of
from agent.runner.bringing import require_walls, with_code
from agent.runner.house import House, taken_as_said
from agent.runner.keys import Keys
from agent.runner.left import Left
from agent.runner.membership import Membership
from agent.runner.planning import Planning
from agent.runner.rooms import Rooms
from agent.runs.run import HERE, Terms
from agent.runs.watcher import NobodyWatches
from agent.runs.whereabouts import sites_text
from agent.vault.declarations import apply
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.policy import ALONE, TEST, Action, Actor, Thing, check_choice
from agent.vault.shown_codes import Code, code_for_person

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from agent.errors import Problem
    from agent.executors.executor import Executor
    from agent.runner.keys import Chest
    from agent.runs.options import RunOptions
    from agent.runs.report import Report
    from agent.runs.run import Run
    from agent.runs.shelf import Shelf
    from agent.runs.store import RunStore
    from agent.runs.watcher import Watcher
    from agent.tasks import Task
    from agent.vault.declarations import Applied
    from agent.vault.people import People
    from agent.vault.secret import SecretCard
    from agent.vault.store import Vault


@dataclass(frozen=True, slots=True)
class Check:
    """One line of ``runner doctor``: ``ok`` is false only where a run would fail."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Runner(Rooms):
    """Plan, submit, report, and the secrets they need; made by ``agent.wiring.build``."""

    vault: Vault
    store: RunStore
    open_executor: Callable[[], Executor]
    probes: Sequence[Callable[[], Check]] = field(default=())
    actor: Actor = ALONE
    people: People | None = None
    chest: Chest | None = None
    shelf: Shelf | None = None
    prove: Callable[[], None] = taken_as_said
    presence: Callable[[], None] | None = None
    open_queue: Callable[[], Executor] | None = None

    @property
    def house(self) -> House:
        """What the use cases stand on."""
        return House(self.vault, self.store, self.actor, self.prove, self.presence)

    @property
    def membership(self) -> Membership:
        """People and projects."""
        if self.people is None:
            raise UsageError("this runner knows no people")
        return Membership(self.people, self.actor)

    @property
    def left(self) -> Left:
        """What runs left."""
        if self.shelf is None:
            raise EnvironmentUnfit("this runner was built without the place where artifacts are")
        return Left(self.house, self.shelf)

    @property
    def keys(self) -> Keys:
        """The vault as a whole: its keys, copies of it, its audit trail."""
        if self.chest is None:
            raise EnvironmentUnfit("this runner was built without the parts that keep a vault")
        return Keys(self.house, self.chest)

    def add_secret(
        self, name: str, kind: str, fields: Mapping[str, str], origins: Sequence[str]
    ) -> SecretCard:
        """Seal a new restricted test secret; see ``keep``."""
        return self.keep(NewSecret(name, kind, fields, OriginPolicy.parse(origins)))

    def keep(self, new: NewSecret) -> SecretCard:
        """Seal a new secret. Raises ``UsageError`` for a bad field, origin or a name in use."""
        check_choice(new.mode, new.visibility)
        thing = Thing(self.actor.project, new.mode, new.visibility, new.name)
        self.house.let(Action.CREATE, thing)
        return self.vault.add(new)

    def secrets(self) -> list[SecretCard]:
        """List the secrets by name; no value is read."""
        self.house.permit(Action.SEE)
        mine = self.actor.only
        return [card for card in self.vault.cards() if mine is None or card.mode == mine.mode]

    def secret(self, ref_or_name: str, mode: str | None = None) -> SecretCard:
        """Describe one secret. Raises ``SecretMissing``."""
        return self.house.card(ref_or_name, mode)

    def rotate_secret(self, ref_or_name: str, fields: Mapping[str, str]) -> SecretCard:
        """Seal a new version under the same id, so that bindings stay as they are."""
        card = self.house.card(ref_or_name)
        self.house.permit(Action.ROTATE, card)
        return self.vault.rotate(card.id, fields)

    def totp_code(self, ref_or_name: str, *, now: float) -> Code:
        """Make the code a person sees, audited before; ``now`` is in Unix seconds.

        It is for those who may give the secret its values: to confirm a device with it.
        """
        card = self.house.card(ref_or_name)
        self.house.permit(Action.TOTP, card)
        return code_for_person(self.vault, card.id, now=now)

    def apply_declarations(self, folder: Path) -> Applied:
        """Compare a folder of declarations with the vault; only narrower origins are applied."""
        self.house.permit(Action.NARROW)
        return apply(folder, self.vault)

    def validate(self, path: Path) -> Task:
        """Check a task file, all of it. Raises ``TaskInvalid`` with every problem."""
        return read_task(path)

    def unfit(
        self, path: Path, bindings: Mapping[str, str], inputs: Mapping[str, str], mode: str = TEST
    ) -> tuple[Problem, ...]:
        """Find what would keep a task from being run with these secrets; nothing is run.

        Raises ``TaskInvalid`` for a file that is wrong by itself.
        """
        return Planning(self.house).unfit(self.validate(path), bindings, inputs, mode)

    def plan(
        self,
        path: Path,
        bindings: Mapping[str, str],
        inputs: Mapping[str, str],
        mode: str = TEST,
    ) -> Plan:
        """Read a task, bind its slots and check every step; no browser, no secret's value.

        Raises ``SecretMissing`` naming slot and secret, ``SecretUnfit`` for a secret of another
        mode, ``SecretFrozen``, and all that ``agent.tasks.bind`` raises.
        """
        check_choice(mode)
        return Planning(self.house).plan(self.validate(path), bindings, inputs, mode)

    async def run(
        self,
        plan: Plan,
        options: RunOptions,
        watcher: Watcher | None = None,
        *,
        remote: bool = False,
    ) -> Report:
        """Record a run of ``plan`` and carry it out, here and now; or ``remote``, by a worker.

        Raises ``UsageError`` and ``NotAllowed`` for a plan with code that this run may not bring,
        ``EnvironmentUnfit`` where code cannot be walled in, ``StoreFailed`` where too much waits
        here already for a store that is away.
        """
        watcher = watcher or NobodyWatches()
        if remote:
            followed, placed = self._queue(), self.orders.place_plan(plan, options)
            return await followed.carry_out(placed, plan, options, watcher)
        options = with_code(self.house, plan, options)
        require_walls(options)
        if self.shelf is not None:
            self.shelf.require_room()
        run = self.submit(plan)
        return await self.open_executor().carry_out(run, plan, options, watcher)

    def _queue(self) -> Executor:
        if self.open_queue is None:
            raise EnvironmentUnfit("this runner was built without the queue's executor")
        return self.open_queue()

    def submit(self, plan: Plan) -> Run:
        """Record a run of ``plan`` as queued; the record names secrets and holds none.

        Raises ``UsageError`` for a plan that goes on with a run when another does so already.
        """
        self.house.let(Action.RUN, Thing(self.actor.project, plan.mode))
        asked_by = self.actor.name
        sites = sites_text(sites_of(plan))
        terms = Terms(plan.serial_key(), pool=HERE, mode=plan.mode, asked_by=asked_by, sites=sites)
        if plan.start is None:
            return self.store.add(plan.task_name, plan.to_json(), terms)
        terms = replace(terms, idem_key=f"resume:{plan.start.of}")
        run = self.store.add(plan.task_name, plan.to_json(), terms)
        if run.attempt:
            raise UsageError(
                f"run {plan.start.of} was resumed already, as {run.id}",
                hint=f"runner resume {run.id}",
            )
        return run

    def runs(self, limit: int = 20) -> list[Run]:
        """List the newest runs first."""
        self.house.permit(Action.SEE_RUNS)
        return self.store.list(limit)

    def report(self, run: str) -> Report:
        """Tell how a run ended; ``run`` is its id or the start of it."""
        self.house.permit(Action.SEE_RUNS)
        return self.store.report(run)

    def checks(self) -> list[Check]:
        """Look at everything a run needs on this machine."""
        return [probe() for probe in self.probes]
