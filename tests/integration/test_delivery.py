"""A run whose artifacts go to a bucket on a real S3 server, and one while that is away."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from agent.settings import Settings
from agent.wiring import build
from tests.integration.test_runs import SIGN_IN, Bench
from tests.standins.aws import REGION, ROOT_KEY, running_aws

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.login_site.serving import Site

pytestmark = pytest.mark.browser


def here(home: Path) -> list[Path]:
    """What lies on this machine of what runs left."""
    return [p for p in (home / "home" / "runs").rglob("*") if p.is_file()]


async def test_artifacts_go_to_the_bucket_and_wait_while_it_is_away(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**ROOT_KEY, "AWS_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    with running_aws() as aws:
        bench = Bench(tmp_path, site)
        environ = {
            "RUNNER_HOME": str(tmp_path / "home"),
            "RUNNER_KEY_FILE": str(tmp_path / "keys" / "vault.key"),
            "RUNNER_ARTIFACTS": "s3://left/runs",
            "AWS_ENDPOINT_URL": aws.url,
        }
        bench.runner = build(Settings.load(environ, tmp_path))
        waiting = await bench.run(SIGN_IN)  # the bucket is not there yet
        run_id = str(waiting.run_id)
        assert {line.delivery for line in waiting.artifacts} == {"pending"}
        left = bench.runner.left
        assert "signed_in" in left.page(run_id)
        assert {p.suffix for p in here(tmp_path)} == {".sealed"}
        with aws.owner("s3") as client:
            client.create_bucket(Bucket="left")
        assert left.push().delivered == (run_id,)
        assert {line.delivery for line in bench.runner.report(run_id).artifacts} == {"delivered"}
        assert here(tmp_path) == []
        with left.file(run_id, left.traces(run_id)[-1]) as trace, zipfile.ZipFile(trace) as opened:
            assert "trace.trace" in opened.namelist()
        assert "signed_in" in left.page(run_id)
        with aws.owner("s3") as client:
            listed = client.list_objects_v2(Bucket="left")["Contents"]
            bodies = [
                client.get_object(Bucket="left", Key=one["Key"])["Body"].read() for one in listed
            ]
        assert len(bodies) == len(waiting.artifacts)
        for value in bench.fields.values():
            assert not any(value.encode() in body for body in bodies)
