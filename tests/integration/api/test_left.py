"""Links for people without access, and old runs taken away, through the API."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from agent.artifacts.artifact import Artifact
from agent.artifacts.stores import open_store
from agent.artifacts.stores.store import Choice
from agent.runs.report import ArtifactLine, Report
from agent.runs.states import State
from tests.standins.aws import REGION, ROOT_KEY, Aws, running_aws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.api.conftest import Server

PAGE = b"<h1>cleaned</h1>"


@pytest.fixture(scope="module")
def bucket() -> Iterator[Aws]:
    with running_aws() as aws, aws.owner("s3") as client:
        client.create_bucket(Bucket="left")
        yield aws


@pytest.fixture
def in_bucket(server: Server, bucket: Aws, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server, with its artifacts in a bucket."""
    for name, value in {**ROOT_KEY, "AWS_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    choice = Choice("s3://left/runs", endpoint=bucket.url)
    settings = replace(server.premises.settings, artifacts=choice)
    server.premises = replace(server.premises, settings=settings)
    server.app.state.premises = server.premises
    return server


def ended(server: Server, *lines: ArtifactLine, task: str = "Guests") -> str:
    store = server.premises.keeper.store
    made = store.add(task, "{}")
    claim = store.claim(made.id, "test")
    assert claim is not None
    report = Report(made.id, task, "succeeded", "passed", artifacts=lines)
    assert store.finish(claim, State.SUCCEEDED, "passed", report.to_json())
    return made.id


def delivered(server: Server, bucket: Aws, folder: Path) -> str:
    """A run whose page is in the bucket, whose log waits and whose HAR was withheld."""
    page = ArtifactLine("report", "s3://", "kept", name="report.html", delivery="delivered")
    log = ArtifactLine("log", "/elsewhere/log", "kept", name="log.txt", delivery="pending")
    har = ArtifactLine("har", "", "withheld", "it held a value", name="log.har")
    run = ended(server, page, log, har)
    path = folder / "report.html"
    path.write_bytes(PAGE)
    held = Artifact("report", "report.html", path, "kept", sha256=sha256(PAGE).hexdigest())
    open_store(Choice("s3://left/runs", endpoint=bucket.url)).put(f"{run}/report.html", held)
    return run


def test_a_link_reads_one_artifact_without_any_access_until_it_expires(
    in_bucket: Server, bucket: Aws, tmp_path: Path
) -> None:
    run = delivered(in_bucket, bucket, tmp_path)
    answer = in_bucket.person("ed").post(f"/runs/{run}/link", {"minutes": 5})
    assert answer.status_code == 200, answer.text
    url = answer.json()["url"]
    with urlopen(url) as got:  # noqa: S310  this machine's own stand-in
        assert got.read() == PAGE
        assert got.headers["x-amz-server-side-encryption"] == "AES256"
    assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == ["300"]
    assert answer.json()["expires_at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("log.har", "was withheld"),
        ("log.txt", "still waits to be brought"),
        ("other.zip", "left nothing under the name"),
        ("../../runner.db", "left nothing under the name"),
    ],
)
def test_what_did_not_pass_the_gate_or_is_not_there_has_no_link(
    in_bucket: Server, bucket: Aws, tmp_path: Path, name: str, why: str
) -> None:
    run = delivered(in_bucket, bucket, tmp_path)
    answer = in_bucket.person("ann").post(f"/runs/{run}/link", {"name": name})
    assert answer.status_code >= 400
    assert "url" not in answer.json()
    # What the request's body said is cut out of the answer.
    assert why.split()[-1] in answer.json()["detail"]


def test_a_link_of_another_object_is_not_made_by_changing_it(
    in_bucket: Server, bucket: Aws, tmp_path: Path
) -> None:
    run = delivered(in_bucket, bucket, tmp_path)
    url = in_bucket.person("ann").post(f"/runs/{run}/link", {}).json()["url"]
    with pytest.raises(HTTPError):
        urlopen(url.replace("report.html", "log.txt"))  # noqa: S310


def test_a_folder_signs_nothing(server: Server, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_bytes(PAGE)
    line = ArtifactLine("report", str(tmp_path / "report.html"), "kept", name="report.html")
    answer = server.person("ann").post(f"/runs/{ended(server, line)}/link", {})
    assert answer.status_code == 422
    assert str(tmp_path) not in answer.text


def test_old_runs_go_when_it_is_said_and_are_named_before(server: Server) -> None:
    old, new = ended(server, task="Old"), ended(server, task="Old")
    ann = server.person("ann")
    said = ann.post("/runs/prune", {"keep": 1}).json()
    assert said["dry_run"] is True
    assert old in [run["id"] for run in said["gone"]]
    assert ann.get(f"/runs/{old}").status_code == 200
    done = ann.post("/runs/prune", {"keep": 1, "dry_run": False}).json()
    assert old in [run["id"] for run in done["gone"]]
    assert ann.get(f"/runs/{old}").status_code == 404
    assert ann.get(f"/runs/{new}").status_code == 200


def test_a_run_goes_with_its_objects_and_one_that_waits_elsewhere_stays(
    in_bucket: Server, bucket: Aws, tmp_path: Path
) -> None:
    waits = delivered(in_bucket, bucket, tmp_path)
    line = ArtifactLine("report", "s3://", "kept", name="report.html", delivery="delivered")
    gone = ended(in_bucket, line)
    held = Artifact(
        "report", "report.html", tmp_path / "report.html", "kept", sha256=sha256(PAGE).hexdigest()
    )
    store = open_store(Choice("s3://left/runs", endpoint=bucket.url))
    store.put(f"{gone}/report.html", held)
    ended(in_bucket)
    wish = {"keep": 1, "dry_run": False}
    found = [run["id"] for run in in_bucket.person("ann").post("/runs/prune", wish).json()["gone"]]
    assert gone in found
    assert waits not in found
    assert list(store.list(gone)) == []
    assert [one.key for one in store.list(waits)] == [f"{waits}/report.html"]


def test_what_is_to_be_kept_must_be_said_somewhere(server: Server) -> None:
    assert server.person("ann").post("/runs/prune", {}).status_code == 422
    assert server.person("ed").post("/runs/prune", {"keep": 1}).status_code == 403
