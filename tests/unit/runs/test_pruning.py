"""Old runs go, record and files together, also where the process is killed in between."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from agent.artifacts.artifact import Artifact
from agent.artifacts.stores.memory import MemoryStore
from agent.artifacts.stores.store import Choice
from agent.runs.alone import alone_in
from agent.runs.memory import MemoryRunStore
from agent.runs.pruning import Pruning
from agent.runs.report import Report
from agent.runs.retention import Rule
from agent.runs.shelf import Shelf
from agent.runs.states import State
from agent.runs.store import RunStore
from agent.runs.tables import metadata

ONE = Rule(keep=1)
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from sqlalchemy import create_engine
from agent.artifacts.stores.memory import MemoryStore
from agent.artifacts.stores.store import Choice
from agent.runs.pruning import Pruning
from agent.runs.retention import Rule
from agent.runs.shelf import Shelf
from agent.runs.store import RunStore

place, when, count = sys.argv[2], sys.argv[3], int(sys.argv[4])

def dying(act):
    def acting(*given, **named):
        global count
        count -= 1
        if count == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = act(*given, **named)
        if count == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    return acting

if place == "rename":
    Path.rename = dying(Path.rename)
elif place == "remove":
    RunStore.remove = dying(RunStore.remove)
elif place == "unlink":
    os.unlink = dying(os.unlink)
home = Path(sys.argv[1])
store = RunStore(create_engine(f"sqlite:///{home / 'runs.db'}"))
shelf = Shelf(lambda: MemoryStore(Choice("memory://")), store, home / "runs", home / "waiting")
Pruning(store, shelf, home / "pruning").prune(Rule(keep=1), 1e12)
"""


def ended(store: RunStore | MemoryRunStore, folder: Path) -> str:
    run = store.add("guests", "{}")
    claim = store.claim(run.id, "elsewhere:1:1:1:1")
    assert claim is not None
    report = Report(run.id, "guests", "succeeded", "passed")
    store.finish(claim, State.SUCCEEDED, "passed", report.to_json())
    (folder / run.id / "screenshots").mkdir(parents=True)
    for name in ("trace.zip", "screenshots/01-goto.jpeg"):
        (folder / run.id / name).write_text(run.id)
    return run.id


@pytest.mark.parametrize(
    ("place", "when", "count"),
    [
        ("rename", "before", 1),
        ("rename", "after", 2),
        ("remove", "before", 2),
        ("remove", "after", 1),
        ("unlink", "before", 3),
    ],
)
def test_killed_at_any_step_every_record_has_its_files_and_no_files_are_without(
    tmp_path: Path, place: str, when: str, count: int
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'runs.db'}")
    metadata.create_all(engine)
    store, folder = RunStore(engine), tmp_path / "runs"
    runs = [ended(store, folder) for _ in range(4)]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path, place, when, str(count)],
        cwd=Path(__file__).parents[3],
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    shelf = Shelf(lambda: MemoryStore(Choice("m")), store, folder, tmp_path / "waiting")
    pruning = Pruning(store, shelf, tmp_path / "pruning")
    pruning.mend()
    there = {run.id for run in store.list(10)}
    assert {path.name for path in folder.iterdir()} == there
    assert all(len([p for p in (folder / run).rglob("*") if p.is_file()]) == 2 for run in there)
    assert runs[-1] in there
    pruned = pruning.prune(ONE, 1e12)
    assert (pruned.rests, pruned.why) == ((), "")
    assert [run.id for run in store.list(10)] == [path.name for path in folder.iterdir()]
    assert [path.name for path in (tmp_path / "pruning").iterdir()] == [".lock"]
    engine.dispose()


@pytest.fixture
def bench(tmp_path: Path) -> tuple[Pruning, MemoryRunStore, MemoryStore]:
    store, held = MemoryRunStore(), MemoryStore(Choice("memory://left"))
    shelf = Shelf(lambda: held, store, tmp_path / "runs", tmp_path / "waiting", remote=True)
    return Pruning(store, shelf, tmp_path / "pruning"), store, held


def put(held: MemoryStore, path: Path, run: str) -> None:
    path.write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    held.put(f"{run}/trace.zip", Artifact("trace", "trace.zip", path, "kept", sha256=empty))


def test_what_the_store_holds_goes_too_and_waits_while_it_is_away(
    bench: tuple[Pruning, MemoryRunStore, MemoryStore], tmp_path: Path
) -> None:
    pruning, store, held = bench
    old, _new = ended(store, tmp_path / "runs"), ended(store, tmp_path / "runs")
    put(held, tmp_path / "x", old)
    said = pruning.prune(ONE, 1e12, only_say=True)
    assert [run.id for run in said.gone] == [old]
    assert store.exists(old)
    held.away = True
    pruned = pruning.prune(ONE, 1e12)
    assert ([run.id for run in pruned.gone], pruned.rests) == ([old], (old,))
    assert "away" in pruned.why
    assert not store.exists(old)
    held.away = False
    assert held.list(old)
    assert pruning.prune(ONE, 1e12).rests == ()
    assert held.list(old) == []


def test_a_run_that_began_anew_meanwhile_keeps_its_files(
    bench: tuple[Pruning, MemoryRunStore, MemoryStore],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pruning, store, _ = bench
    old, _new = ended(store, tmp_path / "runs"), ended(store, tmp_path / "runs")
    monkeypatch.setattr(MemoryRunStore, "remove", lambda *_: False)
    assert pruning.prune(ONE, 1e12).gone == ()
    assert (tmp_path / "runs" / old / "trace.zip").exists()


def test_two_prunes_do_not_meet(
    bench: tuple[Pruning, MemoryRunStore, MemoryStore], tmp_path: Path
) -> None:
    pruning, store, _ = bench
    old, _new = ended(store, tmp_path / "runs"), ended(store, tmp_path / "runs")
    pruning.going.mkdir()
    with alone_in(pruning.going) as alone:
        assert alone
        assert "another process" in pruning.prune(ONE, 1e12).why
        pruning.mend()
    assert store.exists(old)


def test_runs_of_another_project_stay(
    bench: tuple[Pruning, MemoryRunStore, MemoryStore], tmp_path: Path
) -> None:
    pruning, store, _ = bench
    theirs = replace(store, project="theirs")
    kept = [ended(theirs, tmp_path / "runs") for _ in range(2)]
    for _ in range(2):
        ended(store, tmp_path / "runs")
    assert len(pruning.prune(ONE, 1e12).gone) == 1
    assert all(store.exists(run) for run in kept)
    assert not store.remove(kept[0])
