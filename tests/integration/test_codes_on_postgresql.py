"""Each one-time code once, on PostgreSQL too: 64 claims at a time on a real server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, select, update

from agent.vault.tables import metadata, totp_ledger
from agent.vault.totp_ledger import Terms, claim
from tests.standins.postgres import programs, running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

pytestmark = pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed")

NOW = 1_800_000_000.0  # the start of a 30 s window
FIRST = 60_000_000
SEEDS = (b"s" * 32, b"o" * 32)
ENDLESS = Terms(max_wait=1e9)
CLAIMS = 64


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running_postgres() as url:
        made = create_engine(url, pool_size=CLAIMS)
        metadata.create_all(made)
        yield made
        made.dispose()


@pytest.fixture(autouse=True)
def _emptied(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(totp_ledger.delete())


def test_64_claims_at_once_of_two_seeds_get_64_codes_without_a_gap(engine: Engine) -> None:
    with ThreadPoolExecutor(CLAIMS) as pool:
        asked = [
            pool.submit(claim, engine, SEEDS[n % 2], now=NOW, period=30, terms=ENDLESS)
            for n in range(CLAIMS)
        ]
        got = [(SEEDS[n % 2], each.result()) for n, each in enumerate(asked)]
    half = range(FIRST, FIRST + CLAIMS // 2)
    assert sorted(got) == sorted((seed, counter) for seed in SEEDS for counter in half)


def test_reading_and_then_writing_gives_one_code_twice(engine: Engine) -> None:
    """The positive control: the same claims in two statements, as a ledger without an upsert."""
    claim(engine, SEEDS[0], now=NOW, period=30, terms=ENDLESS)
    column = totp_ledger.c.last_counter

    def in_two_statements() -> int:
        with engine.begin() as connection:
            read: int = connection.execute(select(column)).scalar_one()
            connection.execute(update(totp_ledger).values(last_counter=read + 1))
        return read + 1

    with ThreadPoolExecutor(CLAIMS) as pool:
        for _ in count():
            got = [each.result() for each in [pool.submit(in_two_statements) for _ in range(64)]]
            if len(set(got)) < CLAIMS:
                return
