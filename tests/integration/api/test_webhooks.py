"""Webhooks by the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.api.conftest import Person, Server

WISH = {"name": "Chat", "url": "https://chat.example/hook", "states": ["failed"]}


def test_a_webhook_is_made_and_its_key_shown_once(owner: Person) -> None:
    made = owner.post("/webhooks", WISH)
    assert made.status_code == 201, made.text
    key, path = made.json()["signing_key"], f"/webhooks/{made.json()['id']}"
    assert key
    for answer in (owner.get("/webhooks"), owner.get(path), owner.ask("PUT", path, WISH)):
        assert answer.status_code == 200
        assert key not in answer.text
    sent = owner.post(f"{path}/test")
    assert sent.status_code == 202
    [delivery] = owner.get(f"{path}/deliveries").json()["items"]
    assert (delivery["message"], delivery["state"]) == (sent.json()["message"], "pending")
    assert owner.ask("DELETE", path).status_code == 204
    assert owner.get(path).status_code == 404


@pytest.mark.parametrize("url", ["http://chat.example/", "ftp://x", "https://u:p@x.example", "x"])
def test_an_address_that_is_none_is_refused(owner: Person, url: str) -> None:
    assert owner.post("/webhooks", {**WISH, "url": url}).status_code == 422


def test_another_projects_webhook_does_not_exist(server: Server, owner: Person) -> None:
    made = owner.post("/webhooks", WISH).json()["id"]
    assert server.person("oda", "theirs").get(f"/webhooks/{made}").status_code == 404
    assert server.person("ed").get("/webhooks").status_code == 403
