"""Secrets by the API: kept, described, and shown by one answer alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.api.conftest import LOGIN

if TYPE_CHECKING:
    from tests.integration.api.conftest import Person, Server

TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_a_secret_is_kept_described_and_never_given_back(owner: Person) -> None:
    made = owner.post("/secrets", LOGIN)
    assert made.status_code == 201
    found = owner.get(f"/secrets/{made.json()['id']}")
    listed = owner.get("/secrets?search=hotel")
    assert found.json()["fields"] == ["password", "username"]
    for answer in (made, found, listed):
        assert "CANARY" not in answer.text
    assert listed.json()["items"] == [found.json()]
    assert owner.get("/secrets?search=other").json()["items"] == []


def test_new_values_come_under_the_same_id(owner: Person) -> None:
    made = owner.post("/secrets", LOGIN).json()
    values = {"fields": {"username": "ann", "password": "CANARY-pw-2"}}
    after = owner.post(f"/secrets/{made['id']}/versions", values)
    assert (after.status_code, after.json()["version"]) == (201, 2)
    assert after.json()["id"] == made["id"]


def test_a_masked_value_is_shown_after_the_password_was_entered_again(server: Server) -> None:
    made = server.person("ann").post("/secrets", {**LOGIN, "visibility": "masked"}).json()
    path, wish = f"/secrets/{made['id']}/reveal", {"field": "password"}
    assert server.person("ann").post(path, wish).json()["code"] == "step_up_wanted"
    assert server.stepped_up("ann").post(path, wish).json()["value"] == "CANARY-pw-1"
    assert server.stepped_up("ed").post(path, wish).status_code == 403
    person = server.stepped_up("ann")
    server.now += 301
    assert person.post(path, wish).json()["code"] == "step_up_wanted"


def test_ten_values_an_hour_are_shown(server: Server) -> None:
    made = server.person("ann").post("/secrets", {**LOGIN, "visibility": "masked"}).json()
    path, person = f"/secrets/{made['id']}/reveal", server.stepped_up("ann")
    answers = [person.post(path, {"field": "password"}).status_code for _ in range(11)]
    assert answers == [200] * 10 + [403]


def test_a_restricted_value_is_shown_to_nobody(server: Server) -> None:
    made = server.person("ann").post("/secrets", LOGIN).json()
    answer = server.stepped_up("ann").post(f"/secrets/{made['id']}/reveal", {"field": "password"})
    assert answer.status_code == 403
    assert "CANARY" not in answer.text


def test_a_secret_is_deleted_once_its_name_and_its_dependants_are_confirmed(owner: Person) -> None:
    made = owner.post("/secrets", LOGIN).json()
    path = f"/secrets/{made['id']}"
    seen = owner.get(f"{path}/dependants").json()["seen"]
    assert owner.ask("DELETE", path, {"confirm": "Hotel", "seen": seen}).status_code == 422
    stale = owner.ask("DELETE", path, {"confirm": LOGIN["name"], "seen": "0"})
    assert stale.json()["code"] == "dependants_changed"
    done = owner.ask("DELETE", path, {"confirm": LOGIN["name"], "seen": seen})
    assert done.status_code == 204
    assert owner.get(path).status_code == 404


def test_where_a_restricted_secret_goes_is_changed_with_its_values(owner: Person) -> None:
    made = owner.post("/secrets", LOGIN).json()
    path = f"/secrets/{made['id']}/origins"
    wider = {"origins": ["https://hotel.example", "https://evil.example"]}
    assert owner.ask("PUT", path, wider).status_code == 403
    given = owner.ask("PUT", path, {**wider, "fields": LOGIN["fields"]})
    assert sorted(given.json()["origins"]) == sorted(wider["origins"])


def test_a_secret_others_may_know_is_frozen_and_thawed(owner: Person) -> None:
    made = owner.post("/secrets", LOGIN).json()
    path = f"/secrets/{made['id']}"
    assert owner.post(f"{path}/freeze").json()["frozen"] == [made["id"]]
    assert owner.get(path).json()["frozen"] is True
    assert owner.ask("DELETE", f"{path}/freeze").json() == {"lifted": 1}
    assert owner.get(path).json()["frozen"] is False


def test_a_code_is_made_and_its_use_is_told(owner: Person) -> None:
    fields = {**LOGIN["fields"], "totp": TOTP}  # type: ignore[dict-item]  # LOGIN is plain JSON
    made = owner.post("/secrets", {**LOGIN, "fields": fields}).json()
    code = owner.post(f"/secrets/{made['id']}/totp").json()
    assert code["code"].isdigit()
    uses = owner.get(f"/secrets/{made['id']}/usage").json()["items"]
    assert any(use["act"] == "shown" and use["field"] == "totp" for use in uses), uses


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "CANARY-x", "type": "login", "fields": {"pasword": "CANARY-1"}},
        {"name": "x", "type": "CANARY-2", "fields": {}, "origins": ["https://a.example"]},
        {"name": "x", "type": "login", "fields": {"password": ["CANARY-3"]}},
        {"name": "x", "type": "login", "fields": {"password": "p"}, "origins": ["CANARY-4"]},
        {"CANARY-5": 1},
        {"name": "x", "mode": "CANARY-6"},
        ["CANARY-7"],
        "CANARY-8",
    ],
)
def test_a_refusal_echoes_nothing_of_the_body(owner: Person, wrong: object) -> None:
    answer = owner.post("/secrets", wrong)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "CANARY" not in answer.text


def test_a_foreign_projects_secret_does_not_exist(server: Server, owner: Person) -> None:
    made = owner.post("/secrets", LOGIN).json()
    oda = server.person("oda", "theirs")
    assert oda.get(f"/secrets/{made['id']}").status_code == 404
    assert oda.get("/secrets").json()["items"] == []
