"""Stored tasks and the runs placed of them, over a real vault and a real store."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import (
    Conflict,
    NotAllowed,
    NotFound,
    SecretUnfit,
    SlotUnbound,
    TaskInvalid,
    UsageError,
)
from agent.runner.orders import Order
from agent.runs.limit_store import Limit
from agent.runs.options import RunOptions
from agent.runs.run import HERE
from agent.runs.states import OnLost, State
from agent.runs.store import RunStore
from agent.runs.tables import metadata
from agent.vault.policy import Role
from tests.unit.runner.conftest import Office, login, open_office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.runner import Runner
    from agent.runs.task_store import StoredTask

SITE = "https://hotel.example"


def document(**more: Any) -> dict[str, Any]:
    step = {"type": "sign_in", "slot": "MANAGEMENT_LOGIN", "url": f"{SITE}/login"}
    slot = {"type": "login", "totp": "required", "origins": [SITE]}
    return {
        "name": "Guests",
        "slots": {"MANAGEMENT_LOGIN": slot},
        "inputs": {"night": {"type": "date"}, "rooms": {"type": "integer", "default": 3}},
        "steps": [step],
    } | more


def written(**more: Any) -> bytes:
    return json.dumps(document(**more)).encode()


@dataclass
class Desk:
    """An office whose runs are in a database."""

    office: Office
    store: RunStore

    def runner(self, role: Role = Role.OWNER, **choice: Any) -> Runner:
        made = self.office.runner(role, **choice)
        return replace(made, store=self.store.of(made.actor.project))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    office = open_office(tmp_path)
    metadata.create_all(office.engine)
    yield Desk(office, RunStore(office.engine))
    office.engine.dispose()


@pytest.fixture
def runner(desk: Desk) -> Runner:
    return desk.runner()


@pytest.fixture
def stored(runner: Runner) -> StoredTask:
    return runner.tasks.add(written())


def order(runner: Runner, **choice: Any) -> Order:
    card = next((c for c in runner.vault.cards() if c.name == "Hotel admin"), None)
    card = card or runner.keep(login())
    usual = Order("Guests", bindings={"MANAGEMENT_LOGIN": card.id}, inputs={"night": "2026-11-22"})
    return replace(usual, **choice)


def test_a_stored_task_is_found_by_name_and_id_and_says_who_brought_it(
    runner: Runner, stored: StoredTask
) -> None:
    assert runner.tasks.get("Guests") == runner.tasks.get(stored.id) == stored
    assert (stored.version, stored.current, stored.created_by) == (1, 1, "ann")
    assert stored.document == document()
    assert runner.tasks.list() == [stored]


def test_a_new_version_is_used_and_the_old_one_stays_as_it_was(
    runner: Runner, stored: StoredTask
) -> None:
    newer = runner.tasks.add_version("Guests", written(description="better"))
    assert (newer.version, newer.document["description"]) == (2, "better")
    assert runner.tasks.get("Guests") == newer
    assert runner.tasks.get("Guests", 1).document == stored.document
    assert [one.version for one in runner.tasks.versions("Guests")] == [2, 1]


def test_the_same_content_is_the_same_version_and_going_back_to_it_uses_it_again(
    runner: Runner, stored: StoredTask
) -> None:
    assert runner.tasks.add_version(stored.id, json.dumps(document(), indent=4).encode()) == stored
    runner.tasks.add_version(stored.id, written(description="better"))
    back = runner.tasks.add_version(stored.id, written())
    assert (back.version, back.current) == (1, 1)
    assert len(runner.tasks.versions(stored.id)) == 2


def test_two_tasks_of_one_name_are_refused_and_a_deleted_ones_name_is_free(
    runner: Runner, stored: StoredTask
) -> None:
    with pytest.raises(UsageError, match="already"):
        runner.tasks.add(written())
    with pytest.raises(UsageError, match="typed"):
        runner.tasks.delete(stored.id, "guests")
    runner.tasks.delete(stored.id, "Guests")
    with pytest.raises(NotFound):
        runner.tasks.get(stored.id)
    assert runner.tasks.add(written()).id != stored.id


def test_a_task_that_is_wrong_is_told_with_every_place_and_is_not_stored(runner: Runner) -> None:
    wrong = written(steps=[{"type": "clik"}, {"type": "goto"}])
    problems = runner.tasks.problems(wrong)
    assert [one.path.split(".")[0] for one in problems] == ["steps[0]", "steps[1]"]
    with pytest.raises(TaskInvalid) as refused:
        runner.tasks.add(wrong)
    assert refused.value.problems == problems
    assert runner.tasks.problems(b"\xff\xfe{") != ()
    assert runner.tasks.problems(written()) == ()
    assert runner.tasks.list() == []


def test_a_task_with_files_beside_it_cannot_be_stored(runner: Runner) -> None:
    target = {"label": "Photo"}
    steps = [{"type": "upload", "target": target, "files": [{"path": "photo.jpeg"}]}]
    with pytest.raises(TaskInvalid, match="no folder"):
        runner.tasks.add(written(steps=steps))
    sent = [{"type": "upload", "target": target, "files": [{"name": "a.txt", "text": "hello"}]}]
    assert runner.tasks.problems(written(steps=sent)) == ()


def test_a_task_tells_what_a_form_needs(runner: Runner, stored: StoredTask) -> None:
    shape = runner.tasks.shape(stored)
    [slot] = shape.slots
    assert (slot.name, slot.type, slot.totp, slot.origins) == (
        "MANAGEMENT_LOGIN",
        "login",
        True,
        (SITE,),
    )
    assert shape.inputs["required"] == ["night"]
    assert shape.inputs["properties"]["rooms"] == {"type": "integer", "default": 3}
    assert shape.told.sites == {SITE: ("1",)}


def test_an_order_is_a_queued_run_that_names_its_secrets_and_holds_none(
    runner: Runner, stored: StoredTask
) -> None:
    placed = runner.orders.place(order(runner))
    [secret] = runner.vault.cards()
    assert (placed.state, placed.task_id, placed.task_version) == (State.QUEUED, stored.id, 1)
    assert (placed.mode, placed.asked_by, placed.on_lost) == ("test", "ann", OnLost.INTERRUPT)
    assert json.loads(placed.params)["bindings"] == {"MANAGEMENT_LOGIN": secret.id}
    assert placed.serial_key == f"login:{secret.id}"
    assert placed.pool != HERE
    assert "pw of" not in repr(placed)
    assert runner.tasks.last_bindings("Guests") == {"MANAGEMENT_LOGIN": secret.id}


@pytest.mark.usefixtures("stored")
def test_one_idempotency_key_is_one_run_and_another_order_with_it_is_refused(
    runner: Runner,
) -> None:
    first = runner.orders.place(order(runner, idem_key="monday"))
    assert runner.orders.place(order(runner, idem_key="monday")) == first
    other = order(runner, idem_key="monday", inputs={"night": "2026-12-24"})
    with pytest.raises(Conflict, match=first.id):
        runner.orders.place(other)
    assert runner.orders.place(replace(other, idem_key="tuesday")).id != first.id
    assert len(runner.orders.page().items) == 2


def test_a_repeated_order_gives_its_run_also_when_it_could_not_be_planned_any_more(
    runner: Runner, stored: StoredTask
) -> None:
    placed = order(runner, idem_key="monday")
    first = runner.orders.place(placed)
    runner.tasks.delete(stored.id, "Guests")
    assert runner.orders.place(placed) == first


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"bindings": {}}, SlotUnbound),
        ({"inputs": {}}, UsageError),
        ({"inputs": {"night": "soon"}}, UsageError),
        ({"task": "Gests"}, NotFound),
        ({"version": 7}, NotFound),
        ({"mode": "live"}, SecretUnfit),
        ({"mode": "lively"}, UsageError),
        ({"priority": 101}, UsageError),
    ],
)
def test_an_order_that_could_not_run_is_refused_before_it_waits(
    runner: Runner, change: dict[str, Any], refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        runner.orders.place(order(runner, **change))
    assert runner.orders.page().items == []


def test_code_waits_for_no_worker_unless_it_was_deployed(runner: Runner) -> None:
    source = "def main(inputs, secrets):\n    return 1\n"
    runner.tasks.add(
        json.dumps({"name": "Sums", "steps": [{"type": "code", "source": source}]}).encode()
    )
    with pytest.raises(UsageError, match="code of its own"):
        runner.orders.place(Order("Sums"))


@pytest.mark.parametrize("word", ["on_lost", "on_failed"])
def test_a_task_that_may_be_begun_again_says_so_and_holds_no_step_marked_once(
    runner: Runner, word: str
) -> None:
    steps = [{"type": "goto", "url": SITE}]
    text = {"name": "Look", "steps": steps, word: "requeue"}
    runner.tasks.add(json.dumps(text).encode())
    placed = runner.orders.place(Order("Look"))
    assert placed.max_attempts == 3
    assert placed.on_lost is (OnLost.REQUEUE if word == "on_lost" else OnLost.INTERRUPT)
    text["steps"] = [{"type": "goto", "url": SITE, "once": True}]
    [problem] = runner.tasks.problems(json.dumps(text).encode())
    assert (problem.path, "once" in problem.message) == (word, True)


@pytest.mark.usefixtures("stored")
def test_pages_lead_through_all_runs_newest_first(runner: Runner) -> None:
    made = [runner.orders.place(order(runner)).id for _ in range(5)]
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        page = runner.orders.page(2, cursor)
        seen += [run.id for run in page.items]
        cursor = page.next
    assert cursor is None
    assert seen == list(reversed(made)) or sorted(seen) == sorted(made)
    runner.orders.cancel(made[0])
    [cancelled] = runner.orders.page(state="cancelled", task="Guests").items
    assert cancelled.id == made[0]
    with pytest.raises(UsageError, match="cursor"):
        runner.orders.page(cursor="next")


@pytest.mark.usefixtures("stored")
def test_a_page_leaves_the_reports_out_and_a_run_by_itself_has_its_own(runner: Runner) -> None:
    placed = runner.orders.place(order(runner))
    claim = runner.house.store.claim(placed.id, "worker")
    assert claim is not None
    assert runner.house.store.finish(claim, State.SUCCEEDED, "success", '{"long": "report"}')
    alone = runner.orders.get(placed.id)
    assert alone.report == '{"long": "report"}'
    assert runner.orders.page().items == [replace(alone, report=None)]


def test_a_run_is_placed_again_as_it_was(runner: Runner, stored: StoredTask) -> None:
    first = runner.orders.place(order(runner, priority=7))
    again = runner.orders.again(first.id)
    assert again.id != first.id
    assert (again.params, again.priority, again.serial_key, again.task_id) == (
        first.params,
        7,
        first.serial_key,
        stored.id,
    )


def test_another_projects_tasks_and_runs_are_not_there(
    desk: Desk, runner: Runner, stored: StoredTask
) -> None:
    run = runner.orders.place(order(runner))
    theirs = desk.runner(project="night-shift")
    assert theirs.tasks.list() == []
    assert theirs.orders.page().items == []
    for asked in (
        theirs.orders.get,
        theirs.orders.cancel,
        theirs.orders.again,
        theirs.events.since,
    ):
        with pytest.raises(NotFound):
            asked(run.id)
    with pytest.raises(NotFound):
        theirs.tasks.get(stored.id)
    # The same name is free in another project.
    assert theirs.tasks.add(written()).id != stored.id


def test_who_may_only_run_stores_no_task(desk: Desk) -> None:
    token = desk.runner(Role.RUNNER)
    with pytest.raises(NotAllowed):
        token.tasks.add(written())
    assert desk.runner(Role.EDITOR).tasks.add(written()).version == 1
    assert [one.name for one in token.tasks.list()] == ["Guests"]


@pytest.mark.usefixtures("stored")
async def test_who_waits_for_an_event_gets_it_and_those_before_at_once(runner: Runner) -> None:
    run = runner.orders.place(order(runner))
    [queued] = await runner.events.wait(run.id, 0, 5)
    assert (queued.id, queued.kind) == (1, "queued")
    watchers = [asyncio.create_task(runner.events.wait(run.id, 1, 60)) for _ in range(50)]
    await asyncio.sleep(0)
    await asyncio.to_thread(runner.orders.cancel, run.id)
    for events in await asyncio.gather(*watchers):
        [ended] = events
        assert (ended.id, ended.kind, ended.data["state"]) == (2, "ended", "cancelled")
    assert await runner.events.wait(run.id, 2, 0) == []
    assert runner.events.since(run.id) == [queued, ended]


def test_a_run_waits_in_its_tasks_queue_for_a_worker_with_its_labels(runner: Runner) -> None:
    runner.tasks.add(written(queue="night", labels=["linux"]))
    usual = runner.orders.place(order(runner))
    assert (usual.pool, usual.labels, usual.sites) == ("night", "linux", f" {SITE} ")
    other = runner.orders.place(order(runner, queue="day", labels=("eu", "linux"), after=60.0))
    assert (other.pool, other.labels) == ("day", "eu linux")
    assert other.not_before is not None
    again = runner.orders.again(other.id)
    assert (again.pool, again.labels, again.not_before) == ("day", "eu linux", None)
    assert runner.orders.waits_for(other).startswith("its time, ")


def test_a_plan_of_a_file_waits_on_the_terms_of_its_task(desk: Desk, tmp_path: Path) -> None:
    runner, file = desk.runner(), tmp_path / "guests.json"
    card = runner.keep(login())
    file.write_bytes(written(queue="night", labels=["eu"], on_lost="requeue"))
    plan = runner.plan(file, {"MANAGEMENT_LOGIN": card.id}, {"night": "2026-11-22"})
    run = runner.orders.place_plan(plan, RunOptions(tracing="off"))
    assert (run.pool, run.labels, run.on_lost) == ("night", "eu", OnLost.REQUEUE)
    assert (run.serial_key, run.asked_by) == (f"login:{card.id}", "ann")
    assert SITE in run.sites.split()
    assert RunOptions.of(run.options).tracing == "off"
    # A worker elsewhere has no such folder.
    assert str(tmp_path) not in run.params
    with pytest.raises(NotAllowed):
        desk.runner(None).orders.place_plan(plan, RunOptions())


@pytest.mark.parametrize("choice", [{"queue": HERE}, {"labels": ("a b",)}, {"queue": "x/y"}])
@pytest.mark.usefixtures("stored")
def test_a_queue_or_label_that_is_none_is_refused(runner: Runner, choice: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="is no"):
        runner.orders.place(order(runner, **choice))


@pytest.mark.usefixtures("stored")
def test_a_key_counts_for_one_place_and_time(runner: Runner) -> None:
    first = runner.orders.place(order(runner, idem_key="k", after=60.0))
    assert runner.orders.place(order(runner, idem_key="k", after=60.0)) == first
    with pytest.raises(Conflict):
        runner.orders.place(order(runner, idem_key="k", queue="night"))


def test_a_site_is_limited_by_those_who_may(desk: Desk) -> None:
    limits = desk.runner().limits
    limits.put(Limit(f"{SITE}/some/page?x=1", concurrency=2))
    assert limits.list() == [Limit(SITE, 2)]
    editor = desk.runner(Role.EDITOR, name="ed").limits
    assert editor.list() == [Limit(SITE, 2)]
    for act in (lambda: editor.put(Limit(SITE, 1)), lambda: editor.remove(SITE)):
        with pytest.raises(NotAllowed):
            act()
    for wrong in (Limit(SITE), Limit(SITE, 0), Limit(SITE, per_minute=0.0), Limit("no site", 1)):
        with pytest.raises(UsageError):
            limits.put(wrong)
    limits.remove(SITE)
    assert limits.list() == []
