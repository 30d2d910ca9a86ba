"""A sign-in that goes on with a kept session, beside the same sign-in without one.

``python -m benchmarks.sessions [ROUNDS]``. One round runs the hotel's login twice in turn, in this
process and with an account of its own: once signing in, which keeps the session, and once going on
with it. What is compared is the time of the ``sign_in`` step, which is all that a kept session
spares; the time of the whole run is told beside it. Before each sign-in the clock is given time, so
that none waits for a fresh one-time code. The figures are medians of the rounds' ratios. At the end
a secret with a kept session is rotated, and the next run must sign in.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.browser.find import find_browser
from agent.runs.options import RunOptions
from agent.settings import Settings
from agent.wiring import build
from benchmarks.login import PERIOD, ROOM
from fixtures.login_site.serving import running_site

if TYPE_CHECKING:
    from agent.runner import Runner
    from agent.runs.report import Report
    from fixtures.login_site.serving import Site

HERE = Path(__file__).parent
TASK: Final = HERE / "sessions.json"
ROUNDS: Final = 7
GOAL: Final = 5.0
"""How many times quicker a kept session is to be."""


@dataclass(frozen=True, slots=True)
class Login:
    """One account of the hotel and the secret it is stored as."""

    site: Site
    runner: Runner
    secret: str
    fields: dict[str, str]

    @classmethod
    def new(cls, site: Site, runner: Runner) -> Login:
        """Open an account and put it into the vault."""
        account = site.new_account(totp=True)
        fields = {
            "username": account.username,
            "password": account.password,
            "totp": account.totp_key,
        }
        card = runner.add_secret(account.username, "login", fields, [site.origin])
        return cls(site, runner, card.id, fields)

    def ends(self, outcome: str) -> Report:
        """Run; the sign-in must end as it is meant to be measured."""
        left = PERIOD - time.time() % PERIOD
        if left < ROOM:
            time.sleep(left)
        inputs = {"site": self.site.origin}
        plan = self.runner.plan(TASK, {"MANAGEMENT_LOGIN": self.secret}, inputs)
        report = asyncio.run(self.runner.run(plan, RunOptions(pictures="off")))
        if report.outcome != "passed" or report.steps[0].outcome != outcome:
            raise RuntimeError(f"not {outcome}: {report.to_json()}")
        return report


def main(rounds: int = ROUNDS) -> int:
    """Measure, and print a line for the step and one for the run; 1 where the goal is missed."""
    with tempfile.TemporaryDirectory() as folder, running_site() as site:
        environ = {
            "RUNNER_HOME": f"{folder}/home",
            "RUNNER_KEY_FILE": f"{folder}/keys/vault.key",
            "RUNNER_BROWSER": str(find_browser().path),
        }
        runner = build(Settings.load(environ, HERE))
        steps, wholes = list[tuple[float, float]](), list[tuple[float, float]]()
        for _ in range(rounds + 1):
            login = Login.new(site, runner)
            signed_in, reused = login.ends("signed_in"), login.ends("session_reused")
            steps.append((signed_in.steps[0].seconds, reused.steps[0].seconds))
            wholes.append((signed_in.seconds, reused.seconds))
        runner.rotate_secret(login.secret, login.fields)
        after = login.ends("signed_in")
    ratio = _tell("the sign_in step", steps[1:])
    _tell("the whole run", wholes[1:])
    sys.stdout.write(f"after a rotation: {after.steps[0].outcome}\n")
    return 0 if ratio >= GOAL else 1


def _tell(what: str, pairs: list[tuple[float, float]]) -> float:
    ratios = [without / kept for without, kept in pairs]
    middle = [statistics.median(times) for times in zip(*pairs, strict=True)]
    ratio = statistics.median(ratios)
    goal = f"   goal {GOAL:g}" if what == "the sign_in step" else ""
    sys.stdout.write(
        f"{what}: {middle[0]:.2f} s signing in, {middle[1]:.2f} s with a kept session, "
        f"{ratio:.1f} times quicker ({min(ratios):.1f} to {max(ratios):.1f}){goal}\n"
    )
    return ratio


if __name__ == "__main__":
    raise SystemExit(main(*(int(word) for word in sys.argv[1:2])))
