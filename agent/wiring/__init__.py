"""The one place that knows settings and concrete classes: it puts a ``Runner`` together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from agent.browser.folder import PrivateFolder, sweep_abandoned
from agent.executors import DELIVERIES, EXECUTORS
from agent.registry import Table
from agent.runner import Runner
from agent.runs.store import RunStore
from agent.vault.people import People
from agent.vault.renewal import renew_slot
from agent.vault.store import Vault
from agent.wiring.database import open_database
from agent.wiring.keys import Asking, Ways, chest_of
from agent.wiring.observing import observer_of
from agent.wiring.probes import probes_for
from agent.wiring.server import be_patient
from agent.wiring.shelving import mended, shelf_of

if TYPE_CHECKING:
    from agent.engine import Tools
    from agent.executors.executor import Executor
    from agent.settings import Settings
    from agent.telemetry.observer import Observer

# A command that starts no run need not load Playwright.
_ENGINE: Table[type[Tools]] = Table("agent", {"tools": "engine:Tools"})


NOBODY: Final = Asking()


def build(settings: Settings, asking: Asking = NOBODY) -> Runner:
    """Put the runner of one data folder together, and clean up after runs that were killed.

    Raises ``EnvironmentUnfit`` when the data folder cannot be used.
    """
    engine = open_database(settings.database)
    store = RunStore(engine, project=settings.project)
    if engine.dialect.name in DELIVERIES:
        store.delivery = DELIVERIES[engine.dialect.name](engine)
    sweep_abandoned([settings.home / "private"])
    store.sweep()
    ways = Ways(settings, asking)
    vault = Vault(engine, ways.chosen(), actor=settings.person, project=settings.project)
    people = People(engine, vault)
    actor = people.actor(settings.person, settings.project)
    vault.person = actor.id
    vault.opening.proof = partial(people.prove, actor)
    vault.opening.done = partial(renew_slot, vault)
    return Runner(
        vault=vault,
        store=store,
        open_executor=partial(local_executor, settings, vault, store),
        probes=probes_for(settings, vault),
        actor=actor,
        people=people,
        prove=partial(people.prove_now, actor),
        chest=chest_of(vault, engine, ways),
        shelf=mended(shelf_of(settings, store, vault), store),
    )


def local_executor(settings: Settings, vault: Vault, store: RunStore) -> Executor:
    """Make the executor of one machine; loads Playwright."""
    be_patient(store.engine)
    return EXECUTORS["local"](tools_of(settings, vault, store, observer_of(settings)))


def tools_of(settings: Settings, vault: Vault, store: RunStore, observer: Observer) -> Tools:
    """Make what runs of one project are carried out with; loads Playwright."""
    return _ENGINE["tools"](
        vault=vault,
        store=store,
        browser=settings.browser,
        private_folder=partial(PrivateFolder.create, settings.home / "private"),
        runs_folder=settings.home / "runs",
        run_timeout=settings.run_timeout,
        shelf=shelf_of(settings, store, vault),
        observer=observer,
    )
