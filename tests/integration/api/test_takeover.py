"""Taking a run over by the API: who may, who has the page, and what comes through."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from agent.browser.person_acts import PersonAct
from agent.errors import SecretError
from agent.runs.run import Terms
from agent.runs.takeover import ACTS, FRAMES, SealedFrame, Wanted
from agent.runs.takeovers import Takeovers
from agent.vault.audit import Entry, Trail
from agent.vault.passed import Envelope
from agent.vault.policy import Role

if TYPE_CHECKING:
    from agent.runs.claim import Claim
    from tests.integration.api.conftest import Server

WANTED = Wanted("captcha", "The site asks for a captcha.", 600.0)
PICTURE = b"\xff\xd8\xff a masked picture"
TYPED = "CANARY-typed-word"


@dataclass
class Worker:
    """Stands for the worker of one run that waits for a person."""

    server: Server
    claim: Claim

    @property
    def path(self) -> str:
        return f"/runs/{self.claim.run_id}/takeover"

    @property
    def meeting(self) -> Takeovers:
        return self.server.premises.keeper.store.takeovers

    def envelope(self, kind: str) -> Envelope:
        return Envelope(self.server.premises.people.vault.trail(), self.claim.run_id, kind)

    def show(self, number: int) -> None:
        sealed = self.envelope(FRAMES).seal(number, PICTURE)
        assert self.meeting.show(self.claim, SealedFrame(number, 1280, 720, sealed))

    def acts(self) -> list[PersonAct]:
        taken = self.meeting.acts(self.claim)
        opened = [self.envelope(ACTS).open(one.number, one.sealed) for one in taken]
        return [PersonAct.of(one) for one in opened if one is not None]


def worker_of(server: Server, mode: str = "test", project: str = "default") -> Worker:
    store = server.premises.keeper.store.of(project)
    params = json.dumps({"mode": mode, "bindings": {}, "inputs": {}})
    run = store.add("Guests", params, Terms(mode=mode))
    claim = store.claim(run.id, "worker")
    assert claim is not None
    assert store.takeovers.open(claim, WANTED)
    return Worker(server, claim)


@pytest.fixture
def worker(server: Server) -> Worker:
    return worker_of(server)


def test_one_has_the_page_and_another_watches(server: Server, worker: Worker) -> None:
    ann, ed = server.person("ann"), server.person("ed")
    needs = ann.get(f"/runs/{worker.claim.run_id}").json()["needs_person"]
    assert (needs["why"], needs["message"], needs["held_by"]) == ("captcha", WANTED.message, None)
    assert ann.get(f"{worker.path}/frame").status_code == 404
    assert ed.post(f"{worker.path}/acts", {"acts": [click()]}).status_code == 409
    assert ed.post(worker.path).json()["yours"] is True
    refused = ann.post(worker.path)
    assert (refused.status_code, "ed has the page" in refused.text) == (409, True)
    worker.show(1)
    seen = ann.get(f"{worker.path}?after=0&wait=5")
    assert (seen.json()["frame"], seen.json()["held_by"], seen.json()["yours"]) == (1, "ed", False)
    picture = ann.get(f"{worker.path}/frame")
    assert (picture.content, picture.headers["content-type"]) == (PICTURE, "image/jpeg")
    assert picture.headers["cache-control"] == "no-store"
    typed = {"kind": "text", "text": TYPED}
    assert ed.post(f"{worker.path}/acts", {"acts": [click(), typed]}).status_code == 204
    assert [act.kind for act in worker.acts()] == ["click", "text"]
    assert ann.post(f"{worker.path}/give-back").status_code == 409
    assert ed.post(f"{worker.path}/give-back").status_code == 204
    told = [one["kind"] for one in logs(ann, worker)]
    assert told == ["queued", "started", "needs_person", "taken_over"]
    rows = [row for row in server.premises.people.vault.trail().rows() if row["run_id"]]
    assert [(row["actor"], row["action"]) for row in rows] == [
        ("ed", "taken_over"),
        ("ed", "given_back"),
    ]
    assert "acts:2" in rows[1]["detail"]


def test_a_page_that_cannot_be_audited_is_not_given(
    server: Server, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: Trail, _entry: Entry) -> None:
        raise SecretError("the disk is full")

    monkeypatch.setattr(Trail, "record", full)
    assert server.person("ann").post(worker.path).status_code == 503
    stands = worker.meeting.look(worker.claim.run_id)
    assert stands is not None
    assert not stands.held


def test_who_comes_second_by_a_moment_is_audited_as_refused(
    server: Server, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Takeovers, "take", lambda *_: False)
    assert server.person("ann").post(worker.path).status_code == 409
    rows = [row for row in server.premises.people.vault.trail().rows() if row["run_id"]]
    assert [row["outcome"] for row in rows] == ["allowed", "refused"]


def click() -> dict[str, Any]:
    return {"kind": "click", "x": 10, "y": 20.5}


def logs(person: Any, worker: Worker) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.get(f"/runs/{worker.claim.run_id}/logs").json()["items"]
    return found


@pytest.mark.parametrize(
    ("mode", "name", "may"),
    [("test", "ed", True), ("test", "adam", True), ("live", "ed", False), ("live", "adam", True)],
)
def test_a_live_run_is_taken_over_by_who_may_bind_live_secrets(
    server: Server, mode: str, name: str, *, may: bool
) -> None:
    worker = worker_of(server, mode)
    person = server.person(name)
    statuses = {
        person.post(worker.path).status_code,
        person.get(worker.path).status_code,
        person.post(f"{worker.path}/acts", {"acts": [click()]}).status_code,
    }
    assert statuses == ({200, 204} if may else {403})


def test_another_projects_run_a_runner_and_a_token_without_the_scope_get_nowhere(
    server: Server, worker: Worker
) -> None:
    other = server.person("oda", "theirs")
    assert other.post(worker.path).status_code == 404
    assert server.token("ann", "runs:read", "runs:takeover").get(worker.path).status_code == 403
    wide = server.token("ann", "runs:read", "runs:write", role=Role.EDITOR)
    assert wide.get(worker.path).status_code == 403
    program = server.token("ann", "runs:read", "runs:takeover", role=Role.EDITOR)
    assert program.post(worker.path).status_code == 200


@pytest.mark.parametrize(
    "act",
    [
        {"kind": "text"},
        {"kind": "text", "text": f"{TYPED}\n"},
        {"kind": "text", "text": TYPED * 50},
        {"kind": "key", "key": "F12"},
        {"kind": "key", "key": "a"},
        {"kind": "click", "x": 1},
        {"kind": "click", "x": 1e9, "y": 1},
        {"kind": "click", "x": 1, "y": 1, "text": TYPED},
        {"kind": "goto", "text": TYPED},
    ],
)
def test_what_is_no_act_is_refused_and_not_repeated(
    server: Server, worker: Worker, act: dict[str, Any]
) -> None:
    ann = server.person("ann")
    ann.post(worker.path)
    answer = ann.post(f"{worker.path}/acts", {"acts": [act]})
    assert answer.status_code == 422
    assert TYPED not in answer.text
    assert worker.acts() == []


def test_where_too_much_waits_no_more_is_taken(server: Server, worker: Worker) -> None:
    ann = server.person("ann")
    ann.post(worker.path)
    many = {"acts": [click()] * 50}
    statuses = [ann.post(f"{worker.path}/acts", many).status_code for _ in range(5)]
    assert statuses == [204, 204, 204, 204, 429]


def test_an_act_that_somebody_else_wrote_into_the_table_is_not_one(
    server: Server, worker: Worker
) -> None:
    """Of another run, of another place in the row, or not sealed at all."""
    ann, other = server.person("ann"), worker_of(server)
    ann.post(worker.path)
    ann.post(other.path)
    ann.post(f"{other.path}/acts", {"acts": [click()]})
    sealed = other.meeting.acts(other.claim)[0].sealed
    assert other.envelope(ACTS).open(1, sealed) is not None
    assert other.envelope(ACTS).open(2, sealed) is None
    assert other.envelope(FRAMES).open(1, sealed) is None
    assert worker.envelope(ACTS).open(1, sealed) is None


def test_a_page_of_another_site_cannot_act(server: Server, worker: Worker) -> None:
    ann = server.person("ann")
    refused = ann.post(worker.path, **{"sec-fetch-site": "cross-site"})
    assert refused.status_code == 403


def test_who_may_not_take_over_is_told_on_the_page_and_offered_nothing(server: Server) -> None:
    worker = worker_of(server, "live")
    ed, ann = server.person("ed"), server.person("ann")
    page = ed.client.get(f"/runs/{worker.claim.run_id}", headers=ed.headers)
    assert WANTED.message in page.text
    assert "Take over" not in page.text
    owners = ann.client.get(f"/runs/{worker.claim.run_id}", headers=ann.headers)
    assert "Take over" in owners.text
