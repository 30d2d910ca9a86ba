from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from agent.browser.environment import child_environment, only_environment
from agent.browser.folder import PrivateFolder
from agent.vault.providers.env import Env, EnvReference
from agent.vault.sourcing.surroundings import surroundings

PARENT = {
    "PATH": "/usr/bin",
    "LANG": "C.UTF-8",
    "LC_ALL": "C",
    "HOME": "/home/someone",
    "DEBUG": "pw:*",
    "PWDEBUG": "1",
    "DEBUG_FILE": "/x",
    "RUNNER_PASSPHRASE": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "NODE_OPTIONS": "--require=/x.js",
    "LD_PRELOAD": "/x.so",
    "DISPLAY": ":7",
    "XDG_RUNTIME_DIR": "/run/user/1",
    "WAYLAND_DISPLAY": "wayland-0",
}

HARDENED = """
import pathlib, resource
from agent.browser.environment import harden_process
harden_process()
print(resource.getrlimit(resource.RLIMIT_CORE), pathlib.Path("/proc/self/environ").stat().st_uid)
made = pathlib.Path("made")
made.write_text("x")
print(oct(made.stat().st_mode))
"""


@pytest.fixture
def folder(tmp_path: Path) -> PrivateFolder:
    return PrivateFolder(tmp_path, in_memory=False)


def test_only_what_a_browser_needs_is_passed_on(folder: PrivateFolder) -> None:
    environment = child_environment(PARENT, folder, headed=False)
    inside = {name for name, value in environment.items() if value.startswith(str(folder.path))}
    assert inside >= {"HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"}
    assert environment.keys() - inside == {"PATH", "LANG", "LC_ALL"}


def test_a_headed_browser_gets_its_display(folder: PrivateFolder) -> None:
    environment = child_environment(PARENT, folder, headed=True)
    assert environment["DISPLAY"] == ":7"
    assert environment["XAUTHORITY"] == "/home/someone/.Xauthority"
    assert environment["WAYLAND_DISPLAY"] == "/run/user/1/wayland-0"


async def test_the_environment_is_put_back_also_after_an_error() -> None:
    before, mask = dict(os.environ), os.umask(0o022)

    async def fail() -> None:
        async with only_environment({"ONLY": "this"}):
            assert dict(os.environ) == {"ONLY": "this"}
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert dict(os.environ) == before
    assert os.umask(mask) == 0o022


async def test_a_run_that_begins_while_a_driver_starts_finds_its_own_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SITE_PASSWORD", "canary")
    reference = EnvReference(variables={"password": "SITE_PASSWORD"})
    async with only_environment({"ONLY": "this"}):
        assert "SITE_PASSWORD" not in os.environ
        assert Env().fetch(reference, ["password"]) == {"password": "canary"}
        assert "SITE_PASSWORD" in surroundings()
    assert surroundings() == dict(os.environ)


async def test_two_starts_at_once_do_not_mix_their_environments() -> None:
    before = dict(os.environ)

    async def start(name: str) -> dict[str, str]:
        async with only_environment({name: name}):
            await asyncio.sleep(0)
            return dict(os.environ)

    assert await asyncio.gather(start("ONE"), start("TWO")) == [{"ONE": "ONE"}, {"TWO": "TWO"}]
    assert dict(os.environ) == before


@pytest.mark.skipif(sys.platform != "linux", reason="ptrace protection is Linux's")
def test_a_hardened_process_leaves_no_core_and_is_not_readable(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HARDENED],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=True,
    )
    limits, mode = done.stdout.splitlines()
    # A process that must not be dumped belongs to root in /proc, whoever started it.
    assert limits == "(0, 0) 0"
    assert mode == oct(0o100600)
    assert resource.getrlimit(resource.RLIMIT_CORE) is not None
