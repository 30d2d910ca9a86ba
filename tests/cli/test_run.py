"""``runner run`` with a real browser against the fake hotel."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.login_site.serving import running_site
from tests.cli.conftest import EXECUTABLE, heading_behind_the_login
from tests.standins.processes import started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fixtures.login_site.serving import Site
    from tests.cli.conftest import Call

pytestmark = pytest.mark.browser


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


@pytest.fixture
def bound(site: Site, stored: Callable[..., Any], task_file: Callable[..., Path]) -> list[str]:
    """A task that signs in and reads a heading, with its slot bound."""
    account = site.new_account()
    stored(
        origin=site.origin,
        username=account.username,
        password=account.password,
        totp=account.totp_key,
    )
    slot = {"type": "login", "totp": "required", "origins": [site.origin]}
    steps = heading_behind_the_login(site.origin)
    outputs = {"heading": "results.heading"}
    task = task_file(slots={"ADMIN": slot}, steps=steps, outputs=outputs)
    return [str(task), "--bind", "ADMIN=Hotel admin"]


def without_end(task: str, timeout: float = 60) -> None:
    """Let a task wait for something that never comes, ``timeout`` seconds long."""
    path = Path(task)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["steps"][2] = {"type": "wait_for", "target": {"text": "never"}, "timeout": timeout}
    document["outputs"] = {}
    path.write_text(json.dumps(document), encoding="utf-8")


def test_a_run_prints_one_document_and_can_be_looked_at_later(
    call: Call, bound: list[str], tmp_path: Path
) -> None:
    said = call("run", *bound, "--json", "--no-input", "--output", tmp_path / "out", timeout=120)
    assert said.code == 0, said.everything
    document = said.document
    assert (document["status"], document["outcome"], document["error"]) == (
        "succeeded",
        "passed",
        None,
    )
    assert [step["type"] for step in document["steps"]] == ["goto", "sign_in", "extract"]
    assert document["steps"][1]["outcome"] == "signed_in"
    assert all(step["seconds"] >= 0 for step in document["steps"])
    assert document["result"] == {"heading": [{"text": "Good morning"}]}
    assert {artifact["state"] for artifact in document["artifacts"]} == {"kept"}
    assert all((tmp_path / "out" / one["path"]).exists() for one in document["artifacts"])
    assert "sign in" in said.err

    shown = call("runs", "show", document["run_id"][:8], "--json")
    assert shown.document == document
    (listed,) = call("runs", "list", "--json").document
    assert (listed["run_id"], listed["status"]) == (document["run_id"], "succeeded")


def test_people_get_the_result_on_stdout_and_the_rest_aside(call: Call, bound: list[str]) -> None:
    said = call("run", *bound, timeout=120)
    assert said.code == 0, said.everything
    assert said.document == {"heading": [{"text": "Good morning"}]}
    assert "runner show-trace" in said.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_as_interrupted(
    call: Call, bound: list[str], environment: dict[str, str], number: signal.Signals
) -> None:
    without_end(bound[0])
    command = [str(EXECUTABLE), "run", *bound, "--json"]
    with started(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if "sign in" in line:
                break
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    document = json.loads(out)
    assert (document["status"], document["error"]["code"]) == ("interrupted", "interrupted")
    assert "Traceback" not in err
    (listed,) = call("runs", "list", "--json").document
    assert listed["status"] == "interrupted"


def test_a_run_out_of_time_has_exit_code_5(call: Call, bound: list[str]) -> None:
    without_end(bound[0])
    said = call("run", *bound, "--json", "--timeout", "4", timeout=120)
    assert said.code == 5, said.err
    assert said.document["error"]["code"] == "timeout"


def test_a_rejected_password_has_exit_code_6(call: Call, bound: list[str]) -> None:
    values = {"username": "nobody", "password": "wrong", "totp": "JBSWY3DPEHPK3PXP"}
    assert call("secrets", "rotate", "Hotel admin", "--stdin", piped=values).code == 0
    said = call("run", *bound, "--json", timeout=120)
    assert said.code == 6, said.err
    document = said.document
    assert (document["outcome"], document["error"]["code"]) == ("bad_credentials", "login_failed")
    assert document["steps"][2]["status"] == "not_run"


def test_a_paused_failure_waits_for_a_person(bound: list[str], environment: dict[str, str]) -> None:
    without_end(bound[0], timeout=0.5)
    command = [str(EXECUTABLE), "run", *bound, "--json", "--pause-on-failure"]
    with started(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as running:
        assert running.stderr is not None
        assert any("press Enter" in line for line in running.stderr)
        assert running.poll() is None
        out, _ = running.communicate("\n", timeout=60)
    assert running.returncode == 1
    assert json.loads(out)["steps"][2]["status"] == "failed"
