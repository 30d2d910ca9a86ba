"""A raw trace full of secrets goes in; what comes out is read by a third scanner and the viewer."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import http.server
import json
import re
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import playwright
import pytest
from PIL import Image
from playwright.async_api import async_playwright

from agent.artifacts import publish as publishing
from agent.artifacts.cleaning import Budget
from agent.artifacts.gate import Limits, inspect
from agent.artifacts.publish import publish, publish_now
from agent.artifacts.raw import Picture, RawArtifact
from agent.browser.find import find_browser
from tests.leak.scan import find_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

    from agent.artifacts.cleaning import Cleaning
    from agent.vault.open import RunSecrets
    from tests.integration.artifacts.conftest import Recorded
    from tests.integration.conftest import Opener

pytestmark = pytest.mark.browser


@pytest.fixture
def secrets(open_session: Opener, recorded: Recorded) -> RunSecrets:
    return open_session.secrets(recorded.account)


@pytest.fixture
def raw(recorded: Recorded, tmp_path: Path) -> RawArtifact:
    private = tmp_path / "private"
    private.mkdir()
    return RawArtifact("trace", _copied(recorded.path, private / "raw.zip"), "trace.zip")


@pytest.fixture
def destination(tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder


def _copied(source: Path, target: Path) -> Path:
    target.write_bytes(source.read_bytes())
    return target


def _rewritten(raw: RawArtifact, member: str, content: bytes) -> RawArtifact:
    """The same recording with one member replaced."""
    changed = raw.path.with_name("changed.zip")
    with zipfile.ZipFile(raw.path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == member else old.read(name))
    return RawArtifact(raw.kind, changed, raw.name)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _member(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def _picture(folder: Path) -> Picture:
    path = folder / "picture.jpeg"
    Image.new("RGB", (640, 360), "teal").save(path, "JPEG")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Picture(path, "0 goto", 0.0, 640, 360, digest)


async def test_a_clean_trace_holds_no_secret_in_any_encoding(
    recorded: Recorded, raw: RawArtifact, secrets: RunSecrets, destination: Path
) -> None:
    leaking = {leak.name for leak in find_in(raw.path.read_bytes(), recorded.canaries, "raw")}
    assert leaking == set(recorded.canaries), "the recording must hold what is looked for"
    assert inspect(raw.path, secrets.needles), "the gate must see what was not cleaned"

    artifact = await publish(raw, destination, secrets)

    assert artifact.state == "kept", artifact.reason
    assert _mode(artifact.path) == 0o600
    assert _names(destination) == ["trace.zip"]
    assert list(find_in(artifact.path.read_bytes(), recorded.canaries, "clean")) == []
    assert inspect(artifact.path, secrets.needles) == ()


async def test_what_is_not_secret_stays(
    raw: RawArtifact, secrets: RunSecrets, destination: Path
) -> None:
    artifact = await publish(raw, destination, secrets)
    trace = _member(artifact.path, "trace.trace").decode()
    network = _member(artifact.path, "trace.network").decode()
    for text in ('"selector":"#username"', "see my title", '"method":"goto"', "‹MANAGEMENT_LOGIN."):
        assert text in trace, text
    assert '"status":200' in network
    assert '"status":303' in network or '"status":302' in network
    assert '"type":"screencast-frame"' not in trace


async def test_members_are_numbered_not_named_by_what_they_held(
    raw: RawArtifact, secrets: RunSecrets, destination: Path
) -> None:
    artifact = await publish(raw, destination, secrets)
    with zipfile.ZipFile(artifact.path) as archive:
        names = archive.namelist()
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
    assert any(name.startswith("resources/r000001.") for name in names)
    assert not [name for name in names if re.search(r"[0-9a-f]{32}", name)]


async def test_a_trace_of_an_unknown_version_is_withheld(
    raw: RawArtifact, secrets: RunSecrets, destination: Path
) -> None:
    newer = _member(raw.path, "trace.trace").replace(b'"version":10', b'"version":11')
    artifact = await publish(_rewritten(raw, "trace.trace", newer), destination, secrets)
    assert artifact.state == "withheld"
    assert "version" in artifact.reason
    assert _names(destination) == ["trace.zip.withheld.json"]


async def test_a_line_that_is_not_json_withholds_the_trace(
    raw: RawArtifact, secrets: RunSecrets, destination: Path
) -> None:
    broken = _member(raw.path, "trace.trace") + b'{"type":"log","message":\n'
    artifact = await publish(_rewritten(raw, "trace.trace", broken), destination, secrets)
    assert artifact.state == "withheld"


async def test_a_leak_the_cleaner_misses_is_withheld_by_the_gate(
    raw: RawArtifact,
    secrets: RunSecrets,
    destination: Path,
    recorded: Recorded,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Careless:
        def clean(self, _raw: RawArtifact, cleaning: Cleaning) -> Path:
            target = cleaning.workspace / "trace.zip"
            with zipfile.ZipFile(target, "w") as archive:
                leak = {"text": recorded.account.password}
                archive.writestr("trace.trace", json.dumps(leak))
            return target

    monkeypatch.setattr(publishing, "KINDS", {"trace": Careless})
    artifact = await publish(raw, destination, secrets)
    assert artifact.state == "withheld"
    note = json.loads(artifact.path.read_text())
    assert note["member"] == "trace.trace"
    assert note["label"] == "MANAGEMENT_LOGIN.password"
    assert recorded.account.password not in artifact.path.read_text()
    assert _names(destination) == ["trace.zip.withheld.json"]


@pytest.mark.parametrize("budget", [Budget(seconds=0.0), Budget(size=1_000)])
async def test_what_costs_too_much_is_withheld(
    raw: RawArtifact, secrets: RunSecrets, destination: Path, budget: Budget
) -> None:
    artifact = await publish(raw, destination, secrets, budget=budget)
    assert artifact.state == "withheld"
    assert _names(raw.path.parent) == [raw.path.name], "nothing half-made stays"


def test_pictures_that_are_not_from_the_camera_do_not_pass_the_gate(
    raw: RawArtifact, secrets: RunSecrets, destination: Path, tmp_path: Path
) -> None:
    picture = _picture(tmp_path)
    artifact = publish_now(raw, destination, secrets, pictures=[picture])
    assert artifact.state == "kept"
    hits = inspect(artifact.path, secrets.needles, Limits(frozenset()))
    assert {hit.rule for hit in hits} == {"a picture that is not from the camera"}


async def test_the_command_line_of_playwright_reads_the_clean_trace(
    raw: RawArtifact, secrets: RunSecrets, destination: Path, tmp_path: Path
) -> None:
    artifact = await publish(raw, destination, secrets)

    def ask(*words: str) -> str:
        command = [sys.executable, "-m", "playwright", "trace", *words]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, check=True, timeout=60
        )
        return done.stdout

    await asyncio.to_thread(ask, "open", str(artifact.path))
    actions = await asyncio.to_thread(ask, "actions")
    assert "#username" in actions
    assert "/surfaces" in actions


@contextmanager
def _served(folder: Path, trace: Path) -> Iterator[str]:
    """The viewer's own files and one trace on loopback."""

    class Files(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(trace) if path.startswith("/kept.zip") else super().translate_path(path)

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Files, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


async def _open_in_viewer(page: Page, trace: Path, shown: Path) -> dict[str, Any]:
    """Open a trace as a person would, go to a page it recorded, and tell what is to be seen."""
    viewer = Path(playwright.__file__).parent / "driver/package/lib/vite/traceViewer"
    with _served(viewer, trace) as origin:
        await page.goto(f"{origin}/index.html?trace={origin}/kept.zip")
        await page.locator(".action-title").first.wait_for()
        titles = await page.locator(".action-title").all_inner_texts()
        await page.locator(".action-title", has_text="Navigate").last.click()
        await page.locator("text=After").first.click()
        snapshot = page.frame_locator("iframe.snapshot-visible")
        await snapshot.get_by_text("see my title").wait_for()
        drawn = await snapshot.locator(".from-style").evaluate(
            "(element) => getComputedStyle(element, '::after').content"
        )
        frames = page.locator(".film-strip-frame")
        await frames.first.wait_for()
        await page.screenshot(path=shown)
        return {"titles": titles, "drawn": drawn, "frames": await frames.count()}


async def test_the_real_viewer_shows_actions_snapshots_and_the_film_strip(
    raw: RawArtifact, secrets: RunSecrets, destination: Path, tmp_path: Path
) -> None:
    first = json.loads(_member(raw.path, "trace.trace").split(b"\n")[0])
    plain = _picture(tmp_path)
    pictures = [replace(plain, taken_at=first["wallTime"] + later) for later in (1_000, 2_000)]
    artifact = await publish(raw, destination, secrets, pictures=pictures)
    assert artifact.state == "kept", artifact.reason
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=find_browser(None, headed=False).path, chromium_sandbox=False
        )
        page = await browser.new_page(viewport={"width": 1600, "height": 900})
        seen = await _open_in_viewer(page, artifact.path, tmp_path / "viewer.png")
        await browser.close()
    assert any("Fill" in title for title in seen["titles"])
    assert not any("CDP" in title for title in seen["titles"])
    assert seen["frames"] >= 1
    assert seen["drawn"] in ("none", "normal"), "the viewer draws escapes of a style sheet"
