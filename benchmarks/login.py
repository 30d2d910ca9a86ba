"""The runner against a hand-written script doing the same login with tracing on.

``make bench`` or ``python -m benchmarks.login [ROUNDS]``. One round signs in once each way, in
turn, with an account of its own for each; the figures are medians of the ratios of a round. Before
each sign-in the clock is given time, so that neither side waits for a fresh one-time code.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.browser.find import find_browser
from agent.runs.options import RunOptions
from agent.settings import Settings
from agent.wiring import build
from benchmarks.by_hand import Job, sign_in_by_hand
from fixtures.login_site.serving import running_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.runs.options import Pictures
    from fixtures.login_site.serving import Site

HERE = Path(__file__).parent
TASK = HERE / "login.json"
ROUNDS = 7
PERIOD, ROOM = 30, 14
GOALS = {
    "in process, no pictures": 1.10,
    "in process, a picture a step": 1.35,
    "whole process, no pictures": 1.25,
    "whole process, a picture a step": 1.50,
}


@dataclass(frozen=True, slots=True)
class Bench:
    """The site to sign in to and the folder everything is written to."""

    site: Site
    folder: Path
    browser: Path

    def job(self) -> Job:
        """Open an account for one sign-in by hand."""
        account = self.site.new_account(totp=True)
        out = tempfile.mkdtemp(dir=self.folder)
        return Job(
            self.site.origin, account.username, account.password, account.totp_key,
            str(self.browser), out,
        )  # fmt: skip

    def environ(self) -> dict[str, str]:
        """Name the throw-away data folder to the runner."""
        return {
            "RUNNER_HOME": str(self.folder / "home"),
            "RUNNER_KEY_FILE": str(self.folder / "keys" / "vault.key"),
            "RUNNER_BROWSER": str(self.browser),
        }

    def stored(self) -> str:
        """Open an account and put it into the vault for one sign-in by the runner."""
        account = self.site.new_account(totp=True)
        fields = {
            "username": account.username,
            "password": account.password,
            "totp": account.totp_key,
        }
        runner = build(Settings.load(self.environ(), HERE))
        name = f"account {time.monotonic_ns()}"
        return runner.add_secret(name, "login", fields, [self.site.origin]).id

    def by_hand(self) -> Callable[[], None]:
        """Prepare the script in this process."""
        job = self.job()
        return lambda: asyncio.run(sign_in_by_hand(job))

    def by_hand_process(self) -> Callable[[], None]:
        """Prepare the script in a process of its own."""
        job = json.dumps(asdict(self.job()))
        words = [sys.executable, "-m", "benchmarks.by_hand"]
        return lambda: _call(words, self.environ(), job)

    def by_runner(self, pictures: Pictures) -> Callable[[], None]:
        """Prepare the runner in this process."""
        secret, environ = self.stored(), self.environ()

        def sign_in() -> None:
            runner = build(Settings.load(environ, HERE))
            plan = runner.plan(TASK, {"MANAGEMENT_LOGIN": secret}, {"site": self.site.origin})
            report = asyncio.run(runner.run(plan, RunOptions(pictures=pictures)))
            if report.outcome != "passed":
                raise RuntimeError(report.to_json())

        return sign_in

    def by_runner_process(self, pictures: Pictures) -> Callable[[], None]:
        """Prepare ``runner run`` in a process of its own."""
        words = [
            str(Path(sys.executable).with_name("runner")), "run", str(TASK),
            "--bind", f"MANAGEMENT_LOGIN={self.stored()}", "--input", f"site={self.site.origin}",
            "--screenshot", pictures, "--json", "--no-input",
        ]  # fmt: skip
        return lambda: _call(words, self.environ(), "")


def main(rounds: int = ROUNDS) -> None:
    """Measure, and print one line per comparison."""
    with tempfile.TemporaryDirectory() as folder, running_site() as site:
        bench = Bench(site, Path(folder), find_browser().path)
        yardsticks = {"in process": bench.by_hand, "whole process": bench.by_hand_process}
        ways = {"in process": bench.by_runner, "whole process": bench.by_runner_process}
        for where, yardstick in yardsticks.items():
            times: dict[str, list[float]] = {"by hand": [], "off": [], "on": []}
            for _ in range(rounds + 1):
                times["by hand"].append(seconds_of(yardstick()))
                times["off"].append(seconds_of(ways[where]("off")))
                times["on"].append(seconds_of(ways[where]("on")))
            _tell(where, {name: taken[1:] for name, taken in times.items()})


def _call(words: list[str], environ: dict[str, str], given: str) -> None:
    subprocess.run(  # noqa: S603 - this checkout's own programs
        words,
        env=os.environ | environ,
        cwd=HERE.parent,
        input=given,
        text=True,
        check=True,
        capture_output=True,
    )


def seconds_of(act: Callable[[], None]) -> float:
    """Time one sign-in, when the clock has room for its code."""
    left = PERIOD - time.time() % PERIOD
    if left < ROOM:
        time.sleep(left)
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _tell(where: str, times: dict[str, list[float]]) -> None:
    middle = {name: statistics.median(taken) for name, taken in times.items()}
    sys.stdout.write(f"{where}: by hand {middle['by hand']:.2f} s (median)\n")
    for name, pictures in (("no pictures", "off"), ("a picture a step", "on")):
        pairs = zip(times[pictures], times["by hand"], strict=True)
        ratios = [ours / theirs for ours, theirs in pairs]
        sys.stdout.write(
            f"  {name:<17} {middle[pictures]:.2f} s   ratio {statistics.median(ratios):.2f}"
            f" ({min(ratios):.2f} to {max(ratios):.2f})   goal {GOALS[f'{where}, {name}']:.2f}\n"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
