"""What people of one project see of another's: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import NotAllowed, SecretMissing, UsageError
from agent.runner import Runner
from agent.runner.house import Proof
from agent.runner.left import Left
from agent.vault.backup import Backups
from agent.vault.custody import Custody
from agent.vault.origin import Origin
from agent.vault.policy import Role
from agent.vault.reveal import Receiver, reveal_to
from tests.unit.runner.conftest import login
from tests.unit.vault.conftest import ALONE

if TYPE_CHECKING:
    from agent.vault.secret import SecretCard
    from tests.unit.runner.conftest import Office

NIGHT = "night-shift"


def other(office: Office, role: Role = Role.OWNER) -> Runner:
    """A person of the other project, over the same database."""
    made = office.runner(role, "bob", NIGHT)
    return Runner(
        made.vault, office.store.of(NIGHT), made.open_executor, actor=made.actor, people=made.people
    )


def run_of(runner: Runner, office: Office, card: SecretCard) -> str:
    plan = runner.plan(office.task("LOGIN"), {"LOGIN": card.id}, {})
    return runner.submit(plan).id


def test_runs_usage_and_the_audit_are_those_of_the_own_project(office: Office) -> None:
    nowhere: Any = None  # nothing is found, so nothing is fetched
    ours, theirs = office.runner(), other(office)
    cards = [ours.keep(login("Ours")), theirs.keep(login("Theirs"))]
    runs = [run_of(one, office, card) for one, card in zip((ours, theirs), cards, strict=True)]
    for number, one in enumerate((ours, theirs)):
        assert [run.id for run in one.runs()] == [runs[number]]
        assert [card.id for card in one.secrets()] == [cards[number].id]
        assert one.report(runs[number]).run_id == runs[number]
        with pytest.raises(UsageError, match="there is no run"):
            one.report(runs[1 - number])
        with pytest.raises(UsageError, match="there is no run"):
            Left(one.house, nowhere).traces(runs[1 - number])
        for ask in (one.safety.usage, one.safety.compromised, one.secret, one.safety.unfreeze):
            with pytest.raises(SecretMissing):
                ask(cards[1 - number].id)
        with pytest.raises(UsageError):
            one.deploying.history("Guests")


def test_the_audit_shows_the_own_project_and_the_vault_itself(office: Office) -> None:
    ours, theirs = office.runner(), other(office)
    mine, foreign = ours.keep(login("Ours")), theirs.keep(login("Theirs"))
    rows = [(row["action"], row["object"]) for row in ours.vault.trail().rows_of_project()]
    assert rows[0][0] == "created"
    assert [target for act, target in rows if act == "added"] == [mine.id]
    rows = [(row["action"], row["object"]) for row in theirs.vault.trail().rows_of_project()]
    assert rows[0][0] == "created"
    assert [target for act, target in rows if act == "added"] == [foreign.id]
    assert len(ours.vault.trail().rows()) == 3


def test_compromised_stops_the_runs_of_the_own_project_only(office: Office) -> None:
    ours, theirs = office.runner(), other(office)
    card, foreign = ours.keep(login("Same")), theirs.keep(login("Same"))
    mine, kept = run_of(ours, office, card), run_of(theirs, office, foreign)
    assert ours.safety.compromised("Same").stopped == (mine,)
    assert theirs.store.get(kept).state == "queued"
    assert theirs.safety.freezes(foreign) == []


def test_ten_an_hour_are_counted_for_the_person_and_not_for_a_name(office: Office) -> None:
    card = office.runner().keep(login("Spare", visibility="masked"))
    for number in range(10):
        asking = office.runner(name=f"ann{number}")
        asking.vault.person = "local"
        asking.keeping.show(card.id, "password", Proof(typed="Spare"))
    asking = office.runner(name="ann-once-more")
    asking.vault.person = "local"
    with pytest.raises(NotAllowed, match="within the last hour"):
        asking.keeping.show(card.id, "password", Proof(typed="Spare"))
    # Positive control: somebody else is somebody else.
    somebody = office.runner(name="bob")
    assert somebody.keeping.show(card.id, "password", Proof(typed="Spare")) == "pw of Spare"


def test_a_slot_that_is_not_there_is_told_before_a_secret_that_is_not(office: Office) -> None:
    task = office.task("LOGIN")
    with pytest.raises(UsageError, match=r"the task has no slot .LOGON"):
        office.runner().plan(task, {"LOGON": "no such secret"}, {})
    with pytest.raises(SecretMissing):
        office.runner().plan(task, {"LOGIN": "no such secret"}, {})


def test_when_a_secret_was_last_used_is_known(office: Office) -> None:
    runner = office.runner()
    card, idle = runner.keep(login("Used")), runner.keep(login("Idle"))
    with runner.vault.open_for_run({"LOGIN": card.ref}, "run-1") as secrets:
        assert runner.safety.last_used([card, idle]) == {}
        at = Receiver((Origin.parse("https://hotel.example"),), "sign in")
        reveal_to(secrets["LOGIN"], "password", at)
    used = runner.safety.last_used([card, idle])
    assert used == {card.id: runner.vault.trail().rows()[-1]["at"]}


def test_a_backup_is_in_the_audit_and_the_row_is_in_the_backup(office: Office) -> None:
    runner = office.runner()
    database, target = office.folder / "runner.db", office.folder / "copy.db"
    Backups(runner.vault, office.engine, database, lambda _path: office.engine, ALONE).backup(
        target
    )
    assert runner.vault.trail().rows()[-1]["action"] == "backed_up"
    assert b"backed_up" in target.read_bytes()
    custody = Custody(runner.vault, office.engine, lambda _kind: runner.vault.opening.unlocker)
    assert custody.verify().problems == ()
