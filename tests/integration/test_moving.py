"""From a file to PostgreSQL: everything, each row as it was, however often it is cut short."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, inspect, text, update
from sqlalchemy.exc import IntegrityError

from agent.errors import EnvironmentUnfit, UsageError
from agent.runs.address import Address
from agent.runs.run import Terms
from agent.runs.states import State
from agent.runs.store import RunStore
from agent.runs.tables import run_event, runs
from agent.runs.task_store import Content
from agent.runs.waiting import Waiting, line_of
from agent.wiring.copying import TABLES, compare_rows, count_rows
from agent.wiring.database import connect, open_database
from agent.wiring.moving import Move, refuse_password
from agent.wiring.standing import look_at
from tests.integration.test_released import FORMATS, Kept, values
from tests.standins.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUNS = 600
POINTS = ("held", "copied secret_version", "copied run_event", "compared", "copied", "left")
QUICK = ("copied", "left")
KILLED = """
import os, signal, sys
from agent.runs.address import Address
from agent.wiring.moving import Move

def passing(point):
    if point == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

Move(Address.of(sys.argv[1]), Address.of(sys.argv[2]), passing).carry_out()
"""


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """A released vault, and runs beside it."""
    made = Kept(FORMATS[-1], tmp_path)
    fill(RunStore(made.engine))
    yield made
    made.engine.dispose()


def fill(store: RunStore) -> None:
    task = store.tasks.add(Content({"name": "Grüße"}, "d", "ann"))
    hook = {"name": "h", "url": "https://x.example", "states": "", "local": False}
    store.webhooks.add(hook | {"paused": False, "secret_id": "s", "created_by": "ann"})
    terms = Terms(serial_key="account", priority=3, task_id=task.id)
    store.cancel(store.add("demo ‹1›", "{}", terms).id)
    some = {"task": "demo", "params": "{}", "created_at": 1.5e9 + 0.1, "step": None}
    told = {"number": 1, "at": 1 / 3, "kind": "queued", "body": "{}"}
    ids = [str(uuid.uuid4()) for _ in range(RUNS - 1)]
    with store.engine.begin() as connection:
        rows = [{"id": one, "state": "failed", "report": "é" * 50, **some} for one in ids]
        connection.execute(insert(runs), rows)
        connection.execute(insert(run_event), [{"run_id": one, **told} for one in ids])


@pytest.fixture
def target(postgres: str, migrated: str) -> Iterator[Address]:
    with fresh_database(postgres, migrated) as url:
        yield Address.of(url)


@pytest.fixture
def move(kept: Kept, target: Address) -> Move:
    return Move(Address(kept.path), target)


def the_same(move: Move) -> None:
    source, target = connect(move.source), connect(move.target)
    with source.connect() as old, target.connect() as new:
        compare_rows(old, new)
        assert count_rows(old)["runs"] == RUNS
    source.dispose()
    target.dispose()


def test_every_table_there_is_is_copied(kept: Kept) -> None:
    there = set(inspect(kept.engine).get_table_names()) - {"alembic_version"}
    assert {table.name for table in TABLES} == there


@pytest.mark.parametrize("name", FORMATS)
def test_a_vault_of_every_released_format_opens_there_with_its_key_and_anchor(
    name: str, target: Address, tmp_path: Path
) -> None:
    kept = Kept(name, tmp_path)
    kept.vault().cards()
    (anchor,) = kept.keys.glob("*.anchor.json")
    before = anchor.read_bytes()
    kept.engine.dispose()
    Move(Address(kept.path), target).carry_out()
    kept.engine = open_database(target)
    assert len(values(kept.vault(), next(iter(kept.expected)))) > 0
    assert kept.vault().trail().verify().bad_row is None
    assert json.loads(anchor.read_bytes())["epoch"] >= json.loads(before)["epoch"]
    kept.engine.dispose()


def test_what_was_moved_is_the_same_there_and_closed_here(move: Move, kept: Kept) -> None:
    counts = move.carry_out()
    assert counts["runs"] == RUNS
    the_same(move)
    assert look_at(move.source).mark == replace(
        look_at(move.target).mark,  # type: ignore[type-var]
        state="left",
        other=str(move.target),
    )
    with pytest.raises(EnvironmentUnfit, match="was moved to postgresql://"):
        open_database(move.source)
    with pytest.raises(EnvironmentUnfit, match="was moved to postgresql://"):
        move.carry_out()
    # A process that has had the file open all the time.
    with pytest.raises(IntegrityError, match="this database was moved"):
        RunStore(kept.engine).add("late", "{}")
    store = RunStore(open_database(move.target))
    claim = store.claim(store.add("new", "{}").id, "worker")
    assert claim is not None
    assert store.finish(claim, State.SUCCEEDED, "passed", "{}")
    store.engine.dispose()


@pytest.mark.parametrize(
    "point",
    [pytest.param(one, marks=[] if one in QUICK else pytest.mark.slow) for one in POINTS],
)
def test_a_move_that_is_killed_anywhere_loses_nothing_and_is_finished_by_the_same_command(
    move: Move, kept: Kept, point: str
) -> None:
    urls = [f"sqlite:///{kept.path}", str(move.target)]
    cut = subprocess.run([sys.executable, "-c", KILLED, *urls, point], check=False)
    assert cut.returncode == -signal.SIGKILL
    opened = 0
    for one in (move.source, move.target):
        try:
            engine = open_database(one)
        except EnvironmentUnfit:
            continue
        with engine.connect() as connection:
            opened += count_rows(connection)["runs"] > 0
        engine.dispose()
    # Never both, and until the file is left, the file.
    assert opened == (0 if point == "left" else 1)
    move.carry_out()
    the_same(move)
    assert [look_at(one).mark.state for one in (move.source, move.target)] == ["left", "arrived"]  # type: ignore[union-attr]


def test_what_was_written_after_a_cut_is_moved_too(move: Move, kept: Kept) -> None:
    urls = [f"sqlite:///{kept.path}", str(move.target)]
    subprocess.run([sys.executable, "-c", KILLED, *urls, "copied"], check=False)
    with pytest.raises(EnvironmentUnfit, match="was cut short"):
        open_database(move.target)
    late = RunStore(kept.engine).add("late", "{}")
    move.carry_out()
    engine = open_database(move.target)
    assert RunStore(engine).get(late.id).task == "late"
    engine.dispose()


def test_nothing_is_moved_while_a_run_goes_on_or_a_worker_is_there(move: Move, kept: Kept) -> None:
    store, waiting = RunStore(kept.engine), Waiting(kept.engine)
    waiting.seen(line_of("worker", 1))
    with pytest.raises(UsageError, match="workers are at this database"):
        move.carry_out()
    waiting.left("worker")
    claim = store.claim(store.add("demo", "{}").id, "worker")
    assert claim is not None
    with pytest.raises(UsageError, match="runs go on"):
        move.carry_out()
    assert not any(look_at(move.target).rows.values())
    assert store.finish(claim, State.SUCCEEDED, "passed", "{}")


def test_a_database_with_anything_in_it_is_left_alone(move: Move) -> None:
    engine = open_database(move.target)
    RunStore(engine).add("theirs", "{}")
    with pytest.raises(UsageError, match="is not empty"):
        move.carry_out()
    assert [run.task for run in RunStore(engine).list()] == ["theirs"]
    engine.dispose()
    open_database(move.source).dispose()


def test_another_files_unfinished_move_is_not_written_over(
    move: Move, kept: Kept, tmp_path: Path
) -> None:
    other = tmp_path / "other.db"
    open_database(other).dispose()
    urls = [f"sqlite:///{kept.path}", str(move.target)]
    subprocess.run([sys.executable, "-c", KILLED, *urls, "copied"], check=False)
    with pytest.raises(UsageError, match="is not empty"):
        Move(Address(other), move.target).carry_out()


def test_a_row_that_became_another_is_noticed_and_the_file_goes_on(move: Move) -> None:
    engine = open_database(move.target)
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN NEW.name = upper(NEW.name); RETURN NEW; END $$"
            )
        )
        connection.execute(
            text("CREATE TRIGGER loud BEFORE INSERT ON task FOR EACH ROW EXECUTE FUNCTION loud()")
        )
    with pytest.raises(EnvironmentUnfit, match="the rows of task are not the same"):
        move.carry_out()
    with engine.connect() as connection:
        assert not any(count_rows(connection).values())
    engine.dispose()
    open_database(move.source).dispose()


def test_a_row_that_postgresql_cannot_keep_is_told_and_not_quoted(move: Move, kept: Kept) -> None:
    with kept.engine.begin() as connection:
        connection.execute(update(runs).values(error="canary\0"))
    with pytest.raises(EnvironmentUnfit, match="a row of runs cannot be kept there") as caught:
        move.carry_out()
    assert "canary" not in f"{caught.value!r} {caught.value.__cause__!r}"
    open_database(move.source).dispose()


def test_a_password_in_the_url_of_a_command_line_is_refused() -> None:
    with pytest.raises(UsageError, match="where everybody") as caught:
        refuse_password(Address.of("postgresql://ann:canary@h/runs"))
    assert "canary" not in f"{caught.value!r} {caught.value.hint}"


def test_only_a_file_is_moved_and_only_to_postgresql(tmp_path: Path, target: Address) -> None:
    with pytest.raises(UsageError, match="no file to move"):
        Move(target, target).carry_out()
    with pytest.raises(UsageError, match="no file to move"):
        Move(Address(tmp_path / "none.db"), target).carry_out()
    open_database(tmp_path / "some.db").dispose()
    with pytest.raises(UsageError, match="is no PostgreSQL database"):
        Move(Address(tmp_path / "some.db"), Address(tmp_path / "new.db")).carry_out()
