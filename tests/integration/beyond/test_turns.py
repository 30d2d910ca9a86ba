"""Runs that start together offer a rejected password once, also where no page is in between."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.runs.options import RunOptions
from agent.settings import Settings
from agent.wiring import build
from tests.standins.file_server import PASSWORD, running_file_server
from tests.standins.web import running_web

if TYPE_CHECKING:
    from pathlib import Path

    from agent.runner import Runner

_QUIET = RunOptions(pictures="off", tracing="off")
_TOGETHER = 3


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    key = str(tmp_path / "keys" / "vault.key")
    environ = {"RUNNER_HOME": str(tmp_path / "home"), "RUNNER_KEY_FILE": key}
    return build(Settings.load(environ, tmp_path))


async def outcomes(runner: Runner, folder: Path, step: dict[str, Any]) -> list[str]:
    """Carry out three runs of a task with one step, bound to the only secret, at the same time."""
    (secret,) = runner.secrets()
    path = folder / "task.json"
    slot = {"type": secret.type, "origins": list(secret.origins.texts())}
    path.write_text(json.dumps({"name": "x", "slots": {"IT": slot}, "steps": [step]}), "utf-8")
    plans = [runner.plan(path, {"IT": secret.id}, {}) for _ in range(_TOGETHER)]
    reports = await asyncio.gather(*(runner.run(plan, _QUIET) for plan in plans))
    return sorted(report.outcome for report in reports)


async def test_a_service_sees_a_wrong_password_once(runner: Runner, tmp_path: Path) -> None:
    async with running_web() as web:
        web.says(401)
        fields = {"username": "ann", "password": "not-the-one"}
        runner.add_secret("It", "basic_auth", fields, [web.origin])
        step = {"type": "http", "url": web.origin, "basic_auth": "IT"}
        assert await outcomes(runner, tmp_path, step) == [
            "bad_credentials", "secret_frozen", "secret_frozen",
        ]  # fmt: skip
        assert len(web.seen) == 1


async def test_a_file_server_sees_a_wrong_password_once(runner: Runner, tmp_path: Path) -> None:
    with running_file_server(tmp_path / "served") as server:
        if not server.has_password:
            pytest.skip("a server with passwords needs root here")
        fields = {"username": server.user, "password": "not-it", "host_key": server.host_key()}
        runner.add_secret("It", "sftp_password", fields, [server.origin])
        step = {"type": "sftp", "slot": "IT", "url": server.origin, "action": "list", "path": "."}
        assert await outcomes(runner, tmp_path, step) == [
            "bad_credentials", "secret_frozen", "secret_frozen",
        ]  # fmt: skip
        assert server.log.count("Failed password for courier") == 1


async def test_a_file_server_serves_all_once_it_has_taken_the_password(
    runner: Runner, tmp_path: Path
) -> None:
    with running_file_server(tmp_path / "served") as server:
        if not server.has_password:
            pytest.skip("a server with passwords needs root here")
        fields = {"username": server.user, "password": PASSWORD, "host_key": server.host_key()}
        runner.add_secret("It", "sftp_password", fields, [server.origin])
        step = {"type": "sftp", "slot": "IT", "url": server.origin, "action": "list", "path": "."}
        assert await outcomes(runner, tmp_path, step) == ["passed"] * _TOGETHER
