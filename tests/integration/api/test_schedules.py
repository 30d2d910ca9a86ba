"""Schedules by the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.api.conftest import LOGIN
from tests.integration.api.test_runs import TASK

if TYPE_CHECKING:
    from tests.integration.api.conftest import Person, Server


@pytest.fixture
def wish(owner: Person) -> dict[str, Any]:
    task = owner.post("/tasks", TASK).json()["id"]
    secret = owner.post("/secrets", LOGIN).json()["id"]
    return {
        "name": "Every night",
        "cron": "30 3 * * *",
        "zone": "Europe/Berlin",
        "task": task,
        "secret_bindings": {"HOTEL": secret},
        "inputs": {"date": "2026-11-22"},
    }


def test_a_schedule_is_kept_paused_changed_and_taken_away(
    owner: Person, wish: dict[str, Any]
) -> None:
    made = owner.post("/schedules", wish)
    assert made.status_code == 201, made.text
    one = made.json()
    assert len(one["upcoming"]) == 5
    assert all(at[14:16] == "30" for at in one["upcoming"])
    path = f"/schedules/{one['id']}"
    assert owner.post(f"{path}/pause").json()["upcoming"] == []
    assert owner.post(f"{path}/resume").json()["paused"] is False
    changed = owner.ask("PUT", path, {**wish, "cron": "15 4 * * *"}).json()
    assert (changed["id"], changed["cron"]) == (one["id"], "15 4 * * *")
    assert [each["id"] for each in owner.get("/schedules").json()["items"]] == [one["id"]]
    assert owner.get(f"{path}/ticks").json()["items"] == []
    assert owner.ask("DELETE", path).status_code == 204
    assert owner.get(path).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"cron": "99 * * * *"}, {"zone": "Mars/Base"}, {"task": "none"}, {"overlap": "x"}]
)
def test_a_schedule_that_could_not_run_is_not_kept(
    owner: Person, wish: dict[str, Any], wrong: dict[str, str]
) -> None:
    assert owner.post("/schedules", {**wish, **wrong}).status_code in (404, 422)
    assert owner.get("/schedules").json()["items"] == []


def test_another_projects_schedule_does_not_exist(
    server: Server, owner: Person, wish: dict[str, Any]
) -> None:
    made = owner.post("/schedules", wish).json()["id"]
    assert server.person("oda", "theirs").get(f"/schedules/{made}").status_code == 404
