"""What a worker needs beside the database is away: the store of artifacts, the vault's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.errors import VaultLocked
from agent.runner.orders import Order
from agent.runs.states import State
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.sourcing.contents import Source
from tests.standins.aws import REGION, ROOT_KEY, running_aws
from tests.standins.gate import gate_to
from tests.standins.hosts import EXECUTABLE, PATIENCE, Place, made_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.standins.aws import Aws
    from tests.standins.gate import Gate
    from tests.standins.hosts import Site

TOKEN = "canary-token-47"
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with running_aws() as made:
        yield made


@pytest.fixture
def gate(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """The way to AWS, for this process and for those it starts."""
    with gate_to(aws.url) as made:
        for name, value in surroundings(made).items():
            monkeypatch.setenv(name, value)
        yield made


def surroundings(gate: Gate) -> dict[str, str]:
    quick = {"AWS_MAX_ATTEMPTS": "1", "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
    return {"AWS_ENDPOINT_URL": gate.url, **ROOT_KEY, **quick}


def deliveries(place: Place, run_id: str) -> set[str]:
    return {line.delivery for line in place.runner.report(run_id).artifacts}


def left_here(place: Place, run_id: str) -> list[Path]:
    return [path for path in (place.home / "runs" / run_id).rglob("*") if path.is_file()]


def in_bucket(aws: Aws, bucket: str) -> int:
    with aws.owner("s3") as client:
        return len(client.list_objects_v2(Bucket=bucket)["Contents"])


@pytest.fixture
def bucket(aws: Aws, database: str) -> str:
    name = f"left-{'pg' if database else 'lite'}"
    with aws.owner("s3") as client:
        client.create_bucket(Bucket=name)
    return name


@pytest.fixture
def storing(tmp_path: Path, site: Site, database: str, bucket: str, gate: Gate) -> Iterator[Place]:
    """A place whose runs leave what they leave in a bucket; one megabyte may wait."""
    more = surroundings(gate) | {"RUNNER_ARTIFACTS": f"s3://{bucket}/runs"}
    (tmp_path / "playwright.config").write_text("[artifacts]\nwaiting_mb = 1\n")
    place = made_place(tmp_path, site, database, **more)
    place.runner.vault.create()
    site.let_go(1, 2)
    yield place
    place.end()


def test_artifacts_wait_sealed_and_bounded_and_arrive_when_the_store_is_back(
    storing: Place, aws: Aws, bucket: str, gate: Gate
) -> None:
    gate.shut()
    first = storing.place(1)
    storing.crew(1)
    storing.ended(first)
    # The run has ended as it would have; what it left waits, and its report says so.
    assert storing.state(first) is State.SUCCEEDED
    storing.wait(lambda: {path.suffix for path in left_here(storing, first)} == {".sealed"})
    assert deliveries(storing, first) == {"pending"}
    assert not any(b"Knock" in path.read_bytes() for path in left_here(storing, first))
    # As much waits as may: nothing is begun whose artifacts could not be kept.
    (storing.home / "runs" / first / "more.sealed").write_bytes(bytes(MEGABYTE))
    storing.wait(lambda: [one.state for one in storing.runner.orders.workers()] == ["full"])
    second = storing.place(2)
    gate.open()
    storing.wait(lambda: deliveries(storing, first) == {"delivered"})
    storing.ended(second)
    storing.wait(lambda: deliveries(storing, second) == {"delivered"})
    assert storing.site.times("/end") == {1: 1, 2: 1}
    assert in_bucket(aws, bucket) == 2 * len(storing.runner.report(first).artifacts)


@pytest.fixture
def guarded(tmp_path: Path, site: Site, database: str, aws: Aws, gate: Gate) -> Iterator[Place]:
    """A place whose vault opens with a key of AWS alone, and a task that carries two secrets."""
    with aws.owner("kms") as client:
        key = client.create_key()["KeyMetadata"]["KeyId"]
    more = surroundings(gate) | {"RUNNER_KEY": "aws_kms", "RUNNER_KMS_KEY": key}
    place = made_place(tmp_path, site, database, **more)
    vault, address = place.runner.vault, OriginPolicy.parse([site.url])
    vault.create()
    vault.add(NewSecret("Desk", "bearer_token", {"token": TOKEN}, address))
    steps = [
        {"type": "http", "url": f"{site.url}/carried", "bearer_token": "DESK"},
        {"type": "http", "url": f"{site.url}/again", "bearer_token": "OTHER"},
    ]
    slots = {"DESK": {"type": "bearer_token"}, "OTHER": {"type": "bearer_token"}}
    place.store(steps=steps, inputs={}, slots=slots)
    yield place
    place.end()


def carrying(place: Place, other: str) -> str:
    return place.runner.orders.place(Order("Knock", bindings={"DESK": "Desk", "OTHER": other})).id


def released(place: Place) -> list[str]:
    """What left the vault by its own book."""
    rows = place.runner.vault.trail().rows()
    return [row["run_id"] for row in rows if row["action"] == "revealed"]


def test_without_the_vaults_key_runs_wait_and_go_on_when_it_is_back(
    guarded: Place, gate: Gate
) -> None:
    run_id = carrying(guarded, "Desk")
    gate.shut()
    worker = guarded.start([EXECUTABLE, "worker"])
    assert worker.wait(PATIENCE) == VaultLocked.exit_code
    assert guarded.state(run_id) is State.QUEUED
    assert guarded.site.requests == []
    gate.open()
    guarded.crew(1)
    guarded.ended(run_id)
    assert guarded.state(run_id) is State.SUCCEEDED
    assert {one.credential for one in guarded.site.requests} == {f"Bearer {TOKEN}"}


def test_where_one_secrets_source_is_away_the_run_says_so_and_no_other_secret_is_released(
    guarded: Place, gate: Gate, aws: Aws
) -> None:
    aws.put("other", "another-token-5")
    source = Source("aws_secrets_manager", {"secret_name": "other", "region_name": REGION})
    address = OriginPolicy.parse([guarded.site.url])
    guarded.runner.vault.add(NewSecret("Far", "bearer_token", {}, address, source=source))
    guarded.crew(1)
    guarded.wait(lambda: guarded.runner.orders.workers() != [])
    gate.shut()
    fails = carrying(guarded, "Far")
    guarded.ended(fails)
    run = guarded.runner.store.get(fails)
    assert (run.state, run.outcome) == (State.FAILED, "source_unavailable")
    assert guarded.site.requests == []
    assert released(guarded) == []
    # The worker has the vault's key: runs that need nothing else go on.
    works = carrying(guarded, "Desk")
    guarded.ended(works)
    assert guarded.state(works) is State.SUCCEEDED
    assert set(released(guarded)) == {works}
