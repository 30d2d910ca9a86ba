"""Steps for file servers that are tried again: while no password has gone out, and never after."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from agent.runs.options import RunOptions
from agent.settings import Settings
from agent.steps.remote.transfer import PIECE
from agent.vault.open import RunSecrets
from agent.wiring import build
from tests.standins.cutting import Cutting, breaking_off
from tests.standins.file_server import PASSWORD, FileServer, running_file_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from agent.runs.report import Report

AT_ONCE = (0, 0, 0)
"""A server that hangs up is asked for a key of each of three families."""
RETRY = {"attempts": 3, "wait": 0}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    with running_file_server(tmp_path_factory.mktemp("files")) as running:
        yield running


@pytest.fixture
def by_password(server: FileServer) -> FileServer:
    if not server.has_password:
        pytest.skip("a server with an account of its own needs root")
    return server


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as held:
        yield held


class Courier:
    """A data folder with one secret for a file server that is reached by a bad way."""

    def __init__(self, folder: Path, server: FileServer, way: Cutting, *, by: str) -> None:
        self.folder = folder
        key = str(folder / "keys" / "vault.key")
        environ = {"RUNNER_HOME": str(folder / "home"), "RUNNER_KEY_FILE": key}
        self.runner = build(Settings.load(environ, folder))
        fields = {"username": server.user, "host_key": server.host_key()}
        fields |= {"private_key": server.private_key} if by == "key" else {"password": PASSWORD}
        self.kind = "sftp_private_key" if by == "key" else "sftp_password"
        self.secret = self.runner.add_secret("files", self.kind, fields, [way.origin]).id
        self.step: dict[str, Any] = {"type": "sftp", "slot": "FILES", "url": way.origin}

    async def run(self, *, around: bool = False, **written: Any) -> Report:
        step = self.step | written | {"retry": RETRY}
        if around:
            true = {"value": "inputs.go", "equals": "yes"}
            step.pop("retry")
            step = {"type": "if", "condition": true, "then": [step], "retry": RETRY}
        task = {
            "name": "Courier",
            "slots": {"FILES": {"type": self.kind}},
            "inputs": {"go": {"default": "yes"}},
            "steps": [step],
        }
        path = self.folder / "task.json"
        path.write_text(json.dumps(task))
        return await self.runner.run(
            self.runner.plan(path, {"FILES": self.secret}, {}), RunOptions()
        )


@pytest.fixture
def courier(stack: ExitStack, tmp_path: Path, server: FileServer) -> Any:
    def made(limits: Sequence[int], by: str) -> tuple[Courier, Cutting]:
        way = stack.enter_context(breaking_off(server.port, limits))
        return Courier(tmp_path, server, way, by=by), way

    return made


@pytest.mark.parametrize("by", ["key", "password"])
async def test_a_server_that_hung_up_before_anything_was_sent_is_tried_again(
    courier: Any, by_password: FileServer, by: str
) -> None:
    before = by_password.log.count("Accepted p")
    made, way = courier(AT_ONCE, by)
    report = await made.run(action="list", path=".")
    assert (report.status, report.outcome) == ("succeeded", "passed"), report.error
    assert any("attempt 1 of 3 failed" in line for line in report.notices)
    assert way.connections == len(AT_ONCE) + 1
    assert by_password.log.count("Accepted p") == before + 1


async def test_an_upload_that_breaks_off_goes_on_in_the_next_attempt_with_a_key(
    courier: Any, server: FileServer, tmp_path: Path
) -> None:
    content = os.urandom(4 * PIECE)
    (tmp_path / "big.bin").write_bytes(content)
    made, way = courier([3 * PIECE], "key")
    written = {"file": {"path": "big.bin"}, "path": "again.bin", "save_as": "sent"}
    report = await made.run(action="put", timeout=60, **written)
    assert report.status == "succeeded", report.error
    assert report.result["sent"]["resumed_from"] >= PIECE
    assert way.connections == 2
    there = hashlib.sha256((server.inbox / "again.bin").read_bytes()).hexdigest()
    assert there == hashlib.sha256(content).hexdigest() == report.result["sent"]["sha256"]


def broken_off(courier: Any, tmp_path: Path) -> tuple[Courier, Cutting, dict[str, Any]]:
    """An upload by password whose connection breaks off after the password was taken."""
    (tmp_path / "big.bin").write_bytes(os.urandom(2 * PIECE))
    made, way = courier([PIECE], "password")
    name = f"{os.urandom(4).hex()}.bin"
    return made, way, {"action": "put", "file": {"path": "big.bin"}, "path": name, "timeout": 60}


@pytest.mark.parametrize("said_of", ["the step", "a step around it"])
async def test_after_a_password_went_out_nothing_is_tried_again(
    courier: Any, by_password: FileServer, tmp_path: Path, said_of: str
) -> None:
    made, way, written = broken_off(courier, tmp_path)
    before = by_password.log.count("Accepted password")
    report = await made.run(around=said_of == "a step around it", **written)
    assert report.status == "failed"
    assert report.outcome in ("site_unreachable", "step_failed")
    assert "step 1: not tried again, because a password was used" in report.notices
    assert way.connections == 1
    assert by_password.log.count("Accepted password") == before + 1


async def test_without_that_count_the_password_would_be_sent_again(
    courier: Any, by_password: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Positive control."""
    monkeypatch.setattr(RunSecrets, "_spend", lambda _self: None)
    made, way, written = broken_off(courier, tmp_path)
    before = by_password.log.count("Accepted password")
    assert (await made.run(**written)).status == "succeeded"
    assert way.connections == 2
    assert by_password.log.count("Accepted password") == before + 2


async def test_a_rejected_password_is_sent_once_whatever_the_task_says(
    courier: Any, by_password: FileServer
) -> None:
    made, way = courier([], "password")
    fields = {"username": by_password.user, "password": "wrong", "host_key": by_password.host_key()}
    made.secret = made.runner.add_secret("wrong", "sftp_password", fields, [way.origin]).id
    report = await made.run(action="list", path=".")
    assert (report.outcome, way.connections) == ("bad_credentials", 1)
