"""Artifacts on their way to the store: nothing is lost, nothing unproven arrives."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.artifacts.stores.memory import MemoryStore
from agent.artifacts.stores.store import Choice
from agent.errors import StoreFailed, UsageError, WrongKey
from agent.runs.memory import MemoryRunStore
from agent.runs.report import ArtifactLine, Report
from agent.runs.shelf import Pushed, Shelf
from agent.runs.states import State
from agent.vault.spool import sealed_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.runs.claim import Claim

NAMES = ("trace.zip", "screenshots/01-goto.jpeg", "report.html")


@dataclass
class Bench:
    """A shelf over a store in memory, and runs that leave three files each."""

    shelf: Shelf
    store: MemoryStore
    runs: MemoryRunStore

    def begun(self) -> tuple[Claim, Report]:
        run = self.runs.add("guests", "{}")
        claim = self.runs.claim(run.id, "elsewhere:1:1:1:1")
        assert claim is not None
        lines = [self.kept(run.id, name) for name in NAMES]
        lines.append(ArtifactLine("har", "x.withheld.json", "withheld", "a rule", "network.har"))
        return claim, Report(run.id, "guests", "succeeded", "passed", artifacts=tuple(lines))

    def kept(self, run_id: str, name: str) -> ArtifactLine:
        path = self.shelf.runs_folder / run_id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{run_id} {name}")
        digest = sha256(path.read_bytes()).hexdigest()
        return ArtifactLine("trace", str(path), "kept", "", name, digest, path.stat().st_size)

    def finish(self, claim: Claim, report: Report) -> Report:
        expected = self.shelf.expecting(report)
        assert self.runs.finish(claim, State.SUCCEEDED, "passed", expected.to_json())
        return expected

    def ended(self) -> Report:
        return self.finish(*self.begun())

    def states(self, report: Report) -> list[str]:
        return [line.delivery for line in self.runs.report(str(report.run_id)).artifacts]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    store, runs = MemoryStore(Choice("memory://left")), MemoryRunStore()
    shelf = Shelf(lambda: store, runs, tmp_path / "runs", tmp_path / "waiting", remote=True)
    return Bench(shelf, store, runs)


def files(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*") if p.is_file() and p.name[0] != ".")


def test_what_a_run_left_is_in_the_store_and_no_longer_here(bench: Bench) -> None:
    report = bench.shelf.delivered(bench.ended())
    assert bench.states(report) == ["delivered"] * 3 + [""]
    assert report.artifacts[0].path == f"memory://left/{report.run_id}/trace.zip"
    assert [held.key for held in bench.store.list(str(report.run_id))] == sorted(
        f"{report.run_id}/{name}" for name in NAMES
    )
    assert files(bench.shelf.runs_folder) == files(bench.shelf.waiting) == []
    with bench.shelf.opened(report, report.artifacts[1]) as path:
        assert path.read_text() == f"{report.run_id} screenshots/01-goto.jpeg"
        copy = path
    assert not copy.exists()


def test_while_the_store_is_away_they_wait_and_the_report_says_so(bench: Bench) -> None:
    bench.store.away = True
    report = bench.shelf.delivered(bench.ended())
    assert bench.states(report) == ["pending"] * 3 + [""]
    with bench.shelf.opened(report, report.artifacts[0]) as path:
        assert path.parent.parent == bench.shelf.runs_folder
    pushed = bench.shelf.push()
    assert (pushed.delivered, pushed.waiting) == ((), (report.run_id,))
    assert "away" in pushed.why
    bench.store.away = False
    assert bench.shelf.push() == Pushed((str(report.run_id),))
    assert bench.states(report) == ["delivered"] * 3 + [""]
    assert files(bench.shelf.runs_folder) == []


class Turned:
    """Seals by turning a file round, as far as the shelf can tell."""

    def seal(self, path: Path, name: str) -> None:
        sealed_of(path).write_bytes(name.encode() + path.read_bytes()[::-1])
        path.unlink()

    @contextmanager
    def unsealed(self, path: Path, name: str) -> Iterator[Path]:
        turned = sealed_of(path).read_bytes()
        if not turned.startswith(name.encode()):
            raise WrongKey("it is another file's")
        copy = path.with_name("copy")
        copy.write_bytes(turned.removeprefix(name.encode())[::-1])
        yield copy
        copy.unlink()


def test_what_waits_is_sealed_can_be_looked_at_and_arrives_as_it_was(bench: Bench) -> None:
    bench.shelf = replace(bench.shelf, sealing=Turned())
    bench.store.away = True
    report = bench.shelf.delivered(bench.ended())
    assert files(bench.shelf.runs_folder) == sorted(f"{Path(name).name}.sealed" for name in NAMES)
    with bench.shelf.opened(report, report.artifacts[1]) as path:
        assert path.read_text() == f"{report.run_id} screenshots/01-goto.jpeg"
    with pytest.raises(UsageError, match="still waits"):
        bench.shelf.link(report, report.artifacts[0], 60)
    bench.shelf.push()
    bench.store.away = False
    assert bench.shelf.push() == Pushed((str(report.run_id),))
    assert bench.states(report) == ["delivered"] * 3 + [""]
    assert files(bench.shelf.runs_folder) == []
    with bench.store.open(f"{report.run_id}/trace.zip") as kept:
        assert kept.read() == f"{report.run_id} trace.zip".encode()


def test_a_sealed_file_that_was_changed_is_lost_and_says_so(bench: Bench) -> None:
    bench.shelf = replace(bench.shelf, sealing=Turned())
    bench.store.away = True
    report = bench.shelf.delivered(bench.ended())
    sealed_of(Path(report.artifacts[0].path)).write_bytes(b"another file")
    bench.store.away = False
    bench.shelf.push()
    assert bench.states(report) == ["lost", "delivered", "delivered", ""]


def test_what_another_process_brought_away_meanwhile_is_passed_over(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.store.away = True
    gone, stays = (str(bench.shelf.delivered(bench.ended()).run_id) for _ in range(2))
    listed = list(bench.shelf.waiting.iterdir())
    monkeypatch.setattr(Path, "iterdir", lambda _folder: iter(listed))
    (bench.shelf.waiting / gone).unlink()
    assert bench.shelf.marks() == [stays]


def test_no_more_may_wait_than_was_said(bench: Bench) -> None:
    bench.shelf = replace(bench.shelf, most_waiting=200)
    bench.store.away = True
    bench.shelf.delivered(bench.ended())
    assert bench.shelf.full() == ""
    bench.shelf.require_room()
    bench.shelf.delivered(bench.ended())
    assert "wait here for the store" in bench.shelf.full()
    with pytest.raises(StoreFailed) as full:
        bench.shelf.require_room()
    assert "runner runs push" in full.value.hint
    bench.store.away = False
    bench.shelf.push()
    bench.shelf.require_room()


def test_the_end_of_the_next_run_brings_what_waited(bench: Bench) -> None:
    bench.store.away = True
    first = bench.shelf.delivered(bench.ended())
    bench.store.away = False
    bench.shelf.delivered(bench.ended())
    assert bench.states(first) == ["delivered"] * 3 + [""]


def test_a_store_that_goes_away_half_way_keeps_what_it_has(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, count = MemoryStore.put, 0

    def once(store: MemoryStore, *given: object) -> None:
        nonlocal count
        count += 1
        store.away = count > 1
        put(store, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(MemoryStore, "put", once)
    report = bench.shelf.delivered(bench.ended())
    assert bench.states(report) == ["delivered", "pending", "pending", ""]
    assert [line.delivery for line in report.artifacts] == bench.states(report)
    monkeypatch.undo()
    bench.store.away = False
    assert bench.shelf.push().waiting == ()
    assert bench.states(report) == ["delivered"] * 3 + [""]


def test_a_file_that_was_changed_while_it_waited_never_arrives(bench: Bench) -> None:
    report = bench.ended()
    (bench.shelf.runs_folder / str(report.run_id) / "trace.zip").write_text("raw")
    (bench.shelf.runs_folder / str(report.run_id) / "report.html").unlink()
    bench.shelf.push()
    assert bench.states(report) == ["lost", "delivered", "lost", ""]
    reasons = [line.reason for line in bench.runs.report(str(report.run_id)).artifacts]
    assert reasons[0] == "it was changed after it had passed the gate"
    assert reasons[2] == "the file is gone"
    assert [held.key.rpartition("/")[2] for held in bench.store.list(str(report.run_id))] == [
        "01-goto.jpeg"
    ]


def test_a_run_that_still_goes_on_is_left_alone(bench: Bench) -> None:
    claim, report = bench.begun()
    expected = bench.shelf.expecting(report)
    bench.shelf.push()
    assert bench.store.list(str(report.run_id)) == []
    assert bench.runs.finish(claim, State.SUCCEEDED, "passed", expected.to_json())
    assert bench.shelf.push().delivered == (report.run_id,)


def test_killed_after_the_objects_were_put_a_push_goes_on_from_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = bench.ended()
    monkeypatch.setattr(MemoryRunStore, "retell", lambda *_: False)
    bench.shelf.push()
    assert bench.states(report) == ["pending"] * 3 + [""]
    assert len(files(bench.shelf.runs_folder)) == 3
    monkeypatch.undo()
    bench.shelf.push()
    assert bench.states(report) == ["delivered"] * 3 + [""]
    assert files(bench.shelf.runs_folder) == files(bench.shelf.waiting) == []


def test_killed_after_the_record_was_written_a_push_removes_the_files(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = bench.ended()
    monkeypatch.setattr(Shelf, "_clear", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bench.shelf.push()
    assert bench.states(report) == ["delivered"] * 3 + [""]
    monkeypatch.undo()
    assert bench.shelf.push() == Pushed((str(report.run_id),))
    assert files(bench.shelf.runs_folder) == []


def test_files_of_an_output_folder_stay_there(bench: Bench, tmp_path: Path) -> None:
    claim, report = bench.begun()
    path = tmp_path / "out" / "trace.zip"
    path.parent.mkdir()
    path.write_bytes(b"here")
    line = replace(report.artifacts[0], path=str(path), sha256=sha256(b"here").hexdigest(), size=4)
    bench.shelf.delivered(bench.finish(claim, replace(report, artifacts=(line,))))
    assert path.exists()
    assert bench.states(report) == ["delivered"]


def test_where_the_store_is_this_folder_nothing_waits(bench: Bench) -> None:
    shelf = replace(bench.shelf, remote=False)
    _, report = bench.begun()
    assert shelf.expecting(report) is shelf.delivered(report) is report
    assert shelf.push() == Pushed()
    assert not shelf.waiting.exists()
    line = report.artifacts[0]
    assert shelf.link(report, line, 60) == line.path


def test_a_run_that_is_gone_from_the_record_waits_no_longer(bench: Bench) -> None:
    report = bench.ended()
    bench.runs._rows.clear()
    assert bench.shelf.push() == Pushed()
    assert files(bench.shelf.waiting) == []
    with pytest.raises(UsageError):
        bench.runs.report(str(report.run_id))
