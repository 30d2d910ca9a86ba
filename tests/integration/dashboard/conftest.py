"""A real server process with a real browser on its pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import async_playwright

from agent.browser.find import find_browser
from fixtures.login_site.serving import running_site
from tests.standins.processes import free_ports, started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Browser

    from fixtures.login_site.serving import Site

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Serving:
    """A server of a folder of its own; ``link`` is the first owner's."""

    url: str
    link: str
    folder: Path


@contextmanager
def serving(folder: Path, *words: str, working: bool = True) -> Iterator[Serving]:
    """Start ``runner serve`` as a person does, with a worker or without, and stop it as they do."""
    ports = [str(port) for port in free_ports()]
    told = folder / "serve.log"
    command = [str(Path(sys.executable).parent / "runner"), "serve", "--no-input"]
    options = ["--port", ports[0], "--artifacts-port", ports[1], "--no-worker", *words]
    environment = {**os.environ, "RUNNER_HOME": str(folder / "home")}
    with told.open("wb") as log:
        how = {"env": environment, "stdout": log, "stderr": subprocess.STDOUT}
        with started([*command, *options], **how) as process:
            link = _link(process, told)
            with worker_in(environment, folder) if working else nullcontext():
                yield Serving(f"http://localhost:{ports[0]}", link, folder)


@contextmanager
def worker_in(environment: dict[str, str], folder: Path) -> Iterator[None]:
    """Have a worker process while the block lasts."""
    with (folder / "worker.log").open("wb") as log:
        command = [str(Path(sys.executable).parent / "runner"), "worker", "--no-input"]
        with started(command, env=environment, stdout=log, stderr=subprocess.STDOUT):
            yield


def _link(process: subprocess.Popen[str], told: Path) -> str:
    """Wait for the line with the first owner's link."""
    while process.poll() is None:
        found = re.search(r"http://\S+/welcome#\S+", told.read_text("utf-8"))
        if found:
            return found[0]
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(f"the server ended: {told.read_text('utf-8')}")


@pytest.fixture
def hotel() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    found = find_browser()
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=str(found.path))
        yield launched
        await launched.close()
