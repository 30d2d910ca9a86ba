"""What a server stands on: one database and one open vault, for many people at once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from agent.runner import Runner
from agent.runner.entering import Caller, Entering
from agent.runner.orders import Orders
from agent.telemetry.observer import NOBODY as SILENT
from agent.vault.people import People
from agent.vault.store import Vault
from agent.wiring import NOBODY, build, local_executor, tools_of
from agent.wiring.beside import Remembered, worker_beside
from agent.wiring.giving import Aside
from agent.wiring.keys import nobody_to_ask
from agent.wiring.observing import observer_of
from agent.wiring.shelving import shelf_of
from agent.wiring.tending import tend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from contextlib import AbstractAsyncContextManager

    from agent.runner.house import House
    from agent.runner.orders import Order
    from agent.runs.run import Run
    from agent.settings import Settings
    from agent.telemetry.observer import Observer
    from agent.vault.policy import Actor
    from agent.wiring.keys import Asking


@dataclass(frozen=True, slots=True)
class Premises:
    """The parts that are the same for everyone; ``keeper`` is the runner of who runs the server.

    ``observer`` is told of requests; the worker beside the server is started with the options
    ``beside``.
    """

    settings: Settings
    keeper: Runner
    people: People
    passphrase: Remembered = field(default_factory=lambda: Remembered(nobody_to_ask))
    observer: Observer = SILENT
    beside: tuple[str, ...] = ()
    aside: Aside = field(default_factory=Aside)

    @property
    def entering(self) -> Entering:
        """The use cases of coming in."""
        return Entering(self.people, self.keeper.actor)

    def runner(self, actor: Actor) -> Runner:
        """Give an actor, who was made by the program itself, a runner of their own."""
        return self._runner(actor)

    def runner_for(self, caller: Caller) -> Runner:
        """Give who came in by the door a runner; their role is proven at every use case."""
        made = self._runner(caller.actor)
        made.vault.person = caller.member.id
        entering = self.entering
        return Runner(
            vault=made.vault,
            store=made.store,
            open_executor=made.open_executor,
            probes=made.probes,
            actor=made.actor,
            people=made.people,
            chest=made.chest,
            shelf=made.shelf,
            prove=entering.prove_of(caller),
            presence=entering.presence_of(caller),
        )

    def place(self, house: House, order: Order, values: Mapping[str, Mapping[str, str]]) -> Run:
        """Place a run in somebody's name, with the values that came with it for it alone.

        Raises as ``Orders.place`` and ``Aside.place`` do.
        """
        if not values:
            return Orders(house).place(order)
        return self.aside.place(
            house,
            order,
            values,
            lambda vault: tools_of(self.settings, vault, house.store, self.observer),
        )

    @asynccontextmanager
    async def work(self, *, worker: bool) -> AsyncIterator[None]:
        """Run what goes on beside the doors for as long as the block lasts."""
        tending = asyncio.create_task(tend(self.keeper, self.observer))
        try:
            async with AsyncExitStack() as stack:
                if worker:
                    await stack.enter_async_context(self._worker())
                yield
        finally:
            tending.cancel()
            await asyncio.gather(tending, self.aside.close(), return_exceptions=True)

    def _worker(self) -> AbstractAsyncContextManager[None]:
        return worker_beside(lambda: self.passphrase.given, self.settings.database, *self.beside)

    def _runner(self, actor: Actor) -> Runner:
        engine, opening = self.people.engine, self.people.vault.opening
        vault = Vault(engine, opening.unlocker, actor=actor.name, project=actor.project)
        vault.clock, vault.person, vault.opening = self.people.vault.clock, actor.id, opening
        store = self.keeper.store.of(actor.project)
        return Runner(
            vault=vault,
            store=store,
            open_executor=partial(local_executor, self.settings, vault, store),
            probes=self.keeper.probes,
            actor=actor,
            people=People(engine, vault),
            chest=self.keeper.chest,
            shelf=shelf_of(self.settings, store, vault),
        )


def open_premises(
    settings: Settings,
    asking: Asking = NOBODY,
    *others: Observer,
    beside: tuple[str, ...] = (),
) -> Premises:
    """Open the data folder and its vault, which is made where there is none.

    ``others`` are told of requests, beside who is by the settings.

    Raises as ``agent.wiring.build`` does, and what opening a vault raises.
    """
    passphrase = Remembered(asking.known)
    keeper = build(settings, replace(asking, known=passphrase))
    assert keeper.people is not None  # noqa: S101 - build gives them
    keeper.vault.create()
    keeper.vault.trail()
    observer = observer_of(settings, *others)
    aside = Aside(observer=observer)
    return Premises(settings, keeper, keeper.people, passphrase, observer, beside, aside)
