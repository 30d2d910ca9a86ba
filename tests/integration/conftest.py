"""A running fake site, a real vault and a real browser, for every test that needs them."""

from __future__ import annotations

from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine

from agent.browser.folder import PrivateFolder
from agent.browser.opening import open_session as open_browser
from agent.browser.options import BrowserOptions
from agent.vault.keyslots.file import FileKey
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.store import Vault
from agent.vault.tables import metadata
from fixtures.login_site.serving import running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from agent.browser.session import Session
    from agent.vault.open import RunSecrets
    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site

SLOT = "MANAGEMENT_LOGIN"


@dataclass
class Opener:
    """Makes secrets of accounts in a vault of its own, and browsers that hold them.

    ``vault`` may be used as it is; ``folder`` is the last session's private folder.
    """

    vault: Vault
    origin: str
    stack: ExitStack
    made: int = field(default=0)

    def secrets(
        self, account: Account | None, *, slot: str = SLOT, origins: Sequence[str] = ()
    ) -> RunSecrets:
        """Keep an account as a ``login`` secret for the site's origin, and open it for a run."""
        bindings = {}
        self.vault.create()
        if account is not None:
            self.made += 1
            fields = {"username": account.username, "password": account.password}
            if account.has_totp:
                fields["totp"] = account.otpauth
            policy = OriginPolicy.parse(list(origins) or [self.origin])
            card = self.vault.add(NewSecret(f"account {self.made}", "login", fields, policy))
            bindings[slot] = card.ref
        opened = self.vault.open_for_run(bindings, f"run-{self.made}")
        return self.stack.enter_context(opened)

    def __call__(
        self,
        account: Account | None = None,
        *,
        slot: str = SLOT,
        origins: Sequence[str] = (),
        **options: Any,
    ) -> AbstractAsyncContextManager[Session]:
        """Open a browser; ``async with open_session(account) as session``.

        The account's secret is ``session.secrets[slot]``; ``options`` are ``BrowserOptions``'.
        """
        return self._open(self.secrets(account, slot=slot, origins=origins), options)

    @asynccontextmanager
    async def _open(self, secrets: RunSecrets, options: dict[str, Any]) -> AsyncIterator[Session]:
        chosen = BrowserOptions(**({"timeout": 10_000.0} | options))
        with PrivateFolder.create() as folder:
            async with open_browser(chosen, secrets, folder) as session:
                yield session


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The fake hotel and the hostile site beside it, one pair for the whole test run."""
    with running_site() as running:
        yield running


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """An empty vault with a key file, in files of this test alone."""
    engine = create_engine(f"sqlite:///{tmp_path / 'vault.db'}", hide_parameters=True)
    metadata.create_all(engine)
    yield Vault(engine, FileKey(tmp_path / "keys"))
    engine.dispose()


@pytest.fixture
def open_session(vault: Vault, site: Site) -> Iterator[Opener]:
    """Open browsers: ``async with open_session(account) as session``."""
    with ExitStack() as stack:
        yield Opener(vault, site.origin, stack)
