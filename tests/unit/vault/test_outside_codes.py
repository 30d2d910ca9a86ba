"""Codes on their way to a run: sealed, taken once, of no use later; and turns at a mailbox."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, select, update

from agent.errors import UsageError
from agent.vault.keyslots.file import FileKey
from agent.vault.outside_codes import KEPT_FOR, OutsideCodes, as_code
from agent.vault.store import Vault
from agent.vault.tables import metadata, pushed_code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

NOW = 1_800_000_000.0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'vault.db'}", hide_parameters=True)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def codes(engine: Engine, tmp_path: Path) -> OutsideCodes:
    vault = Vault(engine, FileKey(tmp_path / "keys"))
    vault.create()
    return OutsideCodes(replace(vault.trail(), clock=lambda: NOW))


def later(codes: OutsideCodes, seconds: float) -> OutsideCodes:
    return OutsideCodes(replace(codes.trail, clock=lambda: NOW + seconds))


def test_a_pushed_code_is_taken_once_by_its_run_and_by_no_other(codes: OutsideCodes) -> None:
    codes.push("run-1", "482 913")
    assert codes.take("run-2") is None
    assert codes.take("run-1") == "482913"
    assert codes.take("run-1") is None


def test_a_second_code_takes_the_place_of_one_that_was_not_taken(codes: OutsideCodes) -> None:
    codes.push("run-1", "111111")
    codes.push("run-1", "222222")
    assert codes.take("run-1") == "222222"


def test_a_code_is_of_no_use_after_its_time(codes: OutsideCodes) -> None:
    codes.push("run-1", "482913")
    codes.push("run-2", "482914")
    assert later(codes, KEPT_FOR - 1).take("run-1") == "482913"
    assert later(codes, KEPT_FOR + 1).take("run-2") is None


def test_it_is_sealed_and_audited_and_a_changed_byte_gives_nothing(
    codes: OutsideCodes, engine: Engine
) -> None:
    codes.push("run-1", "482913")
    with engine.begin() as connection:
        sealed = bytes(connection.execute(select(pushed_code.c.sealed)).scalar_one())
        changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        connection.execute(update(pushed_code).values(sealed=changed))
    assert b"482913" not in sealed
    last = codes.trail.rows()[-1]
    assert (last["action"], last["object"]) == ("code_pushed", "run-1")
    assert "482913" not in str(dict(last))
    assert codes.take("run-1") is None


def test_a_sealed_code_moved_to_another_run_does_not_open(
    codes: OutsideCodes, engine: Engine
) -> None:
    codes.push("run-1", "482913")
    with engine.begin() as connection:
        connection.execute(update(pushed_code).values(run_id="run-2"))
    assert codes.take("run-2") is None


@pytest.mark.parametrize(
    "written", ["", "12", "canary canary canary", "12;4", "\uff11\uff12\uff13\uff14\uff15\uff16"]
)
def test_what_is_no_code_is_refused_without_quoting_it(written: str) -> None:
    with pytest.raises(UsageError) as refused:
        as_code(written)
    assert "canary" not in f"{refused.value} {refused.value.hint}"


def test_two_runs_wait_at_one_mailbox_in_turn(codes: OutsideCodes) -> None:
    assert codes.take_turn("run-1", "mailbox a", NOW + 60)
    assert not codes.take_turn("run-2", "mailbox a", NOW + 60)
    assert codes.take_turn("run-3", "mailbox b", NOW + 60)
    codes.end_turn("run-1")
    assert codes.take_turn("run-2", "mailbox a", NOW + 60)


def test_a_run_that_was_killed_keeps_nobody_waiting(codes: OutsideCodes) -> None:
    assert codes.take_turn("run-1", "mailbox a", NOW + 60)
    assert later(codes, 61).take_turn("run-2", "mailbox a", NOW + 120)
