"""Where and when runs may begin, and how much sites are asked, by the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.integration.api.test_runs import TASK

if TYPE_CHECKING:
    from tests.integration.api.conftest import Person, Server

SITE = "https://hotel.example"


def test_a_run_is_placed_for_a_queue_labels_and_a_time(owner: Person) -> None:
    steps = [{"type": "goto", "url": f"{SITE}/list"}]
    owner.post("/tasks", {"name": TASK["name"], "steps": steps, "labels": ["eu"]})
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    wish = {"task": TASK["name"], "queue": "night", "labels": ["linux"], "not_before": later}
    made = owner.post("/runs", wish)
    assert made.status_code == 201, made.text
    run = made.json()
    assert (run["queue"], run["labels"], run["priority"]) == ("night", ["eu", "linux"], 0)
    assert datetime.fromisoformat(run["not_before"]) > datetime.now(UTC)
    assert run["waits_for"].startswith("its time, ")
    found = owner.get("/runs").json()["items"][0]
    assert (found["id"], found["queue"]) == (run["id"], "night")
    owner.post(f"/runs/{run['id']}/cancel")
    assert owner.get(f"/runs/{run['id']}").json()["waits_for"] is None


@pytest.mark.parametrize(
    "wish", [{"queue": "here"}, {"queue": "a b"}, {"labels": ["/"]}, {"not_before": "2026-11-22"}]
)
def test_a_place_or_time_that_is_none_is_refused(owner: Person, wish: dict[str, object]) -> None:
    owner.post("/tasks", {"name": "Look", "steps": [{"type": "goto", "url": SITE}]})
    assert owner.post("/runs", {"task": "Look", **wish}).status_code == 422


def test_a_site_is_limited_and_set_free_again(server: Server, owner: Person) -> None:
    wish = {"site": f"{SITE}/login", "per_minute": 6, "burst": 2}
    set_ = owner.ask("PUT", "/limits", wish)
    assert set_.status_code == 200, set_.text
    limit = {"site": SITE, "concurrency": None, "per_minute": 6, "burst": 2, "running": 0}
    assert set_.json() == limit
    assert server.person("ed").get("/limits").json()["items"] == [limit]
    assert server.person("oda", "theirs").get("/limits").json()["items"] == []
    assert server.person("ed").ask("DELETE", f"/limits/{SITE}").status_code == 403
    for status in (204, 404):
        assert owner.ask("DELETE", f"/limits/{SITE}").status_code == status
