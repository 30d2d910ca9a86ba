"""Runs whose values come with the request: carried out by the server itself, and kept nowhere."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import indices
import pytest

from agent.errors import EnvironmentUnfit
from agent.runner.orders import Order
from agent.runs.states import State
from agent.vault.policy import Role
from tests.integration.api.test_indices import ALL, ROOT, address, clients
from tests.integration.api.test_pages import get
from tests.leak.scan import find_in, find_under

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site
    from tests.integration.api.conftest import Person, Server
    from tests.integration.api.test_indices import Clients

__all__ = ["address", "clients"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DEMO: dict[str, Any] = json.loads((ROOT / "tasks/checked-in-guests.json").read_text("utf-8"))
SLOT = "MANAGEMENT_LOGIN"


def values_of(account: Account) -> dict[str, Any]:
    return {
        SLOT: {
            "username": account.username,
            "password": account.password,
            "totp_secret": account.totp_key,
        }
    }


def canaries_of(account: Account) -> dict[str, str]:
    return {"password": account.password, "totp key": account.totp_key}


@pytest.mark.usefixtures("address")
def test_the_client_gives_values_for_one_run_and_nothing_keeps_them(
    clients: Clients, server: Server, site: Site, tmp_path: Path
) -> None:
    account, owner = site.new_account(totp=True), server.person("ann")
    task = owner.post("/tasks", DEMO).json()
    ann = clients(*ALL).with_options(timeout=170)
    wish = {"connector_id": task["id"], "arguments": {"site": site.origin}, "max_timeout_s": 120}
    run = ann.beta.runs.create(**wish, secret_values=values_of(account))
    assert (run.status, run.error) == ("success", None)
    assert run.result is not None
    assert run.result["guests"]
    assert run.secret_bindings == {}
    told = [run.to_json(), ann.beta.runs.logs(run.id).to_json()]
    told += [owner.get(f"/runs/{run.id}{of}").text for of in ("", "/logs", "/events", "/artifacts")]
    told += [owner.get("/audit").text, get(owner, f"/runs/{run.id}").text]
    assert owner.get(f"/runs/{run.id}").json()["secret_values"] == [SLOT]
    assert "values given for this run alone" in told[-1]
    assert owner.get("/secrets").json()["items"] == []
    canaries = canaries_of(account)
    assert [one for text in told for one in find_in(text.encode(), canaries, "an answer")] == []
    assert find_under([tmp_path], canaries) == []
    uses = [
        (row["action"], row["detail"]["field"])
        for row in owner.get("/audit").json()["items"]
        if row["run_id"] == run.id and row["action"] in ("revealed", "code")
    ]
    assert {("revealed", "password"), ("code", "totp")} <= set(uses)
    again = owner.post(f"/runs/{run.id}/again")
    assert again.status_code == 422
    assert "alone and are gone" in again.json()["detail"]


def test_the_search_would_find_them(server: Server, site: Site, tmp_path: Path) -> None:
    account = site.new_account(totp=True)
    server.premises.keeper.store.add("Guests", json.dumps({"values": account.password}))
    found = find_under([tmp_path], canaries_of(account))
    assert {one.name for one in found} == {"password"}


def test_a_wrong_password_is_told_as_any_and_freezes_nothing(
    clients: Clients, server: Server, site: Site
) -> None:
    account = site.new_account(totp=True)
    wrong = replace(account, password="CANARY-not-the-password")
    task = server.person("ann").post("/tasks", DEMO).json()
    ann = clients(*ALL).with_options(timeout=170)
    wish = {"connector_id": task["id"], "arguments": {"site": site.origin}, "max_timeout_s": 120}
    run = ann.beta.runs.create(**wish, secret_values=values_of(wrong))
    assert run.status == "connector_error"
    assert run.error is not None
    assert run.error.type == "auth_required"
    assert "CANARY" not in run.to_json()
    right = ann.beta.runs.create(**wish, secret_values=values_of(account))
    assert (right.status, right.error) == ("success", None)


def test_who_may_not_bind_may_not_give(clients: Clients, server: Server, site: Site) -> None:
    task = server.person("ann").post("/tasks", DEMO).json()
    values = values_of(site.new_account(totp=True))
    wish = {"connector_id": task["id"], "arguments": {"site": site.origin}, "async_": True}
    for less in (clients(*ALL, role=Role.RUNNER), clients("runs:write", "tasks:read")):
        with pytest.raises(indices.PermissionDeniedError):
            less.beta.runs.create(**wish, secret_values=values)
    assert server.person("ann").get("/runs").json()["items"] == []


def test_a_refusal_quotes_no_value(owner: Person) -> None:
    owner.post("/tasks", DEMO)
    for fields in (
        {"username": "ann", "pasword": "CANARY-1"},
        {"username": "CANARY-2"},
        "CANARY-3",
    ):
        wish = {"task": DEMO["name"], "secret_values": {SLOT: fields}}
        refused = owner.post("/runs", wish)
        assert refused.status_code == 422
        assert "CANARY" not in refused.text


async def test_only_so_many_go_on_at_once(server: Server, site: Site) -> None:
    premises, account = server.premises, site.new_account(totp=True)
    server.person("ann").post("/tasks", DEMO)
    house = premises.runner(premises.people.actor("ann")).house
    values = {SLOT: {"username": "ann", "password": account.password, "totp": account.totp_key}}
    order = Order(task=DEMO["name"], inputs={"site": site.origin})
    begun, goes_on = threading.Barrier(premises.aside.most + 1), threading.Event()

    def held(_vault: object) -> Any:
        begun.wait(30)
        goes_on.wait(30)
        raise EnvironmentUnfit("this run is not carried out")

    for _ in range(premises.aside.most):
        premises.aside.place(house, order, values, held)
    begun.wait(30)
    with pytest.raises(EnvironmentUnfit, match="which is the most"):
        premises.aside.place(house, order, values, held)
    goes_on.set()
    await premises.aside.close()


async def test_a_server_that_ends_has_its_runs_say_so(server: Server, site: Site) -> None:
    premises, account = server.premises, site.new_account(totp=True)
    server.person("ann").post("/tasks", DEMO)
    house = premises.runner(premises.people.actor("ann")).house
    values = {SLOT: {"username": "ann", "password": account.password, "totp": account.totp_key}}
    run = premises.place(house, Order(task=DEMO["name"], inputs={"site": site.origin}), values)
    events = premises.keeper.events
    while not any(one.kind == "step_started" for one in events.since(run.id)):
        await events.wait(run.id, len(events.since(run.id)), 30)
    await premises.aside.close()
    assert house.store.get(run.id).state is State.INTERRUPTED
