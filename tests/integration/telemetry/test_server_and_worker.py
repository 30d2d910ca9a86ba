"""A run placed over the API and carried out by a worker: one trace, from two processes."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.login_site.serving import running_site
from fixtures.neighbours import running, until_it_answers
from fixtures.scale_demo import PASSWORD, Api
from tests.leak.scan import find_in
from tests.standins.collector import attributes, running_collector
from tests.standins.processes import free_ports

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixtures.login_site.serving import Site
    from tests.standins.collector import Collector

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]
PATIENCE = 120.0
GAUGES = {"slotrunner.worker.hands", "slotrunner.queue.waiting", "slotrunner.queue.oldest"}
SPANS = {"POST /api/v1/runs", "run", "queued", "step sign_in"}


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < ends:
        time.sleep(0.2)
    assert condition()


def placed(api: Api, site: Site, fields: dict[str, str]) -> str:
    """Store a login and a task, place a run, and wait for its end."""
    slot = {"type": "login", "origins": [site.origin]}
    steps = [{"type": "sign_in", "slot": "HOTEL", "url": f"{site.origin}/login"}]
    api.ask("POST", "/tasks", {"name": "Telling", "slots": {"HOTEL": slot}, "steps": steps})
    wish = {"name": "Teller", "type": "login", "fields": fields, "origins": [site.origin]}
    secret = api.ask("POST", "/secrets", wish)["id"]
    order = {"task": "Telling", "secret_bindings": {"HOTEL": secret}}
    run = str(api.ask("POST", "/runs", order)["id"])
    until(lambda: api.ask("GET", f"/runs/{run}")["state"] == "succeeded")
    return run


@dataclass
class Told:
    """What a server, its worker and a run between them told."""

    run: str
    collector: Collector
    canaries: dict[str, str]
    log: Path

    def spans(self) -> dict[str, Any]:
        """The spans of the run's trace."""
        trace = self.run.replace("-", "")
        return {s.name: s for s in self.collector.spans() if s.trace_id.hex() == trace}

    def lines(self) -> list[Any]:
        """The lines of the log that are for programs; the first Owner's link is for people."""
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("served")
    (port, second), log = free_ports(), folder / "server.log"
    names = ("HOME", "RUNNER_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    words = ["serve", "--no-input", "--port", str(port), "--artifacts-port", str(second)]
    with running_site() as site, running_collector() as collector:
        environment = {name: str(folder / "home") for name in names} | collector.environment()
        account = site.new_account(totp=False)
        fields = {"username": account.username, "password": account.password}
        with running([*words, "--log-format", "json"], environment, log):
            api = Api(f"http://localhost:{port}")
            until_it_answers(f"{api.url}/readyz")
            link = re.search(r"/welcome#(\S+)", log.read_text())
            assert link is not None
            api.enter(link[1])
            canaries = {"password of the dashboard": PASSWORD, "link": link[1], "token": api.token}
            canaries |= {"cookie": api.cookie.partition("=")[2], **fields}
            canaries |= {"secret's name": "Teller", "task's name": "Telling"}
            made = Told(placed(api, site, fields), collector, canaries, log)
            until(lambda: set(made.spans()) == SPANS)
            until(lambda: set(collector.metrics()) >= GAUGES)
    return made


def test_request_wait_run_and_steps_are_one_trace_of_two_processes(told: Told) -> None:
    found = told.spans()
    parents = {name: span.parent_span_id for name, span in found.items()}
    assert parents.pop("run") == b""
    assert set(parents.values()) == {found["run"].span_id}
    assert len({one["service.instance.id"] for one in told.collector.resources()}) == 2


def test_paths_are_told_as_patterns(told: Told) -> None:
    routes = {attributes(span).get("http.route") for span in told.collector.spans()} - {None}
    assert "/api/v1/runs/{run_id}" in routes
    assert not [route for route in routes if told.run in str(route)]


def test_nothing_that_server_and_worker_sent_or_logged_holds_a_value(told: Told) -> None:
    for path, body in told.collector.bodies:
        assert list(find_in(body, told.canaries, path)) == []
    lines = told.lines()
    assert {"run_began", "run_ended", "answered"} <= {line["event"] for line in lines}
    assert {line["run"] for line in lines if line["event"] == "run_ended"} == {told.run}
    assert list(find_in(json.dumps(lines).encode(), told.canaries, "log")) == []
    # The link that was printed for people beside them is found.
    assert list(find_in(told.log.read_bytes(), told.canaries, "all")) != []
