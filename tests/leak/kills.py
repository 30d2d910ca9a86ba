"""Runs with everything switched on, killed at random moments; then one restart, then a look.

``python -m tests.leak.kills [COUNT]`` does it a hundred times; the suite does it ten times.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from fixtures.login_site.serving import running_site
from tests.leak.job import Workplace
from tests.leak.scan import find_in, find_under

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site

SHORTEST = 0.2
TRIES_A_KILL = 3
EXTRAS = ("aria", "console", "download", "har", "html", "junit", "websocket")


def kill_runs(
    place: Workplace,
    site: Site,
    account: Account,
    count: int,
    look: Callable[[], None] = lambda: None,
) -> int:
    """Kill so many runs; those that ended before their moment do not count. Gives the number.

    ``look`` is called after each, before anything starts again.
    """
    secret = place.store(account, site.origin)
    kept = [f"--keep={extra}" for extra in EXTRAS]
    words = [*place.run_words(secret, site), "--video=on", *kept]
    moments = random.Random(20261122)  # noqa: S311 - a spread of moments, the same each time
    longest = _seconds_of_a_run(place, words)
    killed = 0
    for _ in range(TRIES_A_KILL * count):
        if killed == count:
            break
        process = place.start(*words)
        try:
            process.wait(moments.uniform(SHORTEST, longest))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
        look()
        # Of two runs in a row that were cut short while a password was out, nobody knows how the
        # site took it: the secret is frozen then, and the next run would end before its moment.
        place.call("secrets", "unfreeze", secret)
    return killed


def _seconds_of_a_run(place: Workplace, words: list[str]) -> float:
    """How long a run takes here and now: moments after its end would kill nothing."""
    started = time.monotonic()
    process = place.start(*words)
    _, said = process.communicate()
    assert process.returncode == 0, said.decode("utf-8", "replace")
    return time.monotonic() - started


def main(count: int = 100) -> int:
    """Kill, restart once, and look at every folder; 1 when anything is left."""
    with TemporaryDirectory() as name, running_site() as site:
        place = Workplace(Path(name) / "user")
        account = site.new_account(totp=True)
        canaries = {
            "username": account.username,
            "password": account.password,
            "totp key": account.totp_key,
        }
        between: list[bool] = []

        def look() -> None:
            between.append(bool(find_under(place.scanned, canaries)))

        killed = kill_runs(place, site, account, count, look)
        restart = place.call("runs", "list", "--json")
        leaks = find_under(place.scanned, canaries)
        leaks += find_in(restart.stdout + restart.stderr, canaries, "what the restart said")
    raw = sum(between)
    sys.stdout.write(
        f"{killed} of {count} runs killed, {raw} of them left values behind,"
        f" {len(leaks)} leaks after one restart\n"
    )
    sys.stdout.writelines(f"{leak}\n" for leak in leaks)
    # where no kill left anything, the restart would have shown nothing
    return 0 if killed == count and raw and not leaks and restart.code == 0 else 1


if __name__ == "__main__":
    raise SystemExit(main(*(int(word) for word in sys.argv[1:2])))
