from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.browser.folder import PrivateFolder
from agent.browser.leftovers import end_processes_in
from agent.browser.opening import open_session as open_browser
from agent.browser.options import BrowserOptions
from agent.errors import BrowserMissing, DisplayMissing
from tests.integration.browser.acts import PASSWORD, field, type_in
from tests.standins.processes import started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.login_site.serving import Site
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser

RUNNER = """
import asyncio, sys
from agent.browser.folder import PrivateFolder
from agent.browser.options import BrowserOptions
from agent.browser.opening import open_session
from agent.vault.open import RunSecrets

async def run():
    with PrivateFolder.create() as folder, RunSecrets(()) as secrets:
        async with open_session(BrowserOptions(), secrets, folder) as session:
            await session.page.goto("data:text/html,<title>here</title>")
            print(folder.path, flush=True)
            await asyncio.sleep(600)

asyncio.run(run())
"""


def processes_in(folder: Path) -> dict[int, dict[str, str]]:
    """Give the environments of the processes that live in the folder, by process id."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            lines = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        environment = dict(line.decode().split("=", 1) for line in lines if b"=" in line)
        if environment.get("TMPDIR", "").startswith(str(folder)):
            found[int(entry.name)] = environment
    return found


def wait_for_end(pids: Iterator[int], seconds: float) -> bool:
    pinned = []
    for pid in pids:
        try:
            pinned.append(os.pidfd_open(pid))
        except ProcessLookupError:
            continue
    poll = select.poll()
    left = set(pinned)
    for one in pinned:
        poll.register(one, select.POLLIN)
    while left and (ready := poll.poll(seconds * 1000)):
        for one, _ in ready:
            poll.unregister(one)
            left.discard(one)
    for one in pinned:
        os.close(one)
    return not left


@pytest.fixture
def hostile_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEBUG", "PWDEBUG", "RUNNER_KEY", "AWS_SECRET_ACCESS_KEY", "MY_TOKEN"):
        monkeypatch.setenv(name, "canary-of-the-environment")


@pytest.mark.usefixtures("hostile_environment")
async def test_the_browsers_processes_know_an_allow_listed_environment(
    open_session: Opener,
) -> None:
    async with open_session() as session:
        environments = processes_in(session.folder.path)
        assert len(environments) >= 2, "driver and browser"
        for environment in environments.values():
            assert "canary-of-the-environment" not in environment.values()
            for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
                assert environment[name].startswith(str(session.folder.path))
    assert os.environ["MY_TOKEN"] == "canary-of-the-environment", "ours is as it was"


async def test_no_process_writes_outside_the_private_folder(
    open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/login")
        await type_in(session, PASSWORD, "password")
        for pid in processes_in(session.folder.path):
            assert _written_by(pid, session.folder.path) == []


def _written_by(pid: int, folder: Path) -> list[str]:
    outside = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target, flags = str(link.readlink()), _flags(pid, link.name)
        except OSError:
            continue
        in_a_file_system = target.startswith("/") and not target.startswith(("/dev/", "/memfd:"))
        ours = target.startswith(str(folder))
        if in_a_file_system and not ours and flags & (os.O_WRONLY | os.O_RDWR):
            outside.append(target)
    # The driver shares this process's standard error, which pytest keeps in a file.
    shared = {str(Path(f"/proc/self/fd/{number}").readlink()) for number in (1, 2)}
    return [path for path in outside if path not in shared]


def _flags(pid: int, descriptor: str) -> int:
    text = Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text()
    return int(text.partition("flags:")[2].split()[0], 8)


async def test_everything_is_closed_and_gone_after_an_error(open_session: Opener) -> None:
    folders, pids = [], []

    async def fail() -> None:
        async with open_session() as session:
            folders.append(session.folder.path)
            pids.extend(processes_in(session.folder.path))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert not folders[0].exists()
    assert wait_for_end(iter(pids), 5)


@pytest.mark.slow
def test_a_killed_runner_takes_its_browser_with_it() -> None:
    with started([sys.executable, "-c", RUNNER], stdout=subprocess.PIPE) as runner:
        assert runner.stdout is not None
        folder = Path(runner.stdout.readline().strip())
        pids = [pid for pid in processes_in(folder) if pid != runner.pid]
        assert len(pids) >= 2
        runner.send_signal(signal.SIGKILL)
        try:
            assert wait_for_end(iter(pids), 10)
        finally:
            end_processes_in(folder)


async def test_a_popup_is_the_page_while_it_stays(open_session: Opener, site: Site) -> None:
    async with open_session() as session:
        first = session.page
        await first.goto(f"{site.origin}/login")
        async with first.expect_popup() as opening:
            await first.evaluate("void window.open('/help')")
        popup = await opening.value
        assert session.page is popup
        await popup.close()
        assert session.page is first


async def test_the_recording_holds_a_typed_password_in_field_values_only(
    open_session: Opener, site: Site
) -> None:
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/login")
        await type_in(session, PASSWORD, "password")
        await session.page.hover(".card button")  # takes a snapshot with the value in it
        places = await _recorded(session, account.password)
    assert places == {"frame-snapshot"}


async def test_fill_leaves_the_password_in_parameters(open_session: Opener, site: Site) -> None:
    """Positive control."""
    account = site.new_account()
    async with open_session(account) as session:
        await session.page.goto(f"{site.origin}/login")
        handle = await field(session.page, PASSWORD)
        await handle.fill(account.password)
        places = await _recorded(session, account.password)
    assert places >= {"before", "log"}


async def _recorded(session, value: str) -> set[str]:
    path = await session.stop_recording()
    assert path is not None
    found = set()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if name.endswith((".trace", ".network")):
                found |= {
                    json.loads(line)["type"]
                    for line in content.splitlines()
                    if value in _outside_field_values(line)
                }
                found |= {
                    "frame-snapshot"
                    for line in content.splitlines()
                    if b"__playwright_value_" in line and value.encode() in line
                }
            elif value.encode() in content:
                found.add(name)
    return found


def _outside_field_values(line: bytes) -> str:
    def cut(node: object) -> object:
        if isinstance(node, dict):
            return {k: cut(v) for k, v in node.items() if k != "__playwright_value_"}
        return [cut(one) for one in node] if isinstance(node, list) else node

    return json.dumps(cut(json.loads(line)))


async def test_the_masking_script_is_not_in_the_recording(open_session: Opener, site: Site) -> None:
    async with open_session() as session:
        await session.page.goto(f"{site.origin}/login")
        path = await session.stop_recording()
        assert path is not None
        assert path.is_relative_to(session.folder.path)
        with zipfile.ZipFile(path) as archive:
            assert b"attachShadow" not in archive.read("trace.trace")


async def test_a_download_lands_in_the_private_folder(open_session: Opener, site: Site) -> None:
    async with open_session() as session:
        await session.page.goto(f"{site.origin}/login")
        async with session.page.expect_download() as downloading:
            await session.page.evaluate("""() => {
                const link = document.createElement('a');
                link.href = URL.createObjectURL(new Blob(['x'])); link.download = 'x.txt';
                link.click();
            }""")
        path = await (await downloading.value).path()
        assert path.is_relative_to(session.folder.sub("downloads"))


async def test_a_browser_that_does_not_start_is_named(tmp_path: Path, open_session: Opener) -> None:
    broken = tmp_path / "browser"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(BrowserMissing, match=str(broken)), PrivateFolder.create() as folder:
        async with open_browser(
            BrowserOptions(executable=broken), open_session.secrets(None), folder
        ):
            pass


async def test_headed_without_a_display_says_so_before_anything_starts(
    open_session: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(DisplayMissing, match="DISPLAY"):
        async with open_session(headed=True):
            pass


@pytest.mark.skipif(os.geteuid() != 0, reason="the notice is for root")
async def test_root_is_told_that_the_sandbox_is_off(open_session: Opener) -> None:
    async with open_session() as session:
        assert any("sandbox is off" in notice for notice in session.notices)
