"""While the database is away the server says so, and what is asked for again is done once."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from agent.api.app import create_app, walled
from agent.runs.address import Address
from agent.wiring.database import connect
from agent.wiring.premises import open_premises
from agent.wiring.server import be_patient
from tests.integration.api.conftest import OPTIONS, Server, settings_in
from tests.standins.postgres import away, fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TASK = {"name": "Look", "steps": [{"type": "goto", "url": "https://hotel.example"}]}


@pytest.fixture
def url(postgres: str, migrated: str) -> Iterator[str]:
    with fresh_database(postgres, migrated) as made:
        yield made


@pytest.fixture
def served(url: str, tmp_path: Path) -> Iterator[Server]:
    premises = open_premises(replace(settings_in(tmp_path), server=Address.of(url)))
    app = create_app(premises, OPTIONS)
    client = TestClient(walled(app, OPTIONS), base_url=OPTIONS.url, raise_server_exceptions=False)
    server = Server(premises, app, client)
    premises.people.vault.clock = lambda: server.now
    yield server
    premises.people.engine.dispose()


def test_answers_are_503_with_a_time_to_ask_again_and_a_submission_is_repeated(
    served: Server, postgres: str, url: str
) -> None:
    ann = served.person("ann")
    wish = {"task": ann.post("/tasks", TASK).json()["id"]}
    key = {"idempotency-key": "once"}
    with away(postgres, url):
        for answer in (ann.get("/runs"), ann.post("/runs", wish, **key), ann.get("/secrets")):
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["code"] == "database_away"
            assert "\n" not in answer.json()["detail"]
        page = served.client.get("/runs", headers=ann.headers)
        assert (page.status_code, page.headers["retry-after"]) == (503, "5")
        assert "the database does not answer" in page.text
        assert served.client.get("/healthz").status_code == 200
        assert served.client.get("/readyz").status_code == 503
    first, second = (ann.post("/runs", wish, **key) for _ in range(2))
    assert first.status_code < 300
    assert first.json()["id"] == second.json()["id"]
    assert len(ann.get("/runs").json()["items"]) == 1


def test_a_text_that_no_database_keeps_is_refused_as_wrong(served: Server) -> None:
    ann = served.person("ann")
    answer = ann.get("/runs?task=a%00b")
    assert answer.status_code == 422
    assert answer.json()["code"] == "usage"


def test_who_carries_out_runs_waits_for_a_database_that_restarts(postgres: str, url: str) -> None:
    engine = connect(Address.of(url))
    be_patient(engine)
    be_patient(engine)
    closed = threading.Event()

    def restart() -> None:
        with away(postgres, url):
            closed.set()
            opened.wait(1.0)

    opened = threading.Event()
    thread = threading.Thread(target=restart)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    thread.start()
    closed.wait()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    thread.join()
    engine.dispose()
