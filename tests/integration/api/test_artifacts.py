"""What runs left lies on a site of its own, reached with tickets that end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from agent.api.artifact_site import create_artifact_site, viewer_folder
from agent.runs.report import ArtifactLine, Report
from agent.runs.states import State
from tests.integration.api.conftest import OPTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.api.conftest import Server

SCRIPT = "<script>top.location = 'https://evil.example'</script>"


@pytest.fixture
def site(server: Server) -> TestClient:
    made = create_artifact_site(server.premises, OPTIONS)
    return TestClient(made, base_url=OPTIONS.artifacts_url)


@pytest.fixture
def run(server: Server, tmp_path: Path) -> str:
    """A run that has ended and left a page, a trace and something that was withheld."""
    left = {"report.html": SCRIPT, "trace.zip": "PK", "notes.svg": SCRIPT}
    lines = []
    for name, text in left.items():
        (tmp_path / name).write_text(text, "utf-8")
        kind = name.partition(".")[0]
        lines.append(ArtifactLine(kind, str(tmp_path / name), "kept", name=name))
    lines.append(ArtifactLine("har", "", "withheld", "it held a value", name="log.har"))
    store = server.premises.keeper.store
    made = store.add("Guests", "{}")
    claim = store.claim(made.id, "test")
    assert claim is not None
    report = Report(made.id, "Guests", "succeeded", "passed", artifacts=tuple(lines))
    assert store.finish(claim, State.SUCCEEDED, "passed", report.to_json())
    return made.id


def test_files_are_given_to_who_has_a_ticket(server: Server, site: TestClient, run: str) -> None:
    found = server.person("ed").get(f"/runs/{run}/artifacts").json()["items"]
    assert {one["name"]: one["state"] for one in found} == {
        "report.html": "kept",
        "trace.zip": "kept",
        "notes.svg": "kept",
        "log.har": "withheld",
    }
    by_name = {one["name"]: one for one in found}
    assert by_name["log.har"]["url"] is None
    page = site.get(by_name["report.html"]["url"])
    assert page.text == SCRIPT
    assert page.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    picture = site.get(by_name["notes.svg"]["url"])
    assert picture.headers["content-disposition"].startswith("attachment")
    for answer in (page, picture):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers


def test_a_ticket_is_for_one_run_and_ends(server: Server, site: TestClient, run: str) -> None:
    [url] = [
        one["url"]
        for one in server.person("ann").get(f"/runs/{run}/artifacts").json()["items"]
        if one["name"] == "trace.zip"
    ]
    assert site.get(url).status_code == 200
    other = server.premises.keeper.store.add("Guests", "{}").id
    assert site.get(url.replace(run, other)).status_code == 404
    assert site.get(url.replace("trace.zip", "../../runner.db")).status_code == 404
    assert site.get(url.replace("/default/", "/theirs/")).status_code == 404
    ticket = url.split("/")[-2]
    other_mac = ticket[:-1] + ("1" if ticket.endswith("0") else "0")
    assert site.get(url.replace(ticket, other_mac)).status_code == 404
    server.now += 3601
    assert site.get(url).status_code == 404


def test_the_cookie_is_worth_nothing_there_and_the_site_has_one_name(
    server: Server, site: TestClient, run: str
) -> None:
    cookie = {"cookie": server.person("ann").headers["cookie"]}
    assert site.get(f"/left/default/{run}/x/trace.zip", headers=cookie).status_code == 404
    assert site.get("/viewer/index.html", headers={"host": "evil.example"}).status_code == 421


def test_playwrights_own_viewer_is_served(site: TestClient) -> None:
    assert viewer_folder() is not None, "this version of Playwright keeps its viewer elsewhere"
    for name in ("index.html", "sw.bundle.js"):
        answer = site.get(f"/viewer/{name}")
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert f"frame-ancestors 'self' {OPTIONS.url}" in policy
