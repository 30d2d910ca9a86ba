"""A site that sends codes, a real mail server, and a run's own desk with a vault behind it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from agent.browser.folder import PrivateFolder
from agent.browser.opening import open_session
from agent.browser.options import BrowserOptions
from agent.runs.desk import CodeDesk
from agent.runs.watcher import NobodyWatches
from agent.steps.context import StepContext, StepResult
from agent.steps.sign_in import SignIn
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from tests.standins.code_site import PASSWORD, USER, CodeSite, running_code_site
from tests.standins.mail_server import PASSWORD as MAIL_PASSWORD
from tests.standins.mail_server import USER as MAIL_USER
from tests.standins.mail_server import MailServer, running_mail_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from agent.login.second_factor import Question
    from agent.vault.open import RunSecrets
    from agent.vault.store import Vault

SENDER = "no-reply@hotel.example"


@pytest.fixture(scope="session")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with running_mail_server(tmp_path_factory.mktemp("mail")) as server:
        yield server


@pytest.fixture
def trusted(mail: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """The mail server, on a machine that trusts its authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(mail.certificates.authority))
    return mail


@pytest.fixture
def code_site() -> Iterator[CodeSite]:
    with running_code_site() as running:
        yield running


@dataclass
class Person(NobodyWatches):
    """One who watches: answers what is asked, and keeps what was told."""

    answers: list[str] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def notice(self, text: str) -> None:
        self.told.append(text)
        self.heard.set()

    async def code_wanted(self, question: Question) -> str | None:
        self.asked.append(question)
        await asyncio.sleep(0)
        return self.answers.pop(0) if self.answers else None


@dataclass
class Floor:
    """One vault with two secrets, and sign-ins at the site as a run makes them."""

    vault: Vault
    site: CodeSite
    person: Person = field(default_factory=Person)
    run_id: str = "run-1"
    secrets: RunSecrets | None = None

    def keep(self, mailbox_at: str | None, password: str = MAIL_PASSWORD) -> None:
        """Keep the site's account, and the mailbox's at one server or more."""
        self.vault.create()
        fields = {"username": USER, "password": PASSWORD}
        bound = {"LOGIN": self._card("login", fields, [self.site.origin])}
        if mailbox_at is not None:
            fields = {"username": MAIL_USER, "password": password}
            bound["MAILBOX"] = self._card("mailbox", fields, mailbox_at.split())
        self.secrets = self.vault.open_for_run(bound, self.run_id)

    def _card(self, kind: str, fields: dict[str, str], origins: list[str]) -> Any:
        policy = OriginPolicy.parse(origins)
        return self.vault.add(NewSecret(kind, kind, fields, policy)).ref

    @asynccontextmanager
    async def context(self) -> AsyncIterator[StepContext]:
        assert self.secrets is not None
        with PrivateFolder.create() as folder, self.secrets:
            options = BrowserOptions(timeout=10_000.0, record=False)
            async with open_session(options, self.secrets, folder) as session:
                desk = CodeDesk(self.run_id, self.vault, self.person)
                yield StepContext(session, _nothing, _nothing, timeout=10.0, desk=desk)

    async def sign_in(self, codes: dict[str, Any]) -> StepResult:
        """Sign in as the step of a task does."""
        step = SignIn.model_validate(
            {"type": "sign_in", "slot": "LOGIN", "url": f"{self.site.origin}/login", "codes": codes}
        )
        async with self.context() as context:
            return await step.run(context)


async def _nothing(_words: str) -> None:
    """Take no picture."""


@pytest.fixture
def floor(vault: Vault, code_site: CodeSite) -> Floor:
    return Floor(vault, code_site)


def by_mail(**more: Any) -> dict[str, Any]:
    return {"from": "imap", "slot": "MAILBOX", "sender": SENDER, "wait": 15.0} | more
