"""Runs left to a worker and followed from the command line, on both databases."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.standins.hosts import EXECUTABLE, PATIENCE, freeze, killed, made_place, running_site
from tests.standins.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.standins.hosts import Place, Site

pytestmark = pytest.mark.slow

Following = subprocess.Popen[str]


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as made:
        yield made
        made.let_go(*range(9))


@pytest.fixture
def place(tmp_path: Path, site: Site) -> Iterator[Place]:
    made = made_place(tmp_path, site)
    yield made
    made.end()


@pytest.fixture
def server_place(tmp_path: Path, site: Site, postgres: str, migrated: str) -> Iterator[Place]:
    with fresh_database(postgres, migrated) as url:
        made = made_place(tmp_path, site, url)
        yield made
        made.end()


def task_at(place: Place, *paths: str, **more: Any) -> Path:
    """Write a task of requests with its number."""
    steps = [
        {"type": "http", "url": f"{place.site.url}{path}?n=1", "local": True, "timeout": PATIENCE}
        for path in paths
    ]
    file = place.home / "task.json"
    file.write_text(json.dumps({"name": "Ask", "steps": steps} | more))
    return file


@contextmanager
def followed(place: Place, *arguments: object) -> Iterator[Following]:
    """Follow a run for the length of a block, and leave none behind."""
    command = [str(EXECUTABLE), "run", *map(str, arguments), "--remote", "--json", "--no-input"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=place.home,
        env=place.environment,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def heard(running: Following, words: str) -> str:
    """Read what it says up to a line."""
    assert running.stderr is not None
    said = ""
    for line in running.stderr:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


def ended(running: Following) -> tuple[int, Any, str]:
    """Wait for its end; gives the exit code, the document if there is one, and what it said."""
    out, told = running.communicate(timeout=PATIENCE)
    return running.returncode, json.loads(out) if out else None, told


def is_carried_out(place: Place) -> None:
    place.worker(1)
    with followed(place, task_at(place, "/begin", "/hold", "/end")) as running:
        place.site.wait_for("/hold", 1)
        heard(running, "/begin")
        place.site.let_go(1)
        code, document, told = ended(running)
    assert (code, document["status"]) == (0, "succeeded"), told
    assert [step["status"] for step in document["steps"]] == ["passed"] * 3
    assert told.count("✓") == 2
    assert sum(place.site.times("/end").values()) == 1


def test_a_worker_of_this_machine_carries_it_out(place: Place) -> None:
    is_carried_out(place)


def test_on_postgresql_too(server_place: Place) -> None:
    is_carried_out(server_place)


def test_ctrl_c_cancels_it_and_its_end_is_waited_for(place: Place) -> None:
    place.worker(1)
    with followed(place, task_at(place, "/hold", "/end")) as running:
        place.site.wait_for("/hold", 1)
        heard(running, " has it")
        running.send_signal(signal.SIGINT)
        code, document, told = ended(running)
    assert (code, document["status"]) == (130, "cancelled"), told
    assert "Traceback" not in told
    assert place.site.times("/end") == {}


def test_ctrl_c_twice_leaves(place: Place) -> None:
    worker = place.worker(1)
    with followed(place, task_at(place, "/hold")) as running:
        place.site.wait_for("/hold", 1)
        heard(running, " has it")
        freeze(place, worker)
        running.send_signal(signal.SIGINT)
        heard(running, "is asked to stop")
        running.send_signal(signal.SIGINT)
        code, document, told = ended(running)
    assert (code, document["status"]) == (130, "running"), told
    assert "has not ended yet" in told
    [run] = place.runner.store.list()
    assert run.cancel_requested


def test_it_ends_where_its_worker_died_and_nobody_else_is_there(place: Place) -> None:
    worker = place.worker(1)
    with followed(place, task_at(place, "/hold")) as running:
        place.site.wait_for("/hold", 1)
        heard(running, " has it")
        killed(worker)
        code, document, told = ended(running)
    assert (code, document["status"]) == (130, "interrupted"), told
    assert "its process is gone" in document["error"]["message"]


def test_a_failing_task_has_the_exit_code_of_a_run_here(place: Place) -> None:
    task = task_at(place, "/begin")
    document = json.loads(task.read_text())
    document["steps"][0]["status"] = [404]
    task.write_text(json.dumps(document))
    here = subprocess.run(
        [str(EXECUTABLE), "run", str(task), "--json"],
        capture_output=True,
        text=True,
        cwd=place.home,
        env=place.environment,
        check=False,
    )
    place.worker(1)
    with followed(place, task) as running:
        code, there, told = ended(running)
    assert code == here.returncode == 1, told
    ours = json.loads(here.stdout)
    assert (there["outcome"], there["error"]) == (ours["outcome"], ours["error"])


def test_a_deployment_is_left_to_a_worker_as_well(place: Place) -> None:
    place.runner.vault.create()
    task = task_at(place, "/begin")
    deployed = subprocess.run(
        [str(EXECUTABLE), "deploy", str(task), "--yes", "--no-input"],
        capture_output=True,
        text=True,
        cwd=place.home,
        env=place.environment,
        check=False,
    )
    assert deployed.returncode == 0, deployed.stderr
    place.worker(1)
    with followed(place, "--deployment", "Ask") as running:
        code, document, told = ended(running)
    assert (code, document["status"]) == (0, "succeeded"), told
    [run] = place.runner.store.list()
    assert run.mode == "live"


def test_following_takes_no_browser() -> None:
    program = "import sys; from agent.executors import EXECUTORS; EXECUTORS['queue']"
    looked = f"{program}; sys.exit('playwright' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", looked], check=False).returncode == 0
