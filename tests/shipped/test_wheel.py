"""The wheel as a user has it: installed outside the repository, with its own dependencies alone."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.shipped.installed import Installed, environment
from tests.standins.processes import started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A project of the user's own, with a folder called fixtures that is not ours."""
    project = tmp_path / "project"
    (project / "fixtures" / "login_site").mkdir(parents=True)
    for package in (project / "fixtures", project / "fixtures" / "login_site"):
        (package / "__init__.py").write_text("raise RuntimeError('the wrong fixtures')")
    return project


@contextmanager
def fake_site(installed: Installed, project: Path) -> Iterator[dict[str, Any]]:
    words = [installed.runner, "fake-site", "--port", "0", "--json"]
    env = environment(project) | {"PYTHONPATH": str(project)}
    with started(words, cwd=project, env=env, stdout=subprocess.PIPE) as site:
        assert site.stdout is not None
        yield json.loads(site.stdout.readline())


def call(installed: Installed, project: Path, *words: str, piped: str = "") -> str:
    done = subprocess.run(
        [installed.runner, *words],
        cwd=project,
        env=environment(project),
        input=piped,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.browser
def test_a_first_task_signs_in_to_the_site_of_the_package(
    installed: Installed, elsewhere: Path
) -> None:
    with fake_site(installed, elsewhere) as site:
        call(installed, elsewhere, "new", "first.json", "--url", f"{site['origin']}/login")
        account = next(one for one in site["accounts"] if "totp" not in one["secret"])
        add = ["secrets", "add", "--name", "My login", "--type", "login"]
        fields = json.dumps(account["secret"])
        call(installed, elsewhere, *add, "--origin", site["origin"], "--stdin", piped=fields)
        words = ["run", "first.json", "--bind", "LOGIN=My login", "--json", "--no-input"]
        report = json.loads(call(installed, elsewhere, *words))
    assert report["status"] == "succeeded"
    assert report["result"]["headings"] == [{"text": "Good morning"}]
    assert {one["state"] for one in report["artifacts"]} == {"kept"}


def test_what_ships_is_what_the_repository_has(installed: Installed, elsewhere: Path) -> None:
    place = call_python(installed, elsewhere, "import agent; print(agent.__file__)")
    assert place.startswith(str(installed.folder))
    listed = call(installed, elsewhere, "fake-site", "--list")
    assert "captcha-after" in listed
    assert not (installed.packages / "fixtures").exists()


def test_without_its_server_the_site_says_what_to_install(
    installed: Installed, elsewhere: Path
) -> None:
    server = installed.packages / "uvicorn"
    aside = server.rename(installed.folder / "uvicorn")
    try:
        done = subprocess.run(
            [installed.runner, "fake-site", "--list"],
            cwd=elsewhere,
            env=environment(elsewhere),
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        aside.rename(server)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines() == [
        "error: the fake site needs uvicorn",
        "hint: pip install 'slotrunner[site]'",
    ]


def call_python(installed: Installed, project: Path, script: str) -> str:
    done = subprocess.run(
        [installed.python, "-c", script],
        cwd=project,
        env=environment(project),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
