"""Many runs of one login with one-time codes, on four workers: each has a code of its own."""

from __future__ import annotations

import json
import re
import sys
import time
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.runner.orders import Order
from agent.runs.options import RunOptions
from agent.runs.states import State
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from fixtures.login_site.serving import running_site
from tests.standins.leaping_worker import ahead
from tests.standins.processes import started

if TYPE_CHECKING:
    from fixtures.login_site.serving import Site
    from tests.integration.queue.conftest import Ground

ROOT = Path(__file__).parents[3]
PATIENCE = 1500.0
RUNS, WORKERS = 64, 4
QUICK = RunOptions(tracing="off", pictures="off")


def place_all(ground: Ground, site: Site, count: int) -> None:
    """Queue runs that sign in to the hotel with one secret."""
    account = site.new_account(totp=True)
    fields = {"username": account.username, "password": account.password}
    fields["totp"] = account.totp_key
    origins = OriginPolicy.parse([site.origin])
    card = ground.runner.keep(NewSecret("Hotel admin", "login", fields, origins))
    steps = [{"type": "sign_in", "slot": "HOTEL", "url": f"{site.origin}/login"}]
    slots = {"HOTEL": {"type": "login", "totp": "required"}}
    ground.runner.tasks.put(json.dumps({"name": "In", "slots": slots, "steps": steps}).encode())
    for _ in range(count):
        ground.runner.orders.place(Order("In", bindings={"HOTEL": card.id}, options=QUICK))


def codes_received(site: Site) -> list[str]:
    bodies = [request.body for request in site.log[:] if request.method == "POST"]
    return [code.decode() for body in bodies for code in re.findall(rb"=(\d{6})(?=&|$)", body)]


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.timeout(PATIENCE + 100)
def test_64_runs_of_one_secret_on_four_workers_use_64_codes_one_login_at_a_time(
    ground: Ground, tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("0")
    environment = {**ground.environment, "CLOCK_FILE": str(clock)}
    program = [sys.executable, "-m", "tests.standins.leaping_worker"]
    with running_site(now=lambda: time.time() + ahead(clock)) as site:
        place_all(ground, site, RUNS)
        with ExitStack() as working:
            for _ in range(WORKERS):
                working.enter_context(started(program, cwd=ROOT, env=environment))
            ends = time.monotonic() + PATIENCE
            while ground.runner.store.active():
                assert time.monotonic() < ends
                time.sleep(0.5)
        codes = codes_received(site)
    runs = ground.runner.store.list(RUNS + 1)
    assert [run.state for run in runs] == [State.SUCCEEDED] * RUNS
    assert len(codes) == len(set(codes)) == RUNS
    assert len({run.worker for run in runs}) > 1
    times = sorted((run.started_at or 0.0, run.finished_at or 0.0) for run in runs)
    assert all(before <= began for (_, before), (began, _) in pairwise(times))
