"""``/healthz``, ``/readyz`` and what is told of requests."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from starlette.testclient import TestClient

from agent.api.app import create_app, walled
from agent.api.watching import Watched
from agent.errors import VaultLocked
from agent.runner.orders import Orders
from agent.telemetry.log import Log
from agent.telemetry.observer import Answered, Observer
from agent.wiring import NOBODY
from agent.wiring.premises import open_premises
from agent.wiring.readiness import Readiness
from tests.integration.api.conftest import LOGIN, OPTIONS, Server, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[tuple[TestClient, io.StringIO]]:
    """A server of its own that writes its log, asked by a name that is not its own."""
    stream = io.StringIO()
    premises = open_premises(settings_in(tmp_path), NOBODY, Log("json", stream))
    app = walled(create_app(premises, OPTIONS), OPTIONS)
    yield TestClient(app, base_url="http://10.0.0.7:8021", raise_server_exceptions=False), stream
    premises.people.engine.dispose()


def test_probes_are_answered_whatever_the_server_is_called(server: Server) -> None:
    for host in ("10.0.0.7:8021", "evil.example"):
        for path in ("/healthz", "/readyz"):
            answer = server.client.get(path, headers={"host": host})
            assert (answer.status_code, answer.json()) == (200, {"ok": True})
            assert answer.headers["cache-control"] == "no-store"
    assert server.client.get("/api/v1/runs", headers={"host": "evil.example"}).status_code == 421


def test_a_schema_that_is_not_current_is_said_in_one_word(server: Server) -> None:
    with server.premises.people.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'x' || version_num"))
    answer = server.client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ok": False, "troubles": ["schema"]})
    assert server.client.get("/healthz").status_code == 200


def test_a_database_that_is_away_is_said_in_one_word(server: Server) -> None:
    with server.premises.people.engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("CREATE TABLE alembic_version (gone TEXT)"))
    answer = server.client.get("/readyz")
    assert answer.json() == {"ok": False, "troubles": ["database"]}


def test_a_vault_that_does_not_open_is_said_in_one_word(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked() -> Any:
        raise VaultLocked("CANARY: the key is at /secret/place")

    monkeypatch.setattr(server.premises.keeper.vault, "trail", locked)
    answer = server.client.get("/readyz")
    assert answer.json() == {"ok": False, "troubles": ["vault"]}
    assert "CANARY" not in answer.text


def test_however_many_ask_it_looks_once_a_second(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, now = [], [0.0]
    monkeypatch.setattr(
        "agent.wiring.readiness.is_current", lambda _engine: looks.append(1) is None
    )
    ready = Readiness(server.premises.people.engine, server.premises.keeper.vault, lambda: now[0])
    for _ in range(50):
        assert ready.troubles() == ()
    now[0] = 1.0
    ready.troubles()
    assert len(looks) == 2


def test_a_request_is_told_by_the_pattern_of_its_path(
    logged: tuple[TestClient, io.StringIO],
) -> None:
    client, stream = logged
    own = {"host": OPTIONS.url.removeprefix("http://")}
    client.get("/api/v1/runs/0b6c12ab?token=CANARY", headers=own)
    client.get("/CANARY/x", headers=own)
    client.post("/api/v1/secrets", json=LOGIN, headers=own)
    client.get("/healthz")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["event"], line["method"], line["route"], line["status"]) for line in lines] == [
        ("answered", "GET", "/api/v1/runs/{run_id}", 401),
        ("answered", "GET", "other", 404),
        ("answered", "POST", "/api/v1/secrets", 401),
    ]
    assert "CANARY" not in stream.getvalue()


def test_of_a_stream_it_is_told_when_the_answer_began() -> None:
    told: list[Answered] = []

    class Listening(Observer):
        def answered(self, answered: Answered) -> None:
            told.append(answered)

    async def streams(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        assert not told
        await asyncio.sleep(0.3)
        await send({"type": "http.response.body", "body": b""})

    client = TestClient(Watched(streams, Listening(), frozenset()))
    assert client.get("/events").status_code == 200
    assert [one.status for one in told] == [200]
    assert told[0].seconds < 0.3


@pytest.mark.parametrize("path", ["/api/v1/runs", "/runs"])
@pytest.mark.parametrize(
    ("kind", "status"), [(ProgrammingError, 500), (IntegrityError, 500), (OperationalError, 503)]
)
def test_a_statement_that_failed_is_told_and_is_no_database_that_is_away(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[DBAPIError],
    status: int,
    path: str,
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise kind("SELECT 1", {}, sqlite3.Error("CANARY"))

    told: list[type[BaseException]] = []
    ann, observer = server.person("ann"), type(server.premises.observer)
    monkeypatch.setattr(Orders, "page", broken)
    monkeypatch.setattr(observer, "failed", lambda _, error: told.append(type(error)))
    client = TestClient(server.app, base_url=OPTIONS.url, raise_server_exceptions=False)
    answer = client.get(path, headers=ann.headers)
    assert answer.status_code == status
    assert "retry-after" not in answer.headers
    assert ("CANARY" in answer.text) is (status == 503)
    assert told == [kind]


def test_a_failure_nobody_thought_of_is_told_by_its_class(
    logged: tuple[TestClient, io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("CANARY")

    monkeypatch.setattr("agent.api.asking.premises_of", broken)
    client, stream = logged
    own = {"host": OPTIONS.url.removeprefix("http://"), "authorization": "Bearer x"}
    assert client.get("/api/v1/runs", headers=own).status_code == 500
    failed = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in failed] == ["failed", "answered"]
    assert failed[0]["kind"] == "ZeroDivisionError"
    assert "CANARY" not in stream.getvalue()
