"""The field for a one-time code on a run's page: who finds it, when, and where the code goes."""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect, sync_playwright

from agent.api.app import create_app, walled
from agent.api.options import ServerOptions
from agent.browser.find import find_browser
from agent.runner.membership import Membership
from agent.runs.chronicle import CODE_WANTED
from agent.runs.report import Report
from agent.runs.run import HERE, Terms
from agent.runs.states import State
from agent.vault.outside_codes import OutsideCodes
from agent.vault.policy import Role
from tests.integration.api.conftest import PASSWORD
from tests.integration.api.test_in_browser import CHOOSE, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx import Response
    from playwright.sync_api import Page

    from agent.runs.claim import Claim
    from agent.runs.store import RunStore
    from tests.integration.api.conftest import Person, Server

SITE = "https://hotel.example"
CODE = "31415926"
FIELD = 'autocomplete="one-time-code"'


@dataclass
class Worker:
    """Stands for the worker of a run that asks for a code."""

    server: Server
    claim: Claim

    @property
    def path(self) -> str:
        return f"/runs/{self.claim.run_id}"

    @property
    def store(self) -> RunStore:
        return self.server.premises.keeper.store

    def ask(self, *, again: bool = False) -> None:
        told = {"site": SITE, "slot": "LOGIN", "again": again, "seconds": 60.0}
        assert self.store.told(self.claim, [(CODE_WANTED, told)])

    def tell(self, text: str) -> None:
        assert self.store.told(self.claim, [("moved", {"text": text})])

    def taken(self) -> str | None:
        return OutsideCodes(self.server.premises.people.vault.trail()).take(self.claim.run_id)


def worker_of(server: Server, **terms: Any) -> Worker:
    store = server.premises.keeper.store
    params = json.dumps({"mode": terms.get("mode", "test"), "bindings": {}, "inputs": {}})
    claim = store.claim(store.add("Guests", params, Terms(**terms)).id, "worker")
    assert claim is not None
    return Worker(server, claim)


@pytest.fixture
def worker(server: Server) -> Worker:
    return worker_of(server)


def shown(person: Person, worker: Worker) -> str:
    answer = person.client.get(worker.path, headers=person.headers, follow_redirects=False)
    assert answer.status_code == 200
    return answer.text


def give(person: Person, worker: Worker, code: str, **headers: str) -> Response:
    return person.client.post(
        f"{worker.path}/code",
        data={"code": code},
        headers={**person.headers, **headers},
        follow_redirects=False,
    )


def test_the_field_is_there_while_a_code_is_wanted_and_no_longer(
    worker: Worker, owner: Person
) -> None:
    assert FIELD not in shown(owner, worker)
    worker.ask()
    text = shown(owner, worker)
    assert FIELD in text
    assert 'inputmode="numeric"' in text
    worker.tell("filled one-time code")
    assert FIELD not in shown(owner, worker)
    worker.ask(again=True)
    text = shown(owner, worker)
    assert FIELD in text
    assert "The site did not take the code." in text
    report = Report(worker.claim.run_id, "Guests", "failed", "mfa_rejected")
    assert worker.store.finish(worker.claim, State.FAILED, report.outcome, report.to_json())
    assert FIELD not in shown(owner, worker)


def test_only_who_may_run_it_finds_the_field_and_a_terminals_run_has_none(server: Server) -> None:
    worker, at_terminal = worker_of(server), worker_of(server, pool=HERE)
    worker.ask()
    at_terminal.ask()
    reads = server.token("ann", "runs:read", role=Role.EDITOR)
    writes = server.token("ann", "runs:read", "runs:write", role=Role.EDITOR)
    assert FIELD not in shown(reads, worker)
    assert give(reads, worker, CODE).status_code == 403
    assert FIELD in shown(writes, worker)
    assert FIELD in shown(server.person("ed"), worker)
    assert FIELD not in shown(server.person("ed"), at_terminal)
    assert give(server.person("oda", "theirs"), worker, CODE).status_code == 404
    assert worker.taken() is None


def test_the_code_reaches_the_run_and_stands_in_no_address_event_or_audit_row(
    worker: Worker, server: Server
) -> None:
    worker.ask()
    ed = server.person("ed")
    answer = give(ed, worker, f"{CODE[:4]} {CODE[4:]}")
    assert answer.headers["location"] == f"{worker.path}?done=code-given"
    rows = [dict(row) for row in server.premises.people.vault.trail().rows()]
    told = ed.get(f"{worker.path}/logs").text + shown(ed, worker) + str(rows) + answer.text
    assert CODE not in told
    assert "code_pushed" in told
    assert worker.taken() == CODE


@pytest.mark.parametrize("code", ["", "12", "no code at all, I fear"])
def test_what_is_no_code_is_refused_on_the_page_and_not_quoted(
    worker: Worker, owner: Person, code: str
) -> None:
    worker.ask()
    answer = give(owner, worker, code)
    assert answer.headers["location"] == f"{worker.path}?done=no-code"
    page = owner.client.get(answer.headers["location"], headers=owner.headers).text
    assert "The run was given no code." in page
    assert not code or f">{code}<" not in page
    assert worker.taken() is None


def test_a_code_sent_by_another_sites_page_counts_for_nothing(
    worker: Worker, owner: Person
) -> None:
    worker.ask()
    theirs = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert "done=" not in give(owner, worker, CODE, **theirs).headers.get("location", "")
    assert worker.taken() is None
    assert "done=" in give(owner, worker, CODE).headers["location"]


@contextmanager
def page_of(server: Server, name: str) -> Iterator[Page]:
    """A browser with somebody signed in at the server."""
    with (
        socket.create_server(("127.0.0.1", 0)) as ours,
        socket.create_server(("127.0.0.1", 0)) as theirs,
        sync_playwright() as browsers,
    ):
        ports = ours.getsockname()[1], theirs.getsockname()[1]
        options = ServerOptions.of("127.0.0.1", ports, (None, None), worker=False)
        app = create_app(server.premises, options)
        with serving(walled(app, options), ours):
            browser = browsers.chromium.launch(
                executable_path=find_browser().path, chromium_sandbox=False
            )
            page = browser.new_page(base_url=options.url)
            people = server.premises.people
            link = Membership(people, people.actor("ann")).link(name)
            page.goto("/healthz")
            assert page.evaluate(CHOOSE, [link, PASSWORD]) == 204
            yield page
            browser.close()


@pytest.mark.browser
def test_the_field_comes_and_goes_with_the_run_and_is_filled_by_keyboard(
    worker: Worker, server: Server
) -> None:
    with page_of(server, "ed") as page:
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        page.goto(worker.path)
        field = page.get_by_label("One-time code")
        expect(page.get_by_text("How it went")).to_be_visible()
        expect(field).to_have_count(0)
        worker.ask()
        field.wait_for()
        page.get_by_role("button", name="Cancel").focus()
        for _ in range(10):
            page.keyboard.press("Tab")
            if field.evaluate("field => field === document.activeElement"):
                break
        page.keyboard.type(CODE)
        page.keyboard.press("Enter")
        page.get_by_text("The code is on its way").wait_for()
        assert worker.taken() == CODE
        assert CODE not in page.url
        worker.tell("filled one-time code")
        expect(field).to_have_count(0)
        assert complaints == []
