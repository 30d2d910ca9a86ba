"""A server in this process: the whole app over a real database and a real vault."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event
from starlette.testclient import TestClient

from agent.api.app import create_app, walled
from agent.api.asking import COOKIE
from agent.api.options import ServerOptions
from agent.browser.options import BrowserOptions
from agent.runner.token_keeping import TokenKeeping
from agent.runs.address import Address
from agent.settings import Settings
from agent.vault.access import hashing
from agent.vault.access.sessions import Sessions
from agent.vault.access.tokens import NewToken
from agent.vault.policy import Role
from agent.wiring.premises import Premises, open_premises
from tests.standins.postgres import EVERYWHERE, fresh_database, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI
    from httpx import Response

OPTIONS = ServerOptions(worker=False)
DATABASE = "database.url"
PASSWORD = "correct horse battery staple"
LOGIN = {
    "name": "Hotel admin",
    "type": "login",
    "fields": {"username": "ann", "password": "CANARY-pw-1"},
    "origins": ["https://hotel.example"],
}


@dataclass
class Person:
    """A browser with somebody signed in; ``headers`` are what its pages send."""

    client: TestClient
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        sent = {**self.headers, **headers}
        if body is None:
            return self.client.request(method, f"/api/v1{path}", headers=sent)
        return self.client.request(method, f"/api/v1{path}", headers=sent, json=body)

    def get(self, path: str, **headers: str) -> Response:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Response:
        return self.ask("POST", path, body, **headers)

    def entered(self, answer: Response) -> Person:
        """Go on with the cookie an answer has set."""
        cookie = answer.headers["set-cookie"].partition(";")[0]
        return replace(self, headers={**self.headers, "cookie": cookie})


@dataclass
class Server:
    """The app, and people of every role at it."""

    premises: Premises
    app: FastAPI
    client: TestClient
    now: float = 1_795_330_000.0

    def nobody(self) -> Person:
        return Person(self.client, {"sec-fetch-site": "same-origin"})

    def person(self, name: str, project: str = "default") -> Person:
        """Somebody signed in; the password was typed long ago."""
        text = Sessions(self.premises.people.vault.trail()).start(name, project)
        return Person(self.client, {"cookie": f"{COOKIE}={text}", "sec-fetch-site": "same-origin"})

    def stepped_up(self, name: str) -> Person:
        """Somebody who has just entered the password again."""
        sessions = Sessions(self.premises.people.vault.trail())
        one = sessions.find(sessions.start(name, "default"))
        assert one is not None
        text = sessions.rotate(one, stepped_up_at=self.now)
        return Person(self.client, {"cookie": f"{COOKIE}={text}", "sec-fetch-site": "same-origin"})

    def token(self, name: str, *scopes: str, **wish: Any) -> Person:
        """A program with a token of somebody's."""
        actor = self.premises.people.actor(name)
        keeping = TokenKeeping(self.premises.runner(actor).house)
        _, text = keeping.add(NewToken("test", scopes, **wish))
        return Person(self.client, {"authorization": f"Bearer {text}"})


def settings_in(folder: Path) -> Settings:
    keys, named = folder / "keys", folder / DATABASE
    return Settings(
        server=Address.of(named.read_text("utf-8")) if named.exists() else None,
        home=folder / "data",
        key_folder=keys,
        key_file=None,
        key_source="file",
        browser=BrowserOptions(),
        anchor_folder=keys,
        person="ann",
    )


def furnish(folder: Path) -> None:
    """Make a data folder of ann (owner), adam (admin), ed (editor) and oda, who owns "theirs"."""
    premises = open_premises(settings_in(folder))
    people, ann = premises.people, premises.people.actor("ann")
    people.add(ann, "adam", Role.ADMIN)
    people.add(ann, "ed", Role.EDITOR)
    people.add(ann, "oda", Role.OWNER)
    people.add_project(people.actor("oda"), "theirs")
    people.remove(ann, "oda")
    people.engine.dispose()


def _in_a_hurry(connection: Any, _record: object) -> None:
    """Nothing here outlives a power cut."""
    connection.execute("PRAGMA synchronous = OFF")


def open_server(folder: Path) -> Server:
    """Open a server over such a folder; its clock stands still."""
    premises = open_premises(settings_in(folder))
    engine = premises.people.engine
    engine.dispose()
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _in_a_hurry)
    app = create_app(premises, OPTIONS)
    client = TestClient(walled(app, OPTIONS), base_url=OPTIONS.url)
    server = Server(premises, app, client)
    premises.people.vault.clock = lambda: server.now
    return server


@pytest.fixture(scope="module", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords that cost little; what they cost is asserted in tests/unit/vault/access."""
    with pytest.MonkeyPatch.context() as patched:
        quick = PasswordHasher(1, 1024, 1)
        patched.setattr(hashing, "_HASHER", quick)
        patched.setattr(hashing, "_NOBODY", quick.hash("nobody's"))
        yield


@contextmanager
def in_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[None]:
    """Give a folder a database on a server, where ``TEST_DATABASE=postgresql``: a copy of its."""
    if not EVERYWHERE:
        yield
        return
    named = folder / DATABASE
    template = [name_of(named.read_text("utf-8"))] if named.exists() else []
    with fresh_database(request.getfixturevalue("postgres"), *template) as url:
        named.write_text(url, "utf-8")
        yield


@pytest.fixture(scope="session")
def furnished(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("furnished")
    with in_database(request, folder):
        furnish(folder)
        yield folder


@pytest.fixture
def server(furnished: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    with in_database(request, tmp_path):
        made = open_server(tmp_path)
        yield made
        made.premises.people.engine.dispose()


@pytest.fixture
def owner(server: Server) -> Person:
    return server.person("ann")
