"""What a run that goes on takes of memory, beside a context, and a browser, of plain Playwright.

The proportional set size (PSS) of all processes of a worker, or of a script: what several processes
share counts once.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from playwright.async_api import async_playwright

from agent.browser.find import find_browser
from agent.runner.orders import Order
from agent.runs.options import RunOptions
from benchmarks.scale_ground import ground_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.scale_ground import Ground
    from fixtures.login_site.serving import Site

HERE: Final = Path(__file__).parent
_PATIENCE: Final = 120.0
_CALM: Final = 2.0
_READY: Final = "ready"


def memory(server: str, site: Site, folder: Path, *, quick: bool) -> Iterator[str]:
    """Measure one and several of each, and tell what one more takes."""
    several = 3 if quick else 4
    address = f"{site.origin}/login"
    yield f"memory (PSS) of one more of {several}"
    context = _one_more(lambda count: _of_script("contexts", count, address), several)
    browser = _one_more(lambda count: _of_script("browsers", count, address), several)
    with ground_on(server, folder) as ground:
        run = _one_more(lambda count: _of_worker(ground, count, address), several)
    yield f"  a run {run:.0f} MB, a browser {browser:.0f} MB, a context {context:.0f} MB"
    yield f"  a run beside a browser of its own     ratio {run / browser:.2f}"
    yield f"  a run beside a context of one browser ratio {run / context:.2f}"


def _one_more(measured: Any, several: int) -> float:
    one, more = measured(1), measured(several)
    return float(more - one) / (several - 1)


def _of_script(what: str, count: int, address: str) -> float:
    words = [sys.executable, "-m", "benchmarks.scale_memory", what, str(count), address]
    with _started(words, dict(os.environ)) as process:
        assert process.stdout is not None  # noqa: S101
        if process.stdout.readline().strip() != _READY:
            raise RuntimeError("the script did not get ready")
        return _settled(process.pid)


def _of_worker(ground: Ground, count: int, address: str) -> float:
    steps = [
        {"type": "goto", "url": address},
        {"type": "wait_for", "target": {"css": "#never"}, "timeout": _PATIENCE},
    ]
    ground.runner.tasks.put(json.dumps({"name": "Stay", "steps": steps}).encode())
    stay = Order("Stay", options=RunOptions(pictures="off"))
    placed = [ground.runner.orders.place(stay).id for _ in range(count)]
    runner = str(Path(sys.executable).with_name("runner"))
    words = [runner, "worker", f"--concurrency={count}", "--grace=0", "--no-input"]
    with _started(words, ground.environ) as process:
        ends = time.monotonic() + _PATIENCE
        while any(ground.runner.store.get(run_id).step != 1 for run_id in placed):
            if time.monotonic() > ends:
                raise RuntimeError("the runs did not get ready")
            time.sleep(0.2)
        size = _settled(process.pid)
    for run_id in placed:
        ground.runner.store.cancel(run_id)
    return size


@contextmanager
def _started(words: list[str], environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603 - this checkout's own programs
        words,
        cwd=HERE.parent,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def _settled(pid: int) -> float:
    """Give the size in MB once it stands still."""
    before, size = 0.0, _size(pid)
    while abs(size - before) > 0.02 * size:
        time.sleep(_CALM)
        before, size = size, _size(pid)
    return size


def _size(pid: int) -> float:
    pages = 0
    for one in _family(pid):
        with suppress(OSError):
            rolled = Path(f"/proc/{one}/smaps_rollup").read_text("ascii")
            pages += next(int(line.split()[1]) for line in rolled.splitlines() if "Pss:" in line)
    return pages / 1024


def _family(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text("ascii").split():
                yield from _family(int(child))


async def _hold(what: str, count: int, address: str) -> None:
    """Be the script: open pages in contexts of one browser, or each in a browser, and stay."""
    async with async_playwright() as playwright:
        path = find_browser().path
        browser = await playwright.chromium.launch(executable_path=path)
        for number in range(count):
            if what == "browsers" and number:
                browser = await playwright.chromium.launch(executable_path=path)
            context = await browser.new_context(viewport={"width": 1280, "height": 720})
            await context.tracing.start(screenshots=True, snapshots=True)
            await (await context.new_page()).goto(address)
        sys.stdout.write(f"{_READY}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_hold(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
