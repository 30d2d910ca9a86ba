"""Tasks are stored, and runs of them placed, by people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.api.conftest import LOGIN

if TYPE_CHECKING:
    from tests.integration.api.conftest import Person, Server

TASK: dict[str, Any] = {
    "name": "Guests",
    "slots": {"HOTEL": {"type": "login", "origins": ["https://hotel.example"]}},
    "inputs": {"date": {"type": "date"}},
    "steps": [
        {"type": "goto", "url": "https://hotel.example/list?on=${inputs.date}"},
        {"type": "sign_in", "slot": "HOTEL", "url": "https://hotel.example/login"},
    ],
}


@pytest.fixture
def task(owner: Person) -> dict[str, Any]:
    made: dict[str, Any] = owner.post("/tasks", TASK).json()
    return made


@pytest.fixture
def wish(owner: Person, task: dict[str, Any]) -> dict[str, Any]:
    secret = owner.post("/secrets", LOGIN).json()["id"]
    bound = {"HOTEL": secret}
    return {"task": task["id"], "secret_bindings": bound, "inputs": {"date": "2026-11-22"}}


def test_a_task_is_stored_and_described_as_a_form_needs_it(
    owner: Person, task: dict[str, Any]
) -> None:
    found = owner.get(f"/tasks/{task['id']}").json()
    assert found == task
    assert [(slot["name"], slot["type"], slot["totp"]) for slot in found["slots"]] == [
        ("HOTEL", "login", False)
    ]
    assert found["inputs"]["properties"]["date"] == {"type": "string", "format": "date"}
    assert [one["name"] for one in owner.get("/tasks").json()["items"]] == ["Guests"]


def test_what_is_wrong_in_a_task_is_told_with_its_place(owner: Person) -> None:
    wrong = {**TASK, "steps": [{"type": "goot", "url": "https://hotel.example"}]}
    refused = owner.post("/tasks", wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, "task_invalid")
    assert refused.json()["errors"][0]["line"] >= 1
    told = owner.post("/tasks/check", wrong).json()["problems"]
    assert told == refused.json()["errors"]
    assert owner.post("/tasks/check", TASK).json() == {"problems": []}


def test_another_version_is_used_from_then_on(owner: Person, task: dict[str, Any]) -> None:
    path = f"/tasks/{task['id']}"
    after = owner.post(f"{path}/versions", {**TASK, "description": "Of one day."})
    assert (after.status_code, after.json()["version"]) == (201, 2)
    assert owner.get(path).json()["description"] == "Of one day."
    assert owner.get(f"{path}?version=1").json()["description"] == ""
    assert [one["version"] for one in owner.get(f"{path}/versions").json()["items"]] == [2, 1]


def test_a_task_is_taken_away_after_its_name_was_typed(owner: Person, task: dict[str, Any]) -> None:
    path = f"/tasks/{task['id']}"
    assert owner.ask("DELETE", path, {"confirm": "Gests"}).status_code == 422
    assert owner.ask("DELETE", path, {"confirm": "Guests"}).status_code == 204
    assert owner.get(path).status_code == 404


def test_a_run_is_placed_listed_and_taken_back(owner: Person, wish: dict[str, Any]) -> None:
    made = owner.post("/runs", wish)
    assert made.status_code == 201, made.text
    run = made.json()
    assert made.headers["location"] == f"/api/v1/runs/{run['id']}"
    assert (run["state"], run["secret_bindings"]) == ("queued", wish["secret_bindings"])
    assert [one["id"] for one in owner.get("/runs").json()["items"]] == [run["id"]]
    bound = owner.get(f"/tasks/{wish['task']}/bindings").json()
    assert bound == wish["secret_bindings"]
    assert owner.post(f"/runs/{run['id']}/cancel").json()["state"] == "cancelled"
    assert owner.get(f"/runs/{run['id']}/result").json() == {}
    again = owner.post(f"/runs/{run['id']}/again").json()
    assert again["state"] == "queued"


def test_one_key_is_one_run(owner: Person, wish: dict[str, Any]) -> None:
    keyed = {"idempotency-key": "night-2026-11-22"}
    first, second = (owner.post("/runs", wish, **keyed).json() for _ in range(2))
    assert first["id"] == second["id"]
    other = owner.post("/runs", {**wish, "inputs": {"date": "2026-11-23"}}, **keyed)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency")


def test_the_list_goes_on_where_a_page_ended(owner: Person, wish: dict[str, Any]) -> None:
    made = [owner.post("/runs", wish).json()["id"] for _ in range(5)]
    found, cursor = [], ""
    for _ in range(3):
        page = owner.get(f"/runs?limit=2{cursor}").json()
        found += [run["id"] for run in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert found == made[::-1]
    assert page["next"] is None


def test_events_are_streamed_from_where_a_reader_left_off(
    owner: Person, wish: dict[str, Any]
) -> None:
    run = owner.post("/runs", wish).json()["id"]
    owner.post(f"/runs/{run}/cancel")
    whole = owner.get(f"/runs/{run}/events")
    assert whole.headers["content-type"].startswith("text/event-stream")
    assert [line for line in whole.text.splitlines() if line.startswith("event: ")] == [
        "event: queued",
        "event: ended",
    ]
    rest = owner.get(f"/runs/{run}/events", **{"last-event-id": "1"})
    assert "event: queued" not in rest.text
    assert "event: ended" in rest.text
    assert [line["kind"] for line in owner.get(f"/runs/{run}/logs").json()["items"]] == [
        "queued",
        "ended",
    ]


def test_an_editor_binds_and_runs_and_a_runner_token_sees(
    server: Server, wish: dict[str, Any]
) -> None:
    assert server.person("ed").post("/runs", wish).status_code == 201
    live = server.person("ed").post("/runs", {**wish, "mode": "live"})
    assert live.status_code in (403, 422)
    seeing = server.token("ann", "runs:read")
    assert len(seeing.get("/runs").json()["items"]) == 1
    assert seeing.post("/runs", wish).status_code == 403


def test_another_projects_task_and_run_do_not_exist(
    server: Server, owner: Person, wish: dict[str, Any]
) -> None:
    run, oda = owner.post("/runs", wish).json()["id"], server.person("oda", "theirs")
    for path in (f"/tasks/{wish['task']}", f"/runs/{run}", f"/runs/{run}/events"):
        assert oda.get(path).status_code == 404
    assert oda.post(f"/runs/{run}/cancel").status_code == 404
    assert oda.post("/runs", wish).status_code == 404
