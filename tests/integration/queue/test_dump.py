"""What a queue holds while a login goes on: tables and messages, searched in every encoding."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pyotp
import pytest
from sqlalchemy import select, text

from agent.runner.orders import Order
from agent.runs.states import State
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.tables import totp_ledger
from fixtures.login_site.serving import running_site
from tests.leak.job import TASK
from tests.leak.scan import Leak, find_in
from tests.standins.postgres import programs
from tests.standins.processes import started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site
    from tests.integration.queue.conftest import Ground

pytestmark = pytest.mark.browser

RUNNER = Path(sys.executable).with_name("runner")
PATIENCE = 120.0
CHANNEL = "procrastinate_any_queue_v1"


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


def placed(ground: Ground, site: Site, account: Account) -> str:
    """Queue the demo task with an account's login."""
    fields = {
        "username": account.username,
        "password": account.password,
        "totp": account.totp_key,
    }
    origins = OriginPolicy.parse([site.origin])
    card = ground.runner.keep(NewSecret("Hotel admin", "login", fields, origins))
    ground.runner.tasks.put(TASK.read_bytes())
    inputs, bound = {"site": site.origin}, {"MANAGEMENT_LOGIN": card.id}
    order = Order("Checked-in guests", bindings=bound, inputs=inputs)
    return ground.runner.orders.place(order).id


def dump(ground: Ground) -> bytes:
    """Write every table of the database out, as a backup would."""
    place = programs()
    assert place is not None
    url = ground.environment["RUNNER_DATABASE_URL"].replace("+psycopg", "")
    return subprocess.run([place / "pg_dump", url], check=True, capture_output=True).stdout


def carried_out(ground: Ground, run_id: str) -> tuple[list[bytes], list[str]]:
    """Have a worker carry a run out; gives dumps of the time between, and what was notified."""
    url = ground.environment["RUNNER_DATABASE_URL"].replace("+psycopg", "")
    dumps = [dump(ground)]
    with psycopg.connect(url, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        words = [RUNNER, "worker", "--grace=0", "--no-input"]
        with started(words, env=ground.environment):
            ends = time.monotonic() + PATIENCE
            while not ground.runner.store.get(run_id).state.ended:
                assert time.monotonic() < ends
                dumps.append(dump(ground))
        dumps.append(dump(ground))
        # Something is heard: another run is placed.
        ground.runner.store.add("heard", "{}")
        heard = [one.payload for one in listener.notifies(timeout=PATIENCE, stop_after=1)]
        heard += [one.payload for one in listener.notifies(timeout=0.5)]
    return dumps, heard


def canaries(ground: Ground, account: Account) -> dict[str, str]:
    with ground.runner.store.engine.connect() as connection:
        counters = connection.execute(select(totp_ledger.c.last_counter)).scalars().all()
    assert counters
    made = pyotp.TOTP(account.totp_key)
    codes = {made.generate_otp(counter) for counter in counters}
    named = {"username": account.username, "password": account.password, "key": account.totp_key}
    return named | {f"code {number}": code for number, code in enumerate(codes)}


def test_nothing_of_a_login_is_in_a_table_or_message_of_the_queue_while_it_goes_on(
    ground: Ground, site: Site
) -> None:
    account = site.new_account(totp=True)
    run_id = placed(ground, site, account)
    dumps, heard = carried_out(ground, run_id)
    run = ground.runner.store.get(run_id)
    assert run.state is State.SUCCEEDED, ground.runner.report(run_id).error
    sought = canaries(ground, account)
    assert list(leaks(dumps, heard, sought)) == []
    # The dumps are of the time in which it signed in, and they are read.
    assert b"COPY public.procrastinate_jobs" in dumps[1]
    assert any(b"\tstep_started\t" in one and b"\tended\t" not in one for one in dumps)
    assert b"\tended\t" in dumps[-1]
    assert run_id.encode() in dumps[0]
    assert heard
    # Positive control: what would stand in a job, an event or a message would be found.
    hidden = base64.b64encode(f"x{account.password}".encode()).decode()
    with ground.runner.store.engine.begin() as connection:
        job = "UPDATE procrastinate_jobs SET args = jsonb_build_object('more', cast(:it AS text))"
        connection.execute(text(job), {"it": hidden})
        event = "UPDATE run_event SET body = body || :it WHERE number = 1"
        connection.execute(text(event), {"it": sought["code 0"]})
    found = {leak.name for leak in leaks([dump(ground)], [account.username], sought)}
    assert found == {"password", "code 0", "username"}


def leaks(dumps: list[bytes], heard: list[str], sought: dict[str, str]) -> Iterator[Leak]:
    for number, one in enumerate(dumps):
        yield from find_in(one, sought, f"dump {number}")
    for message in heard:
        yield from find_in(message.encode(), sought, "a message")
