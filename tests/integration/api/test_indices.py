"""The client of the platform behind the slots design, as it is on PyPI, against this server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import indices
import pytest
import uvicorn
from indices import Indices

from agent.api.app import walled
from agent.runner.first_use import NOWHERE
from agent.vault.policy import Role
from tests.integration.api.conftest import OPTIONS
from tests.integration.api.test_runs import TASK
from tests.standins.processes import started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fixtures.login_site.serving import Site
    from tests.integration.api.conftest import Server

    Clients = Callable[..., Indices]

ROOT = Path(__file__).parents[3]
ALL = ("runs:read", "runs:write", "tasks:read", "tasks:write", "secrets:list", "secrets:bind",
       "secrets:write", "secrets:totp")  # fmt: skip
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOGIN: dict[str, Any] = {
    "name": "Hotel admin",
    "secret_type": "login",
    "username": "ann",
    "password": "CANARY-pw",
    "totp_secret": KEY,
}


@pytest.fixture
def address(server: Server) -> Iterator[str]:
    """The server on a port of this machine, under the name it goes by."""
    opened = socket.create_server(("127.0.0.1", 0))
    port = opened.getsockname()[1]
    named = type(OPTIONS)(port=port, url=f"http://localhost:{port}", worker=False)
    config = uvicorn.Config(walled(server.app, named), log_config=None)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [opened]})
    thread.start()
    yield named.url
    running.should_exit = True
    thread.join()


@pytest.fixture
def clients(address: str, server: Server) -> Iterator[Clients]:
    with ExitStack() as stack:

        def client(*scopes: str, role: Role = Role.OWNER) -> Indices:
            token = server.token("ann", *scopes, role=role)
            key = token.headers["authorization"].removeprefix("Bearer ")
            made = Indices(
                api_key=key, base_url=address, max_retries=0, _strict_response_validation=True
            )
            return stack.enter_context(made)

        yield client


def test_secrets_are_made_listed_asked_for_a_code_and_deleted(clients: Clients) -> None:
    ann = clients(*ALL)
    made = ann.beta.secrets.create(**LOGIN)
    assert (made.name, made.secret_type, made.has_totp) == ("Hotel admin", "login", True)
    text = ann.beta.secrets.create(name="Key", secret_type="string", value="CANARY-v")
    assert text.secret_type == "string"
    assert {one.id for one in ann.beta.secrets.list()} == {made.id, text.id}
    code = ann.beta.secrets.get_totp(made.id)
    assert code.id == made.id
    assert len(code.code) == 6
    assert ann.beta.secrets.delete(text.id).deleted is True
    assert [one.id for one in ann.beta.secrets.list()] == [made.id]


def test_tasks_are_read_as_connectors(clients: Clients, server: Server) -> None:
    task = server.person("ann").post("/tasks", TASK).json()
    ann = clients(*ALL)
    [listed] = list(ann.beta.connectors.list())
    found = ann.beta.connectors.retrieve(task["id"])
    assert found == listed
    assert found.display_name == "Guests"
    assert found.website == "https://hotel.example"
    assert found.required_secrets is not None
    assert [(slot.name, slot.type) for slot in found.required_secrets] == [("HOTEL", "login")]
    assert found.input_schema["required"] == ["date"]
    assert list(ann.beta.connectors.list(domain="other.example")) == []
    assert [one.version for one in ann.beta.connectors.list_revisions(task["id"]).data] == [1]


def test_a_run_is_placed_with_bindings_found_and_listed(clients: Clients, server: Server) -> None:
    task = server.person("ann").post("/tasks", TASK).json()
    ann = clients(*ALL)
    secret = ann.beta.secrets.create(**LOGIN)
    bound = {"HOTEL": secret.id}
    run = ann.beta.runs.create(
        connector_id=task["id"],
        arguments={"date": "2026-11-22"},
        secret_bindings=bound,
        async_=True,
        max_timeout_s=30,
    )
    assert (run.status, run.connector_id, run.connector_version) == ("pending", task["id"], 1)
    assert run.arguments == {"date": "2026-11-22"}
    assert run.secret_bindings == bound
    assert ann.beta.runs.retrieve(run.id) == run
    assert [one.id for one in ann.beta.runs.list(connector_id=task["id"])] == [run.id]
    assert "queued" in ann.beta.runs.logs(run.id).logs


def test_a_secret_goes_nowhere_until_it_is_bound_and_then_to_that_tasks_sites(
    clients: Clients, server: Server
) -> None:
    owner = server.person("ann")
    task = owner.post("/tasks", TASK).json()
    other = {**TASK, "name": "Other"}
    other["slots"] = {"HOTEL": {"type": "login", "origins": ["https://evil.example"]}}
    other["steps"] = [{"type": "sign_in", "slot": "HOTEL", "url": "https://evil.example/login"}]
    del other["inputs"]
    evil = owner.post("/tasks", other).json()
    ann = clients(*ALL)
    secret = ann.beta.secrets.create(**LOGIN)
    assert owner.get(f"/secrets/{secret.id}").json()["origins"] == list(NOWHERE.texts())
    less = clients(*ALL, role=Role.EDITOR)
    asked = {"secret_bindings": {"HOTEL": secret.id}, "async_": True}
    with pytest.raises(indices.PermissionDeniedError):
        less.beta.runs.create(connector_id=evil["id"], **asked)
    ann.beta.runs.create(connector_id=task["id"], arguments={"date": "2026-11-22"}, **asked)
    assert owner.get(f"/secrets/{secret.id}").json()["origins"] == ["https://hotel.example"]
    with pytest.raises(indices.UnprocessableEntityError):
        ann.beta.runs.create(connector_id=evil["id"], **asked)


def test_refusals_are_the_clients_own_errors(clients: Clients) -> None:
    ann = clients(*ALL)
    with pytest.raises(indices.NotFoundError):
        ann.beta.runs.retrieve("0" * 36)
    with pytest.raises(indices.NotFoundError):
        ann.beta.connectors.retrieve("none")
    with pytest.raises(indices.UnprocessableEntityError) as refused:
        ann.beta.secrets.create(name="x", secret_type="login", password="CANARY-2")
    assert "CANARY" not in str(refused.value)
    with pytest.raises(indices.PermissionDeniedError):
        clients("runs:read").beta.secrets.list()
    with pytest.raises(indices.AuthenticationError):
        clients(*ALL).with_options(api_key="rnr_test_x").beta.secrets.list()


@pytest.fixture
def worker(server: Server, tmp_path: Path) -> Iterator[None]:
    """The worker that people start, on the server's data folder."""
    [key] = (tmp_path / "keys").glob("*.key")
    home = dict.fromkeys(("RUNNER_HOME", "HOME"), str(server.premises.settings.home))
    environment = {"PATH": os.environ["PATH"], "RUNNER_KEY_FILE": str(key), **home}
    program = [str(Path(sys.executable).with_name("runner")), "worker", "--grace", "0"]
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    with started(program, env=environment, cwd=tmp_path, **quiet):
        yield


@pytest.mark.usefixtures("worker")
def test_the_whole_way_from_a_secret_to_a_result(
    clients: Clients, server: Server, site: Site
) -> None:
    account = site.new_account(totp=True)
    owner = server.person("ann")
    written = json.loads((ROOT / "tasks/checked-in-guests.json").read_text("utf-8"))
    task = owner.post("/tasks", written).json()
    ann = clients(*ALL)
    secret = ann.beta.secrets.create(
        name="Hotel admin",
        secret_type="login",
        username=account.username,
        password=account.password,
        totp_secret=account.totp_key,
    )
    run = ann.with_options(timeout=170).beta.runs.create(
        connector_id=task["id"],
        arguments={"site": site.origin},
        secret_bindings={"MANAGEMENT_LOGIN": secret.id},
        max_timeout_s=120,
    )
    assert (run.status, run.error) == ("success", None)
    assert run.result is not None
    assert run.result["guests"]
    assert run.has_logs
    logs = ann.beta.runs.logs(run.id).logs
    assert "step_finished" in logs
    assert "ended" in logs
    assert len(ann.beta.secrets.get_totp(secret.id).code) == 6
    assert owner.get(f"/secrets/{secret.id}").json()["origins"] == [site.origin]
    left = owner.get(f"/runs/{run.id}/artifacts").json()["items"]
    assert {"trace", "report", "screenshot"} <= {one["kind"] for one in left}
    assert ann.beta.secrets.delete(secret.id).deleted is True
    for text in (logs, run.to_json()):
        assert account.password not in text
        assert "CANARY" not in text
