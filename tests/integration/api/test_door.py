"""Who gets in by the door, and who does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyotp
import pytest
from starlette.testclient import TestClient

from agent.api.app import create_app, walled
from agent.runner.membership import Membership
from agent.wiring.premises import open_premises
from tests.integration.api.conftest import LOGIN, OPTIONS, PASSWORD, Person, Server, settings_in

if TYPE_CHECKING:
    from pathlib import Path

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def with_password(server: Server, name: str) -> Person:
    people = server.premises.people
    link = Membership(people, people.actor("ann")).link(name)
    answer = server.nobody().post("/session/link", {"link": link, "password": PASSWORD})
    assert answer.status_code == 204, answer.text
    return server.nobody().entered(answer)


def test_the_first_owner_comes_in_by_a_link_that_is_good_once(tmp_path: Path) -> None:
    premises = open_premises(settings_in(tmp_path))
    client = TestClient(walled(create_app(premises, OPTIONS), OPTIONS), base_url=OPTIONS.url)
    nobody = Person(client)
    link = premises.entering.first_link()
    chosen = {"link": link, "name": "zoe", "password": PASSWORD}
    answer = nobody.post("/session/link", chosen)
    assert answer.status_code == 204
    me = nobody.entered(answer).get("/session").json()
    assert (me["person"], me["role"], me["project"]) == ("zoe", "owner", "default")
    assert nobody.post("/session/link", {**chosen, "name": "eve"}).status_code == 401
    assert premises.entering.first_link() is None
    premises.people.engine.dispose()


def test_the_first_owners_link_is_good_for_a_quarter_of_an_hour(server: Server) -> None:
    link = server.premises.entering.first_link()
    server.now += 15 * 60 + 1
    answer = server.nobody().post(
        "/session/link", {"link": link, "name": "z", "password": PASSWORD}
    )
    assert answer.json()["code"] == "sign_in_refused"


def test_a_weak_password_is_refused_and_the_link_stays_good(server: Server) -> None:
    link = server.premises.entering.first_link()
    weak = server.nobody().post(
        "/session/link", {"link": link, "name": "zoe", "password": "a" * 20}
    )
    assert weak.status_code == 422
    good = server.nobody().post(
        "/session/link", {"link": link, "name": "zoe", "password": PASSWORD}
    )
    assert good.status_code == 204


def test_a_person_signs_in_steps_up_and_out(server: Server) -> None:
    with_password(server, "ed")
    answer = server.nobody().post("/session", {"name": "ED", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-rnr=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=strict"):
        assert part in cookie
    assert "Domain" not in cookie
    person = server.nobody().entered(answer)
    assert person.get("/session").json()["person"] == "ed"
    again = person.entered(person.post("/session/step-up", {"password": PASSWORD}))
    assert again.headers["cookie"] != person.headers["cookie"]
    assert person.get("/session").status_code == 401, "the cookie before the step-up goes on"
    assert again.get("/session").json()["stepped_up_until"] is not None
    assert again.ask("DELETE", "/session").status_code == 204
    assert again.get("/session").status_code == 401


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(server: Server) -> None:
    with_password(server, "ed")
    wrong = server.nobody().post("/session", {"name": "ed", "password": "x" * 20})
    unknown = server.nobody().post("/session", {"name": "eda", "password": "x" * 20})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_guessing_is_slowed_on_the_name_as_it_reads(server: Server) -> None:
    spellings, verified = ["ed", "ED", "eD", " ed ", "\uff45\uff44"], 0
    for turn in range(200):
        name = spellings[turn % len(spellings)]
        answer = server.nobody().post("/session", {"name": name, "password": f"guess {turn}"})
        verified += answer.status_code == 401
        server.now += 0.3
    assert verified <= 20
    assert answer.headers["retry-after"]


def test_who_knows_the_password_gets_in_after_the_wait(server: Server) -> None:
    with_password(server, "ed")
    for _ in range(8):
        server.nobody().post("/session", {"name": "ed", "password": "no"})
    known = {"name": "ed", "password": PASSWORD}
    assert server.nobody().post("/session", known).status_code == 429
    server.now += 301
    assert server.nobody().post("/session", known).status_code == 204


def test_a_one_time_code_is_asked_for_and_taken_once(server: Server) -> None:
    person = with_password(server, "ed")
    person = person.entered(person.post("/session/step-up", {"password": PASSWORD}))
    made = pyotp.TOTP(KEY)
    new = {"key": KEY, "code": made.at(int(server.now))}
    assert person.ask("PUT", "/session/totp", new).status_code == 204
    server.now += 60
    known = {"name": "ed", "password": PASSWORD}
    code = made.at(int(server.now))
    assert server.nobody().post("/session", known).json()["code"] == "code_wanted"
    assert server.nobody().post("/session", {**known, "code": f" {code}"}).status_code == 422
    assert server.nobody().post("/session", {**known, "code": code}).status_code == 204
    assert server.nobody().post("/session", {**known, "code": code}).status_code == 401


@pytest.mark.parametrize("later", [30 * 60 + 1, 12 * 3600 + 1])
def test_a_session_ends_by_itself(server: Server, later: float) -> None:
    person = server.person("ed")
    steps = int(later // 1200)
    for _ in range(steps if later > 3600 else 0):
        server.now += 1200
        person.get("/session")
    server.now += later - (steps * 1200 if later > 3600 else 0)
    assert person.get("/session").status_code == 401


def test_a_session_that_is_used_goes_on(server: Server) -> None:
    person = server.person("ed")
    for _ in range(5):
        server.now += 1200
        assert person.get("/session").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {},
    ],
)
def test_another_sites_page_changes_nothing(server: Server, headers: dict[str, str]) -> None:
    cookie = server.person("ann").headers["cookie"]
    forged = Person(server.client, {"cookie": cookie, **headers})
    assert forged.post("/secrets", LOGIN).status_code in (401, 403)
    assert server.person("ann").get("/secrets").json()["items"] == []


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "same-origin"}, {"origin": "http://localhost:8021"}]
)
def test_a_page_of_ours_does(server: Server, headers: dict[str, str]) -> None:
    cookie = server.person("ann").headers["cookie"]
    own = Person(server.client, {"cookie": cookie, **headers})
    assert own.post("/secrets", LOGIN).status_code == 201


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1:8021", "localhost:80"])
def test_a_name_that_was_rebound_gets_nothing(server: Server, host: str) -> None:
    assert server.person("ann").get("/session", host=host).status_code == 421


def test_a_body_is_json_and_not_endless(server: Server, owner: Person) -> None:
    sent = {**owner.headers, "content-type": "text/plain"}
    form = server.client.post("/api/v1/secrets", headers=sent, content=b'{"name": "x"}')
    assert form.status_code == 415
    assert owner.post("/secrets", {"name": "x" * 2_000_000}).status_code == 413


def test_every_answer_has_the_headers_that_hold_a_browser_back(owner: Person) -> None:
    for answer in (owner.get("/session"), owner.get("/nothing"), owner.post("/secrets", {})):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "require-trusted-types-for 'script'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers
