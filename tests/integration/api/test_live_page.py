"""The changing part of a run's page: who is sent what, and that nobody is left behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from agent.runner.orders import Orders
from agent.vault.policy import Role
from tests.integration.api.conftest import LOGIN
from tests.integration.api.test_pages import get

if TYPE_CHECKING:
    from agent.runs.run import Run
    from tests.integration.api.conftest import Person, Server

TASK = {
    "name": "Look",
    "slots": {"LOGIN": {"type": "login", "origins": ["https://hotel.example"]}},
    "steps": [{"type": "sign_in", "slot": "LOGIN", "url": "https://hotel.example/login"}],
}


@pytest.fixture
def run(owner: Person) -> str:
    secret = owner.post("/secrets", LOGIN).json()["id"]
    task = owner.post("/tasks", TASK).json()["id"]
    placed = owner.post("/runs", {"task": task, "secret_bindings": {"LOGIN": secret}})
    return str(placed.json()["id"])


def test_a_reader_who_may_see_no_secret_is_not_sent_what_was_made_for_another(
    server: Server, owner: Person, run: str
) -> None:
    owner.post(f"/runs/{run}/cancel")
    sees = server.token("ann", "runs:read", "secrets:list", role=Role.EDITOR)
    blind = server.token("ann", "runs:read", role=Role.EDITOR)
    with server.client:
        assert LOGIN["name"] in get(sees, f"/runs/{run}/live").text
        told = get(blind, f"/runs/{run}/live").text
    assert "a secret that is gone" in told
    assert LOGIN["name"] not in told


def test_a_page_is_sent_the_end_of_a_run_that_ended_while_it_was_made(
    owner: Person, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Orders.get

    def get_and_lose(self: Any, run_id: str) -> Run:
        found = read(self, run_id)
        monkeypatch.undo()
        assert owner.post(f"/runs/{run}/cancel").status_code < 300
        return found

    monkeypatch.setattr(Orders, "get", get_and_lose)
    page = get(owner, f"/runs/{run}").text
    assert "cancelled" in page
    assert re.search(r"/live\?after", page) is None
