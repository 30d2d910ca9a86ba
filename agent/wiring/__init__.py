"""The one place that knows settings and concrete classes: it puts a ``Runner`` together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agent.browser.folder import PrivateFolder, sweep_abandoned
from agent.errors import VaultLocked
from agent.executors import EXECUTORS
from agent.registry import Table
from agent.runner import Runner
from agent.runs.store import RunStore
from agent.vault.keyslots.file import FileKey
from agent.vault.keyslots.passphrase import Passphrase
from agent.vault.store import Vault
from agent.wiring.database import open_database
from agent.wiring.probes import probes_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.engine import Tools
    from agent.executors.executor import Executor
    from agent.settings import Settings
    from agent.vault.keyslots import Unlocker

# A command that starts no run need not load Playwright.
_ENGINE: Table[type[Tools]] = Table("agent", {"tools": "engine:Tools"})


def nobody_to_ask() -> str:
    """Stand in for a passphrase prompt where there is no terminal."""
    raise VaultLocked(
        "the vault opens with a passphrase and there is nobody to ask",
        hint="run this in a terminal, without --no-input",
    )


def build(settings: Settings, ask_passphrase: Callable[[], str] = nobody_to_ask) -> Runner:
    """Put the runner of one data folder together, and clean up after runs that were killed.

    Raises ``EnvironmentUnfit`` when the data folder cannot be used.
    """
    engine = open_database(settings.home / "runner.db")
    store = RunStore(engine)
    sweep_abandoned([settings.home / "private"])
    store.sweep()
    vault = Vault(engine, _unlocker(settings, ask_passphrase))
    return Runner(
        vault=vault,
        store=store,
        open_executor=partial(_local_executor, settings, vault, store),
        probes=probes_for(settings, vault),
    )


def _local_executor(settings: Settings, vault: Vault, store: RunStore) -> Executor:
    tools = _ENGINE["tools"](
        vault=vault,
        store=store,
        browser=settings.browser,
        private_folder=partial(PrivateFolder.create, settings.home / "private"),
        runs_folder=settings.home / "runs",
        run_timeout=settings.run_timeout,
    )
    return EXECUTORS["local"](tools)


def _unlocker(settings: Settings, ask_passphrase: Callable[[], str]) -> Unlocker:
    if settings.key_source == "passphrase":
        return Passphrase(ask_passphrase)
    if settings.key_file is not None:
        return FileKey.at(settings.key_file)
    return FileKey(settings.key_folder)
