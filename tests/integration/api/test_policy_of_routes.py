"""Every route, asked by every role, with a token of either mode, about own and foreign things.

The routes come from the API's own description, the answers that are due from the policy table.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from agent.vault.access.scopes import SCOPES
from agent.vault.policy import MODES, POLICY, VISIBILITIES, Action, Decision, Role
from tests.integration.api.conftest import LOGIN, Person, Server, open_server
from tests.integration.api.test_runs import TASK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx import Response

PEOPLE = {"owner": "ann", "admin": "adam", "editor": "ed"}
ROLES = [*PEOPLE, "runner", "none", "nobody"]
NEW = {"name": "x", "type": "value", "fields": {"value": "v"}, "origins": ["https://a.example"]}
OFFER = {"name": "y", "scopes": ["runs:read"]}
# A body that each route takes as it is: what is refused then is refused for who asks.
NIGHTLY = {"name": "Nightly", "cron": "0 3 * * *", "task": "Guests"}
TOLD = {"name": "Chat", "url": "https://chat.example/hook"}
CALM = {"site": "https://hotel.example", "concurrency": 2}
BODIES: dict[str, Any] = {
    "PUT /api/v1/limits": CALM,
    "POST /api/v1/webhooks": {**TOLD, "name": "Other"},
    "PUT /api/v1/webhooks/{webhook_id}": TOLD,
    "POST /api/v1/schedules": NIGHTLY,
    "PUT /api/v1/schedules/{schedule_id}": NIGHTLY,
    "POST /api/v1/session": {"name": "x", "password": "y"},
    "POST /api/v1/session/link": {"link": "x", "password": "y"},
    "POST /api/v1/session/step-up": {"password": "x"},
    "POST /api/v1/session/password": {"password": "x"},
    "PUT /api/v1/session/totp": {"key": "x", "code": "123456"},
    "POST /api/v1/session/project": {"project": "default"},
    "POST /api/v1/people": {"name": "new", "role": "editor"},
    "PUT /api/v1/people/{person}": {"role": "editor"},
    "POST /api/v1/projects": {"name": "another"},
    "POST /api/v1/tokens": OFFER,
    "POST /api/v1/tasks": {**TASK, "name": "New"},
    "POST /api/v1/tasks/check": TASK,
    "POST /api/v1/tasks/{task_id}/versions": TASK,
    "DELETE /api/v1/tasks/{task_id}": {"confirm": "Guests"},
    "POST /api/v1/deployments": {"task": "Guests"},
    "POST /api/v1/deployments/difference": {"task": "Guests"},
    "POST /api/v1/runs": {"task": "Guests"},
    "POST /api/v1/runs/{run_id}/resume": {},
    "POST /api/v1/runs/{run_id}/link": {},
    "POST /api/v1/runs/prune": {"keep": 1000},
    "POST /api/v1/runs/{run_id}/code": {"code": "123456"},
    "POST /api/v1/runs/{run_id}/takeover/acts": {"acts": [{"kind": "text", "text": "x"}]},
    "POST /api/v1/secrets": NEW,
    "DELETE /api/v1/secrets/{secret_id}": {"confirm": "Hotel admin", "seen": "x"},
    "POST /api/v1/secrets/{secret_id}/versions": {"fields": LOGIN["fields"]},
    "POST /api/v1/secrets/{secret_id}/reveal": {"field": "password"},
    "PUT /api/v1/secrets/{secret_id}/origins": {"origins": ["https://hotel.example"]},
    "POST /v1beta/secrets": {"name": "z", "secret_type": "string", "value": "v"},
    "POST /v1beta/runs": {"connector_id": "Guests", "async": True},
}
LET_IN = "let in"
REFUSED = "refused"
UP_TO_THE_THING = "let in, or refused for what it is about"


@dataclass
class Ground:
    """A server with one thing of every kind in each of two projects."""

    server: Server
    mine: dict[str, str]
    theirs: dict[str, str]
    callers: dict[str, Person]

    def ask(self, caller: Person, name: str, things: dict[str, str]) -> Response:
        method, _, path = name.partition(" ")
        body = BODIES.get(name)
        sent = caller.headers
        if body is not None:
            return caller.client.request(method, path.format(**things), headers=sent, json=body)
        return caller.client.request(method, path.format(**things), headers=sent)


def furnish_things(person: Person, other: str) -> dict[str, str]:
    secret = person.post("/secrets", {**LOGIN, "visibility": "masked"}).json()["id"]
    task = person.post("/tasks", TASK).json()["id"]
    wish = {"task": task, "inputs": {"date": "2026-11-22"}, "secret_bindings": {"HOTEL": secret}}
    run = person.post("/runs", wish).json()["id"]
    # A stream of a run that has ended comes to its end.
    person.post(f"/runs/{run}/cancel")
    nightly = {**NIGHTLY, "secret_bindings": {"HOTEL": secret}, "inputs": wish["inputs"]}
    schedule = person.post("/schedules", nightly).json()["id"]
    webhook = person.post("/webhooks", TOLD).json()["id"]
    person.ask("PUT", "/limits", CALM)
    token = person.post("/tokens", OFFER).json()["id"]
    order = {"task": task, "secret_bindings": {"HOTEL": secret}, "copy_secrets": [secret]}
    deployment = person.post("/deployments", {**order, "name": f"{other} live"}).json()["name"]
    return {
        "secret_id": secret,
        "task_id": task,
        "connector_id": task,
        "run_id": run,
        "token_id": token,
        "schedule_id": schedule,
        "webhook_id": webhook,
        "site": CALM["site"],
        "person": other,
        "deployment": deployment,
    }


@pytest.fixture(scope="module")
def ground(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("ground")
    shutil.copytree(furnished, folder, dirs_exist_ok=True)
    server = open_server(folder)
    mine = furnish_things(server.person("ann"), "ed")
    theirs = furnish_things(server.person("oda", "theirs"), "oda")
    every = tuple(SCOPES)
    callers = {role: server.person(name) for role, name in PEOPLE.items()}
    callers["runner"] = server.token("ann", *every, role=Role.RUNNER)
    callers["none"] = server.person("gone")
    callers["nobody"] = server.nobody()
    for role, mode in product(Role, MODES):
        callers[f"{role} {mode}"] = server.token("ann", *every, role=role, mode=mode)
    callers["no scope"] = server.token("ann", "audit:read", role=Role.OWNER)
    yield Ground(server, mine, theirs, callers)
    server.premises.people.engine.dispose()


def routes() -> dict[str, str]:
    from_api = pytest.importorskip("agent.api.app")
    return {
        f"{method.upper()} {path}": operation["x-action"]
        for path, item in from_api.openapi_document()["paths"].items()
        for method, operation in item.items()
    }


ROUTES = routes()
GUARDED = {name: Action(action) for name, action in ROUTES.items() if action in set(Action)}
BETA = "/v1beta/"


def due(action: Action, role: str) -> str:
    """Say what a role gets when it asks for an action, whatever it is about."""
    if role == "none":
        return REFUSED
    of_role = Role(role)
    answers = {
        POLICY.get((action, of_role, mode, seen), Decision.DENY)
        for mode, seen in product(MODES, VISIBILITIES)
    }
    if answers == {Decision.DENY}:
        return REFUSED
    return LET_IN if answers == {Decision.ALLOW} else UP_TO_THE_THING


def test_every_route_that_takes_a_body_has_one_here() -> None:
    from agent.api.app import openapi_document  # noqa: PLC0415 - beside the table it is held to

    wanted = {
        f"{method.upper()} {path}"
        for path, item in openapi_document()["paths"].items()
        for method, operation in item.items()
        if "requestBody" in operation
    }
    assert wanted == set(BODIES)


def destroys(name: str) -> bool:
    return (name.startswith("DELETE") and "{person}" in name) or name.endswith(
        ("DELETE /v1beta/secrets/{secret_id}", "DELETE /api/v1/tokens/{token_id}")
    )


@pytest.mark.parametrize("name", GUARDED)
def test_a_role_gets_what_the_table_says(ground: Ground, name: str) -> None:
    action = GUARDED[name]
    for role in ROLES:
        if role == "nobody":
            assert ground.ask(ground.callers[role], name, ground.mine).status_code == 401
            continue
        if BETA in name and role != "runner":
            continue  # that door is for programs
        wanted = due(action, role)
        if wanted != REFUSED and destroys(name):
            continue  # asked below, about a thing of another project
        answer = ground.ask(ground.callers[role], name, ground.mine)
        assert answer.status_code < 500, (role, answer.text)
        if wanted == REFUSED:
            assert answer.status_code == 403, (role, answer.text)
        binds = role == "runner" and name.endswith("/again")  # who runs may not bind
        if wanted == LET_IN and not binds:
            assert answer.status_code not in (401, 403), (role, answer.text)


@pytest.mark.parametrize("name", [name for name in GUARDED if "{" in name])
def test_a_foreign_thing_does_not_exist(ground: Ground, name: str) -> None:
    for role in ("owner", "admin", "editor", "runner"):
        if BETA in name and role != "runner":
            continue
        answer = ground.ask(ground.callers[role], name, ground.theirs)
        refused = due(GUARDED[name], role) == REFUSED
        allowed = (403,) if refused else (404, 403) if role == "runner" else (404,)
        if "{person}" in name and not refused:
            allowed = (404, 422)
        assert answer.status_code in allowed, (role, answer.text)
        assert LOGIN["name"] not in answer.text


@pytest.mark.parametrize("name", GUARDED)
def test_a_token_does_what_its_scopes_say_and_no_more(ground: Ground, name: str) -> None:
    action = GUARDED[name]
    answer = ground.ask(ground.callers["no scope"], name, ground.theirs)
    if action is not Action.AUDIT:
        assert answer.status_code == 403, answer.text
    if not any(action in actions for actions in SCOPES.values()):
        owner = ground.ask(ground.callers["owner test"], name, ground.theirs)
        assert owner.status_code == 403, owner.text


@pytest.mark.parametrize("name", [n for n in GUARDED if "{secret_id}" in n or "{run_id}" in n])
def test_a_live_token_does_nothing_with_a_test_thing(ground: Ground, name: str) -> None:
    answer = ground.ask(ground.callers["owner live"], name, ground.mine)
    assert answer.status_code in (403, 404), answer.text


@pytest.mark.parametrize("name", [n for n, action in ROUTES.items() if action == "own"])
def test_what_is_ones_own_is_nobody_elses(ground: Ground, name: str) -> None:
    assert ground.ask(ground.callers["nobody"], name, {}).status_code == 401
    if name != "GET /api/v1/session":
        assert ground.ask(ground.callers["owner test"], name, {}).status_code == 403
