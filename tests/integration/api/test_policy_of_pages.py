"""Every page, asked by every role and by nobody, about own and foreign things.

The pages come from the routers themselves, the answers that are due from the policy table, the one
that the API is held to. No page but the one that shows a masked value has a value in it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from fastapi.routing import APIRoute

from agent.api import asking
from agent.api.dashboard.pages import PAGES as ROUTERS
from agent.vault.policy import Action
from tests.integration.api.conftest import open_server
from tests.integration.api.test_policy_of_routes import PEOPLE, REFUSED, due, furnish_things

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx import Response

    from tests.integration.api.conftest import Person, Server


def pages() -> dict[str, str]:
    routes = [route for router in ROUTERS.values() for route in router.routes]
    return {
        f"{next(iter(route.methods))} {route.path}": (route.openapi_extra or {})["x-action"]
        for route in routes
        if isinstance(route, APIRoute)
    }


PAGES = pages()
GUARDED = {name: Action(action) for name, action in PAGES.items() if action in set(Action)}
OWN = [name for name, action in PAGES.items() if action == "own"]


@dataclass
class Ground:
    """A server with one thing of every kind in each of two projects."""

    server: Server
    mine: dict[str, str]
    theirs: dict[str, str]

    def ask(self, person: Person, name: str, things: dict[str, str]) -> Response:
        """Ask for a page, or send its form empty."""
        method, _, path = name.partition(" ")
        asked = path.format(**things)
        sent = {"headers": person.headers, "follow_redirects": False}
        if method == "POST":
            return person.client.post(asked, data={"nothing": "x"}, **sent)  # type: ignore[arg-type]
        return person.client.get(asked, **sent)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ground(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(furnished, folder, dirs_exist_ok=True)
    server = open_server(folder)
    mine = furnish_things(server.person("ann"), "ed")
    theirs = furnish_things(server.person("oda", "theirs"), "oda")
    yield Ground(server, mine, theirs)
    server.premises.people.engine.dispose()


@pytest.mark.parametrize("name", GUARDED)
def test_a_role_gets_the_pages_that_the_table_gives_it(ground: Ground, name: str) -> None:
    for role, person in {**PEOPLE, "none": "gone"}.items():
        refused = due(GUARDED[name], role) == REFUSED
        if not refused and name.startswith("POST") and "{" in name:
            continue  # what a form does is asked below, about a thing of another project
        answer = ground.ask(ground.server.person(person), name, ground.mine)
        assert answer.status_code < 500, (role, answer.text)
        assert (answer.status_code == 403) is refused, (role, answer.status_code, answer.text)
        assert "CANARY" not in answer.text


@pytest.mark.parametrize("name", GUARDED)
def test_a_stranger_is_led_to_the_sign_in(ground: Ground, name: str) -> None:
    answer = ground.ask(ground.server.nobody(), name, ground.mine)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("name", [name for name in GUARDED if "{" in name])
def test_a_foreign_thing_has_no_page(ground: Ground, name: str) -> None:
    for role, person in PEOPLE.items():
        refused = due(GUARDED[name], role) == REFUSED
        answer = ground.ask(ground.server.person(person), name, ground.theirs)
        # A person is found by a name, and what was sent with it is looked at first.
        known = {422, 404} if "{person}" in name else {404}
        assert answer.status_code in ({403} if refused else known), (role, answer.text)
        assert "CANARY" not in answer.text


@pytest.mark.parametrize("name", OWN)
def test_what_is_ones_own_is_nobody_elses(ground: Ground, name: str) -> None:
    answer = ground.ask(ground.server.nobody(), name, {})
    assert answer.headers["location"].startswith("/sign-in")


def test_without_the_door_the_table_would_not_hold(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking.Door, "__call__", lambda _self, asked: None)  # noqa: ARG005
    editor = ground.server.person("ed")
    let_in = [
        name
        for name in GUARDED
        if due(GUARDED[name], "editor") == REFUSED
        and "POST" not in name
        and ground.ask(editor, name, ground.mine).status_code != 403
    ]
    assert let_in, "the use cases refuse all of it as well: this test shows nothing of the door"
