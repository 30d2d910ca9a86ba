"""``runner run --remote`` with a worker and a real browser, against the fake hotel."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.login_site.serving import running_site
from tests.cli.conftest import EXECUTABLE, heading_behind_the_login

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fixtures.login_site.serving import Site
    from tests.cli.conftest import Call

NOBODY = "note: it waits for a worker that takes from the queue default: there is none"
STEPS = [{"type": "goto", "url": "https://hotel.example/"}]


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


@contextmanager
def worker(environment: dict[str, str], *options: str) -> Iterator[None]:
    """Have a worker on the place of the calls, for as long as the block lasts."""
    command = [str(EXECUTABLE), "worker", "--no-input", "--grace", "0", *options]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)


@pytest.fixture
def bound(site: Site, stored: Callable[..., Any], task_file: Callable[..., Path]) -> list[str]:
    """A task that signs in and reads a heading, with its slot bound."""
    account = site.new_account()
    values = {"username": account.username, "password": account.password}
    stored(origin=site.origin, totp=account.totp_key, **values)
    steps = heading_behind_the_login(site.origin)
    slot = {"type": "login", "totp": "required", "origins": [site.origin]}
    task = task_file(slots={"ADMIN": slot}, steps=steps, labels=["here"])
    return [str(task), "--bind", "ADMIN=Hotel admin", "--no-input"]


@pytest.mark.browser
def test_it_waits_for_a_worker_and_tells_what_a_run_here_tells(
    bound: list[str], environment: dict[str, str], call: Call
) -> None:
    command = [str(EXECUTABLE), "run", *bound, "--remote", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as running:
        assert running.stderr is not None
        begun = running.stderr.readline()
        assert "from the queue default and has the labels here: there is none" in (
            running.stderr.readline()
        )
        with worker(environment, "--labels", "here"):
            out, told = running.communicate(timeout=120)
    assert running.returncode == 0, told
    document = json.loads(out)
    assert begun == f"run {document['run_id']}: demo\n"
    assert document["result"] == {"heading": [{"text": "Good morning"}]}
    assert [step["outcome"] for step in document["steps"]] == ["passed", "signed_in", "passed"]
    assert {artifact["state"] for artifact in document["artifacts"]} == {"kept"}
    lines = told.splitlines()
    assert lines[0].startswith("note: worker ")
    assert lines[0].endswith(" has it")
    assert [line[:4] for line in lines if line.startswith("✓")] == ["✓  1", "✓  2", "✓  3"]
    assert call("runs", "show", document["run_id"], "--json").document == document


@pytest.mark.browser
def test_a_rejected_password_ends_it_with_the_exit_code_of_a_run_here(
    call: Call, bound: list[str], environment: dict[str, str]
) -> None:
    values = {"username": "nobody", "password": "wrong", "totp": "JBSWY3DPEHPK3PXP"}
    assert call("secrets", "rotate", "Hotel admin", "--stdin", piped=values).code == 0
    with worker(environment, "--labels", "here"):
        said = call("run", *bound, "--remote", timeout=120)
    assert said.code == 6, said.everything
    assert "failed: bad_credentials" in said.err
    assert said.out == ""


def test_what_means_something_only_here_is_refused(
    call: Call, task_file: Callable[..., Path], tmp_path: Path
) -> None:
    task = str(task_file(slots={}, steps=STEPS))
    for more, option in (
        (["--headed"], "--headed"),
        (["--pause-on-failure"], "--pause-on-failure"),
        (["--output", str(tmp_path)], "--output"),
        (["--allow-code"], "--allow-code"),
        (["--workers", "2"], "--workers"),
        (["--junit", "out.xml"], "--junit"),
        ([task], "--remote"),
        ([str(tmp_path)], "--remote"),
    ):
        said = call("run", task, "--remote", *more)
        assert said.fails_in_one_line(2).startswith(f"error: {option} "), said.err
    assert call("runs", "list", "--json").document == []


def test_a_task_is_checked_before_it_waits(
    call: Call, task_file: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "list.txt").write_text("one")
    code = {"type": "code", "source": "def main(inputs, secrets):\n    return 1"}
    sent = {"type": "upload", "target": {"css": "input"}, "files": [{"path": "list.txt"}]}
    for steps, said in (([code], "brings code of its own"), ([*STEPS, sent], "list.txt: ")):
        task = task_file(slots={}, steps=steps)
        assert said in call("run", task, "--remote").fails_in_one_line(2)
    call("run", task_file(), "--remote").fails_in_one_line(4)
    assert call("runs", "list", "--json").document == []


def test_ctrl_c_takes_back_one_that_waits(
    task_file: Callable[..., Path], environment: dict[str, str]
) -> None:
    command = [str(EXECUTABLE), "run", str(task_file(slots={}, steps=STEPS)), "--remote", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as running:
        assert running.stderr is not None
        assert running.stderr.readline().startswith("run ")
        assert running.stderr.readline() == f"{NOBODY}\n"
        running.send_signal(signal.SIGINT)
        out, told = running.communicate(timeout=60)
    assert running.returncode == 130, told
    assert json.loads(out)["status"] == "cancelled"
