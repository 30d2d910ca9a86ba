"""What artifacts add to a login run, beside what Playwright's own tracing adds to a script.

``python -m benchmarks.login_artifacts [ROUNDS]``. A round signs in four ways, in turn: by hand
without and with tracing, by the runner without artifacts and with all it keeps by default. The
goal: the runner's artifacts add at most a tenth of the run more than raw tracing adds.

A round's figure compares runs that went right after each other, so that a machine that drifts
shifts all of them; told are the median of the rounds, and the figure of the quickest run of each
way, which other work on the machine disturbs least.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.browser.find import find_browser
from agent.runs.options import RunOptions
from agent.settings import Settings
from agent.wiring import build
from benchmarks.by_hand import sign_in_by_hand
from benchmarks.login import HERE, TASK, Bench, seconds_of
from fixtures.login_site.serving import running_site

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 9
GOAL = 1.10
OFF = RunOptions(tracing="off", pictures="off")
TRACE = RunOptions(tracing="on", pictures="off")
ALL = RunOptions()
BESIDE = ("runner", "by hand, traced", "by hand")


def by_runner(bench: Bench, options: RunOptions) -> Callable[[], None]:
    """Prepare one sign-in by the runner in this process."""
    secret, environ = bench.stored(), bench.environ()

    def sign_in() -> None:
        runner = build(Settings.load(environ, HERE))
        plan = runner.plan(TASK, {"MANAGEMENT_LOGIN": secret}, {"site": bench.site.origin})
        report = asyncio.run(runner.run(plan, options))
        if report.outcome != "passed":
            raise RuntimeError(report.to_json())

    return sign_in


def by_hand(bench: Bench, *, traced: bool) -> Callable[[], None]:
    """Prepare one sign-in by the script in this process."""
    job = bench.job()
    chosen = job if traced else replace(job, out="")
    return lambda: asyncio.run(sign_in_by_hand(chosen))


def main(rounds: int = ROUNDS) -> None:
    """Measure, and print the share for the trace alone and for everything."""
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, running_site() as site:
        bench = Bench(site, Path(folder), find_browser().path)
        ways: dict[str, Callable[[], Callable[[], None]]] = {
            "by hand": lambda: by_hand(bench, traced=False),
            "by hand, traced": lambda: by_hand(bench, traced=True),
            "runner": lambda: by_runner(bench, OFF),
            "runner, trace": lambda: by_runner(bench, TRACE),
            "runner, trace and pictures": lambda: by_runner(bench, ALL),
        }
        for _ in range(rounds + 1):
            for name, prepare in ways.items():
                times.setdefault(name, []).append(seconds_of(prepare()))
    for name, taken in times.items():
        sys.stdout.write(f"{name}: {statistics.median(taken[1:]):.2f} s (median)\n")
    for name in ("runner, trace", "runner, trace and pictures"):
        rows = zip(*(times[way][1:] for way in (name, *BESIDE)), strict=True)
        shares = [share(*row) for row in rows]
        least = share(*(min(times[way][1:]) for way in (name, *BESIDE)))
        sys.stdout.write(
            f"{name}: {statistics.median(shares):.2f} of a run with raw tracing "
            f"({min(shares):.2f} to {max(shares):.2f}; quickest runs {least:.2f}); "
            f"goal {GOAL:.2f}\n"
        )


def share(ours: float, bare: float, traced: float, plain: float) -> float:
    """How long our run takes beside one that records what a script records, by itself."""
    return ours / (bare + traced - plain)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
