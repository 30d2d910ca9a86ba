"""Puts a worker together: a crew that carries out the runs of every project of one data folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from agent.browser.drivers import Kept
from agent.browser.folder import PrivateFolder
from agent.browser.room import ENOUGH, without_room
from agent.errors import UsageError
from agent.executors.crew import Crew, Prepared
from agent.executors.parent import GRACE
from agent.executors.supply import Place
from agent.planner import Plan
from agent.runner.bringing import with_code
from agent.runner.house import House
from agent.runs.options import RunOptions
from agent.runs.waiting import Waiting
from agent.runs.whereabouts import ANYONE, Reach
from agent.wiring import NOBODY, build, tools_of
from agent.wiring.acting import vault_as
from agent.wiring.observing import observer_of
from agent.wiring.server import be_patient
from agent.wiring.supplying import supply_of
from agent.wiring.tending import tend

if TYPE_CHECKING:
    from pathlib import Path

    from agent.browser.drivers import Drivers
    from agent.runner import Runner
    from agent.runs.run import Run
    from agent.runs.shelf import Shelf
    from agent.settings import Settings
    from agent.telemetry.observer import Observer
    from agent.vault.policy import Actor
    from agent.vault.store import Vault
    from agent.wiring.keys import Asking


@dataclass(frozen=True, slots=True)
class Floor:
    """Where runs of many people are carried out: one database, one open vault."""

    settings: Settings
    keeper: Runner
    observer: Observer
    drivers: Drivers

    def prepare(self, run: Run) -> Prepared:
        """Make ready what a run is carried out with, in the name of who asked for it.

        Raises ``UsageError`` for a plan with code that was not deployed like this, and whatever
        reading a stored plan raises.
        """
        vault, store = self._vault(run), self.keeper.store.of(run.project)
        plan = Plan.from_json(run.params)
        house = House(vault, store)
        # Leave to bring code is not taken from the row: only from what the vault has sealed.
        options = with_code(house, plan, replace(RunOptions.of(run.options), allow_code=False))
        tools = tools_of(self.settings, vault, store, self.observer)
        return Prepared(replace(tools, drivers=self.drivers), plan, options)

    def _vault(self, run: Run) -> Vault:
        name = run.asked_by or self.keeper.vault.actor
        return vault_as(self.keeper, name, self._id_of(name, run.project), run.project)

    def _id_of(self, name: str, project: str) -> str:
        people = self.keeper.people
        try:
            found: Actor | None = people.actor(name, project) if people else None
        except UsageError:
            found = None
        return found.id if found is not None and found.role is not None else ""


def open_crew(
    settings: Settings,
    asking: Asking = NOBODY,
    *others: Observer,
    concurrency: int = 1,
    grace: float = GRACE,
    reach: Reach = ANYONE,
) -> Crew:
    """Open the data folder and its vault, and put a worker together; ``others`` are told of runs.

    Raises as ``agent.wiring.build`` does, and what opening a vault raises: a worker that cannot
    open it takes no run.
    """
    keeper = build(settings, asking)
    if keeper.vault.is_created:
        keeper.vault.trail()
    store = keeper.store
    be_patient(store.engine)
    observer = observer_of(settings, *others)
    drivers = Kept(partial(PrivateFolder.create, settings.home / "private"))
    floor = Floor(settings, keeper, observer, drivers)
    crew = Crew(Waiting(store.engine, reach), store, floor.prepare, concurrency, grace)
    crew.beside, crew.observer = partial(tend, keeper, observer), observer
    crew.after = drivers.close
    crew.supply = supply_of(settings, Place(crew.waiting, store, crew.id))
    crew.standing.hindered = partial(_hindrance, settings.home, keeper.shelf)
    return crew


def _hindrance(home: Path, shelf: Shelf | None) -> str:
    """Say why no run may be begun on this machine now; nothing where one may."""
    full = without_room((home / "runs", home / "private"))
    if full is not None:
        return f"the disk under {full} has less than {ENOUGH // 1024 // 1024} MB free"
    return shelf.full() if shelf is not None else ""
