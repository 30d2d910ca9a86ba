"""Each code once: claims of counters, one after the other and all at once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, select

from agent.errors import TotpBusy
from agent.vault.tables import metadata, totp_ledger
from agent.vault.totp_ledger import Terms, claim, first_counter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

NOW = 1_800_000_000.0  # the start of a 30 s window
FIRST = 60_000_000
SEED, OTHER = b"s" * 32, b"o" * 32
ENDLESS = Terms(max_wait=1e9)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def engine(file: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{file}", connect_args={"timeout": 60})
    metadata.create_all(made)
    yield made
    made.dispose()


def test_the_first_claim_gets_the_present_window_and_the_next_the_next(engine: Engine) -> None:
    assert [claim(engine, SEED, now=NOW, period=30) for _ in range(3)] == [
        FIRST + n for n in (0, 1, 2)
    ]


def test_a_later_claim_skips_windows_that_went_by_unused(engine: Engine) -> None:
    claim(engine, SEED, now=NOW, period=30)
    assert claim(engine, SEED, now=NOW + 300, period=30) == FIRST + 10


def test_a_clock_set_back_gets_no_code_again(engine: Engine) -> None:
    claim(engine, SEED, now=NOW + 90, period=30)
    assert claim(engine, SEED, now=NOW, period=30) == FIRST + 4


def test_seeds_do_not_wait_for_each_other(engine: Engine) -> None:
    assert claim(engine, SEED, now=NOW, period=30) == claim(engine, OTHER, now=NOW, period=30)


@pytest.mark.parametrize("period", [10, 30, 60])
def test_no_window_with_less_than_the_guard_band_left_is_claimed(period: int) -> None:
    start = NOW - NOW % period
    for quarter in range(period * 4 + 1):
        moment = start + quarter / 4
        window = first_counter(moment, period, guard_band=5.0)
        left = (window + 1) * period - moment
        assert left >= 5.0
        assert left < period + 5.0, "a window that would have done was passed over"


def test_without_a_guard_band_the_last_moment_is_taken() -> None:
    """The positive control of the sweep above."""
    assert first_counter(NOW + 29.75, 30, guard_band=0.0) == FIRST
    assert first_counter(NOW + 29.75, 30, guard_band=5.0) == FIRST + 1


def test_a_wait_beyond_the_longest_is_refused_and_claims_nothing(engine: Engine) -> None:
    claimed = [claim(engine, SEED, now=NOW, period=30) for _ in range(7)]
    assert claimed[-1] * 30 == NOW + 180
    for _ in range(2):
        with pytest.raises(TotpBusy):
            claim(engine, SEED, now=NOW, period=30)
    assert claim(engine, SEED, now=NOW + 30, period=30) == claimed[-1] + 1


def test_a_new_seed_is_refused_too_when_even_its_first_window_is_too_far(engine: Engine) -> None:
    impatient = Terms(max_wait=0.0)
    with pytest.raises(TotpBusy):
        claim(engine, SEED, now=NOW + 29, period=30, terms=impatient)
    assert claim(engine, SEED, now=NOW + 30, period=30, terms=impatient) == FIRST + 1


def test_the_row_says_who_claimed_last_and_when(engine: Engine) -> None:
    claim(engine, SEED, now=NOW, period=30, terms=Terms(reserved_by="run-1"))
    claim(engine, SEED, now=NOW, period=30, terms=Terms(reserved_by="run-2"))
    with engine.connect() as connection:
        row = connection.execute(select(totp_ledger)).one()
    assert (row.seed_fp, row.last_counter, row.reserved_by) == (SEED, FIRST + 1, "run-2")
    assert row.reserved_at == "2027-01-15T08:00:00+00:00"


def test_64_threads_get_64_codes_without_a_gap(engine: Engine) -> None:
    with ThreadPoolExecutor(64) as pool:
        claims = [
            pool.submit(claim, engine, SEED, now=NOW, period=30, terms=ENDLESS) for _ in range(64)
        ]
        counters = sorted(each.result() for each in claims)
    assert counters == list(range(FIRST, FIRST + 64))


PROGRAM = """
import sys
from sqlalchemy import create_engine
from agent.vault.totp_ledger import Terms, claim
engine = create_engine(f"sqlite:///{sys.argv[1]}", connect_args={"timeout": 60})
for _ in range(16):
    print(claim(engine, b"s" * 32, now=1.8e9, period=30, terms=Terms(max_wait=1e9)))
"""


def test_four_processes_get_64_codes_without_a_gap(engine: Engine, file: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(file)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = [process.communicate(timeout=120)[0].split() for process in running]
    assert [process.returncode for process in running] == [0] * 4
    assert sorted(int(counter) for lines in said for counter in lines) == list(
        range(FIRST, FIRST + 64)
    )
    assert claim(engine, SEED, now=NOW, period=30, terms=ENDLESS) == FIRST + 64


def test_reading_and_then_writing_would_give_one_code_twice(engine: Engine) -> None:
    """The positive control: why a claim is one statement."""
    claim(engine, SEED, now=NOW, period=30)
    with engine.connect() as one, engine.connect() as two:
        read = [c.execute(select(totp_ledger.c.last_counter)).scalar_one() for c in (one, two)]
    assert read[0] + 1 == read[1] + 1


LOOK = Terms(reserved_by="person", repeats=True)


def test_a_code_that_is_only_looked_at_is_the_same_again_and_no_runs(engine: Engine) -> None:
    assert [claim(engine, SEED, now=NOW + n, period=30, terms=LOOK) for n in (0, 1, 20)] == [
        FIRST, FIRST, FIRST,
    ]  # fmt: skip
    assert claim(engine, SEED, now=NOW + 20, period=30) == FIRST + 1
    assert claim(engine, SEED, now=NOW + 21, period=30, terms=LOOK) == FIRST + 2
    assert claim(engine, SEED, now=NOW + 22, period=30, terms=LOOK) == FIRST + 2
    assert claim(engine, SEED, now=NOW + 130, period=30, terms=LOOK) == FIRST + 4


def test_a_run_never_gets_a_code_again_even_by_its_own_name(engine: Engine) -> None:
    mine = Terms(reserved_by="run-1")
    assert claim(engine, SEED, now=NOW, period=30, terms=mine) == FIRST
    assert claim(engine, SEED, now=NOW, period=30, terms=mine) == FIRST + 1
