"""Runners in somebody's name, over the database and the open vault of who runs the process."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agent.errors import EnvironmentUnfit
from agent.runner import Runner
from agent.vault.people import People
from agent.vault.store import Vault

if TYPE_CHECKING:
    from agent.vault.policy import Actor


def vault_as(keeper: Runner, name: str, person: str, project: str) -> Vault:
    """Give the open vault as somebody uses it: the audit names them, by name and id."""
    opened = keeper.vault
    vault = Vault(
        keeper.store.engine,
        opened.opening.unlocker,
        actor=name,
        clock=opened.clock,
        project=project,
    )
    vault.opening, vault.person = opened.opening, person
    return vault


def runner_as(keeper: Runner, name: str, project: str) -> Runner:
    """Give a runner to who is called ``name``, with the role they have by now in a project.

    A token (``ann:…``) acts for its person. Raises ``UsageError`` for a project that is gone; who
    is not in it may do nothing.
    """
    if keeper.people is None:
        raise EnvironmentUnfit("this runner knows no people")
    actor: Actor = keeper.people.actor(name.partition(":")[0], project)
    vault = vault_as(keeper, name, actor.id, project)
    return Runner(
        vault=vault,
        store=keeper.store.of(project),
        open_executor=keeper.open_executor,
        actor=actor,
        people=People(keeper.store.engine, vault),
        prove=partial(keeper.people.prove_now, actor),
    )
