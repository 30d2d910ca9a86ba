"""The dashboard's pages over the real app: who sees what, and what stays text."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute

from agent.api.dashboard.form import InMemory
from agent.api.dashboard.pages import PAGES as ROUTERS
from agent.cli.main import answer
from agent.runner.membership import Membership
from agent.runs.report import ArtifactLine, ErrorLine, Report
from agent.runs.run import Terms
from agent.runs.states import State
from tests.integration.api.conftest import LOGIN, PASSWORD, Person

if TYPE_CHECKING:
    from pathlib import Path

    from httpx import Response

    from tests.integration.api.conftest import Server

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus=alert(1) autofocus x='",
    "{{ 7 * 7 }}",
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
)
PAGES = (
    "/runs",
    "/figures",
    "/tasks",
    "/secrets",
    "/schedules",
    "/webhooks",
    "/audit",
    "/people",
    "/account",
)
MASKED = {**LOGIN, "name": "Shown", "visibility": "masked"}


def get(person: Person, path: str) -> Response:
    return person.client.get(path, headers=person.headers, follow_redirects=False)


def send(person: Person, path: str, **fields: str) -> Response:
    return person.client.post(path, headers=person.headers, data=fields, follow_redirects=False)


def kept(person: Person, secret: dict[str, Any]) -> str:
    answer = person.post("/secrets", secret)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_every_page_names_the_action_it_is_for() -> None:
    routes = [route for router in ROUTERS.values() for route in router.routes]
    named = {
        (route.path, *route.methods): (route.openapi_extra or {}).get("x-action")
        for route in routes
        if isinstance(route, APIRoute)
    }
    assert len(named) == len(routes)
    assert [path for path, action in named.items() if not action] == []


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_led_to_the_sign_in_and_back(server: Server, path: str) -> None:
    answer = get(server.nobody(), path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_way_back_is_never_to_another_site(server: Server, to: str) -> None:
    answer = server.client.get("/sign-in", params={"next": to})
    assert 'name="next" value="/"' in answer.text


def test_a_page_has_a_policy_with_a_nonce_of_its_own(owner: Person) -> None:
    policies = [get(owner, "/runs").headers["content-security-policy"] for _ in range(2)]
    assert policies[0] != policies[1]
    for policy in policies:
        assert "script-src 'nonce-" in policy
        assert "unsafe" not in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "frame-ancestors 'none'" in policy


def test_a_form_of_our_own_page_counts_though_its_origin_is_null(owner: Person) -> None:
    owner.headers["origin"] = "null"
    assert send(owner, "/sign-out").headers["location"] == "/sign-in"


ADDRESSES = {"href", "src", "action", "formaction", "data", "xlink:href", "hx-get", "hx-post"}


class Reader(HTMLParser):
    """Collects what of a page could run: handlers, addresses of script, scripts without a nonce."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.runs: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "script" and not ("nonce" in names and "src" in names):
            self.runs.append(tag)
        self.runs += [name for name in names if name.startswith("on")]
        self.runs += [str(v) for name, v in names.items() if name in ADDRESSES and _is_script(v)]

    def handle_data(self, data: str) -> None:
        self.text += data


def _is_script(value: str | None) -> bool:
    return (value or "").strip().lower().startswith("javascript:")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_people_write_stays_text(owner: Person, hostile: str) -> None:
    card = kept(owner, {**LOGIN, "name": hostile})
    task = {"name": hostile, "steps": [{"type": "goto", "url": "https://a.example"}]}
    stored = send(owner, "/tasks/new", text=json.dumps(task))
    assert stored.status_code == 303, stored.text
    pages = ["/secrets", f"/secrets/{card}", f"/secrets/{card}/delete", "/tasks", "/audit"]
    for path in [*pages, stored.headers["location"]]:
        read = Reader(get(owner, path).text)
        assert hostile in read.text, path
        assert read.runs == [], path


def hostile_run(server: Server, task: str, hostile: str) -> str:
    """A run whose site wrote something hostile wherever a run keeps what a site says."""
    store = server.premises.keeper.store
    made = store.add(hostile, "{}", Terms(task_id=task, task_version=1))
    claim = store.claim(made.id, "test")
    assert claim is not None
    told = {"line": 0, "title": hostile, "status": "failed", "outcome": hostile, "seconds": 1.0}
    store.told(claim, [("step_started", {"line": 0, "title": hostile}), ("step_finished", told)])
    store.told(claim, [("notice", {"text": hostile})])
    report = Report(
        made.id,
        hostile,
        "failed",
        hostile,
        result={hostile: [{hostile: hostile}], "plain": hostile},
        artifacts=(ArtifactLine("har", "", "withheld", hostile, name=hostile),),
        error=ErrorLine("step_failed", hostile, hostile),
        notices=(hostile,),
    )
    assert store.finish(claim, State.FAILED, hostile, report.to_json())
    return made.id


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_site_says_stays_text(server: Server, owner: Person, hostile: str) -> None:
    task = {"name": "Look", "steps": [{"type": "goto", "url": "https://a.example"}]}
    stored = owner.post("/tasks", task).json()["id"]
    run = hostile_run(server, stored, hostile)
    for path in (f"/runs/{run}", "/runs", f"/tasks/{stored}", "/figures"):
        read = Reader(get(owner, path).text)
        assert hostile in read.text, path
        assert read.runs == [], path


@pytest.mark.parametrize("hostile", HOSTILE)
def test_every_other_thing_that_people_write_stays_text(owner: Person, hostile: str) -> None:
    inputs = {"day": {"type": "string", "description": hostile, "default": hostile}}
    slots = {"LOGIN": {"type": "login", "description": hostile, "origins": ["https://a.example"]}}
    step = {"type": "sign_in", "slot": "LOGIN", "url": "https://a.example/login"}
    shown = {"name": "Look", "description": hostile, "inputs": inputs, "slots": slots}
    task = owner.post("/tasks", {**shown, "steps": [step]}).json()["id"]
    fields = {"username": "ann", "password": "x"}
    known = {"type": "login", "fields": fields, "origins": ["https://a.example"]}
    secret = owner.post("/secrets", {"name": hostile, **known}).json()["id"]
    bound = {"task": task, "secret_bindings": {"LOGIN": secret}}
    nightly = {"name": hostile, "cron": "0 3 * * *", **bound}
    assert owner.post("/schedules", nightly).status_code == 201
    hook = {"name": hostile, "url": "https://a.example/hook"}
    assert owner.post("/webhooks", hook).status_code == 201
    assert owner.post("/tokens", {"name": hostile, "scopes": ["runs:read"]}).status_code == 201
    deployed = {**bound, "copy_secrets": [secret], "name": hostile}
    assert owner.post("/deployments", deployed).status_code in (201, 422)
    for path in (f"/tasks/{task}", f"/tasks/{task}/deploy", "/schedules", "/webhooks", "/people"):
        read = Reader(get(owner, path).text)
        assert hostile in read.text, path
        assert read.runs == [], path


def send_picture(owner: Person, path: str, size: int) -> int:
    files = {"qr-totp": ("key.png", b"x" * size, "image/png")}
    form = {"type": "login", "name": "x", "origins": "https://a.example"}
    return owner.client.post(path, headers=owner.headers, data=form, files=files).status_code


def test_pages_take_pictures_up_to_a_size_and_other_forms_up_to_a_smaller_one(
    owner: Person,
) -> None:
    assert send_picture(owner, "/secrets/new", 7 * 1024 * 1024) == 422
    assert send_picture(owner, "/secrets/new", 9 * 1024 * 1024) == 413
    assert send_picture(owner, "/tasks/new", 2 * 1024 * 1024) == 413


def test_a_picture_of_a_key_never_reaches_a_disk(
    owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rolled: list[bool] = []
    monkeypatch.setattr(SpooledTemporaryFile, "rollover", lambda _file: rolled.append(True))
    assert send_picture(owner, "/secrets/new", 7 * 1024 * 1024) == 422
    assert rolled == []
    monkeypatch.setattr(InMemory, "spool_max_size", 1024)
    send_picture(owner, "/secrets/new", 7 * 1024 * 1024)
    assert rolled, "with the usual way of reading it would"


def test_the_reader_sees_what_would_run() -> None:
    for hostile in HOSTILE[:3]:
        assert Reader(f"<p title='{hostile}'>{hostile}</p>").runs
    assert Reader("<a href=' JavaScript:alert(1)'>x</a>").runs


def test_an_editor_sees_names_and_dots_and_no_button_that_is_not_theirs(server: Server) -> None:
    card = kept(server.person("ann"), MASKED)
    editor = server.person("ed")
    text = get(editor, f"/secrets/{card}").text
    assert "Shown" in text
    assert "••••••••" in text
    assert "CANARY-pw-1" not in text
    for button in ("New version", "Delete…", ">Show<", "Show a code"):
        assert button not in text
    assert "New secret" not in get(editor, "/secrets").text
    for path in (f"/secrets/{card}/version", f"/secrets/{card}/delete", "/secrets/new", "/audit"):
        assert get(editor, path).status_code == 403, path
    assert send(editor, f"/secrets/{card}/reveal", field="password").status_code == 403
    for place in ('href="/audit"', 'href="/webhooks"'):
        assert place not in text
    owners = get(server.person("ann"), f"/secrets/{card}").text
    assert all(place in owners for place in ('href="/audit"', 'href="/webhooks"'))
    assert all(button in owners for button in ("New version", "Delete…", ">Show<"))


def test_a_masked_value_is_shown_after_the_password_alone(server: Server) -> None:
    people = server.premises.people
    link = Membership(people, people.actor("ann")).link("adam")
    chosen = send(server.nobody(), "/welcome", link=link, password=PASSWORD, again=PASSWORD)
    admin = server.nobody().entered(chosen)
    card = kept(server.person("ann"), MASKED)
    wrong = send(admin, f"/secrets/{card}/reveal", field="password", password="not it at all")
    assert "CANARY-pw-1" not in wrong.text
    shown = send(admin, f"/secrets/{card}/reveal", field="password", password=PASSWORD)
    assert shown.text.count("CANARY-pw-1") == 1
    assert PASSWORD not in shown.text
    after = admin.entered(shown)
    assert "CANARY-pw-1" not in get(after, f"/secrets/{card}").text


def test_a_refused_secret_comes_back_without_its_values(owner: Person) -> None:
    answer = send(
        owner,
        "/secrets/new",
        type="login",
        source="local",
        name="Kept words",
        origins="not an origin",
        **{"value-username": "CANARY-user", "value-password": "CANARY-pw-2"},
    )
    assert answer.status_code == 422
    assert "Kept words" in answer.text
    assert "CANARY" not in answer.text


def test_a_deployment_is_made_after_its_difference_was_shown_and_not_before(owner: Person) -> None:
    card = kept(owner, LOGIN)
    steps = [{"type": "sign_in", "slot": "LOGIN", "url": "https://hotel.example/login"}]
    slots = {"LOGIN": {"type": "login", "origins": ["https://hotel.example"]}}
    task = {"name": "Look", "slots": slots, "steps": steps}
    stored = send(owner, "/tasks/new", text=json.dumps(task)).headers["location"].partition("?")[0]
    assert get(owner, f"{stored}/deploy").status_code == 200
    wish = {"name": "Look", "slot-LOGIN": card}
    blind = send(owner, f"{stored}/deploy", act="deploy", **wish)
    assert "a live copy of Hotel admin" in blind.text
    assert owner.get("/deployments").json()["items"] == []
    [seen] = re.findall(r'name="seen" value="([^"]+)"', blind.text)
    made = send(owner, f"{stored}/deploy", act="deploy", seen=html.unescape(seen), **wish)
    assert made.status_code == 303, made.text
    assert [one["name"] for one in owner.get("/deployments").json()["items"]] == ["Look"]


def test_two_deployments_of_one_task_have_fields_of_their_own(owner: Person) -> None:
    steps = [{"type": "goto", "url": "https://a.example/${inputs.night}"}]
    task = {"name": "Look", "inputs": {"night": {"type": "string"}}, "steps": steps}
    stored = send(owner, "/tasks/new", text=json.dumps(task)).headers["location"].partition("?")[0]
    for name in ("Morning", "Evening"):
        blind = send(owner, f"{stored}/deploy", act="deploy", name=name)
        [seen] = re.findall(r'name="seen" value="([^"]+)"', blind.text)
        seen = html.unescape(seen)
        made = send(owner, f"{stored}/deploy", act="deploy", seen=seen, name=name)
        assert made.status_code == 303, made.text
    ids = re.findall(r' id="([^"]+)"', get(owner, stored).text)
    assert sum(one.endswith("night") for one in ids) == 3
    assert len(set(ids)) == len(ids)


def test_a_schedule_tells_its_next_times_and_is_paused_and_deleted(owner: Person) -> None:
    task = {"name": "Look", "steps": [{"type": "goto", "url": "https://a.example"}]}
    stored = send(owner, "/tasks/new", text=json.dumps(task)).headers["location"]
    wish = {"name": "Mornings", "task": stored.split("/")[2].partition("?")[0], "mode": "test"}
    wrong = send(owner, "/schedules", cron="61 * * * *", zone="UTC", overlap="skip", **wish)
    assert wrong.status_code == 422
    assert 'value="61 * * * *"' in wrong.text
    send(owner, "/schedules", cron="30 7 * * 1-5", zone="Europe/Berlin", overlap="skip", **wish)
    shown = get(owner, "/schedules").text
    assert shown.count("0:00 UTC") == 5
    assert "Europe/Berlin" in shown
    [path] = re.findall(r'action="(/schedules/[^"/]+)/pause"', shown)
    send(owner, f"{path}/pause")
    assert "never" in get(owner, "/schedules").text
    send(owner, f"{path}/delete")
    assert "Nothing is scheduled." in get(owner, "/schedules").text


def test_a_wrong_task_is_told_as_the_command_line_tells_it(
    owner: Person, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.json"
    step = {"type": "goot", "url": "https://a.example"}
    path.write_text(json.dumps({"name": 3, "steps": [step]}, indent=2), "utf-8")
    answer(["validate", str(path)])
    said = "".join(capsys.readouterr())
    shown = html.unescape(send(owner, "/tasks/check", text=path.read_text("utf-8")).text)
    told = re.findall(r"<li>(?:line (\d+): )?(?:<code>([^<]*)</code> )?([^<]*)</li>", shown)
    assert len(told) == 2
    for line, place, message in told:
        assert message in said
        assert place in said
        assert f":{line}:" in said


def test_a_webhooks_key_is_shown_once(owner: Person) -> None:
    wrong = send(owner, "/webhooks", name="Chat", url="ftp://a.example")
    assert wrong.status_code == 422
    made = send(owner, "/webhooks", name="Chat", url="https://a.example/hook", states="failed")
    [key] = re.findall(r"shown once: <code>([^<]+)</code>", made.text)
    shown = get(owner, "/webhooks").text
    assert "https://a.example/hook" in shown
    assert key not in shown
    [path] = re.findall(r'action="(/webhooks/[^"/]+)/delete"', shown)
    send(owner, f"{path}/delete")
    assert "No webhook." in get(owner, "/webhooks").text


def test_another_projects_secret_is_not_there(server: Server) -> None:
    card = kept(server.person("ann"), MASKED)
    assert get(server.person("oda", "theirs"), f"/secrets/{card}").status_code == 404


def test_something_unforeseen_is_told_by_its_kind_alone(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("CANARY-inside")

    monkeypatch.setattr("agent.runner.orders.Orders.page", broken)
    server.client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]  # its own switch
    answer = get(server.person("ann"), "/runs")
    assert answer.status_code == 500
    assert "RuntimeError" in answer.text
    assert "CANARY" not in answer.text
