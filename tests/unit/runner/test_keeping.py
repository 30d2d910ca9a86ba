"""Showing, moving and taking away secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.errors import (
    NotAllowed,
    SecretFrozen,
    SecretMissing,
    SecretUnfit,
    UsageError,
    WrongKey,
)
from agent.runner.deploying import Wish
from agent.runner.house import Proof
from agent.vault.keyslots.passphrase import Cost, Passphrase
from agent.vault.origin import OriginPolicy
from agent.vault.policy import Role
from agent.vault.store import Vault
from tests.unit.runner.conftest import login

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Office

TYPED = Proof(typed="Spare")
WIDER = OriginPolicy.parse(["https://hotel.example", "https://evil.example"])


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_one_field_of_a_masked_secret_is_shown_and_audited_before(
    office: Office, role: Role
) -> None:
    card = office.runner().keep(login("Spare", visibility="masked"))
    assert office.runner(role).keeping.show("Spare", "password", TYPED) == "pw of Spare"
    row = office.runner().vault.trail().rows()[-1]
    assert (row["action"], row["outcome"], row["object"]) == ("shown", "allowed", card.id)
    assert row["detail"] == '{"field":"password","person":"ann","version":1}'


def test_without_its_audit_row_nothing_is_shown(office: Office) -> None:
    office.runner().keep(login("Spare", visibility="masked"))
    with office.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises(Exception, match="did not do it: full"):
        office.runner().keeping.show("Spare", "password", TYPED)


@pytest.mark.parametrize("role", [*Role, None])
def test_a_restricted_secret_is_shown_to_nobody(office: Office, role: Role | None) -> None:
    office.runner().keep(login("Spare"))
    with pytest.raises(NotAllowed):
        office.runner(role).keeping.show("Spare", "password", TYPED)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.RUNNER, None])
def test_lower_roles_are_not_shown_a_masked_one(office: Office, role: Role | None) -> None:
    office.runner().keep(login("Spare", visibility="masked"))
    with pytest.raises(NotAllowed):
        office.runner(role).keeping.show("Spare", "password", TYPED)


@pytest.mark.parametrize("typed", ["", "spare", "Spare "])
def test_nothing_is_shown_without_the_name_typed_again(office: Office, typed: str) -> None:
    office.runner().keep(login("Spare", visibility="masked"))
    with pytest.raises(NotAllowed, match="name was typed"):
        office.runner().keeping.show("Spare", "password", Proof(typed=typed))


def test_where_a_passphrase_opens_the_vault_it_is_asked_for_again(office: Office) -> None:
    good = "lantern orbit velvet crumb 77 quay"
    typed: list[str] = [good]
    asked: list[str] = []

    def ask() -> str:
        asked.append(typed[0])
        return typed[0]

    cheap = Cost(memory=64 * 1024, passes=1, lanes=1)
    for statement in ("DELETE FROM keyslot", "DELETE FROM vault_meta"):
        with office.engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER IF EXISTS audit_kept")
            connection.exec_driver_sql(statement)
            connection.exec_driver_sql("DELETE FROM audit")
    runner = office.runner()
    vault = Vault(office.engine, Passphrase(ask, cost=cheap))
    runner = type(runner)(vault, office.store, runner.open_executor)
    runner.keep(login("Spare", visibility="masked"))
    for _ in range(2):
        before = len(asked)
        assert runner.keeping.show("Spare", "password", Proof()) == "pw of Spare"
        assert len(asked) == before + 1
    typed[0] = "another one of the same kind 12"
    with pytest.raises(WrongKey):
        runner.keeping.show("Spare", "password", Proof())


def test_ten_are_shown_in_an_hour_and_no_more(office: Office) -> None:
    office.runner().keep(login("Spare", visibility="masked"))
    for _ in range(10):
        office.now += 1
        office.runner().keeping.show("Spare", "username", TYPED)
    with pytest.raises(NotAllowed, match="within the last hour"):
        office.runner().keeping.show("Spare", "username", TYPED)
    assert office.runner(name="bob").keeping.show("Spare", "username", TYPED) == "ann"
    office.now += 3600
    assert office.runner().keeping.show("Spare", "username", TYPED) == "ann"


def test_a_field_that_is_not_there_and_a_frozen_secret_are_not_shown(office: Office) -> None:
    runner = office.runner()
    runner.keep(login("Spare", visibility="masked"))
    with pytest.raises(SecretUnfit, match="has no field"):
        runner.keeping.show("Spare", "pin", TYPED)
    runner.safety.compromised("Spare")
    with pytest.raises(SecretFrozen):
        runner.keeping.show("Spare", "password", TYPED)
    assert runner.vault.trail().rows()[-1]["outcome"] == "refused"


def test_origins_of_a_restricted_secret_are_widened_with_its_values_only(office: Office) -> None:
    runner = office.runner()
    card = runner.keep(login("Spare"))
    for proof in (Proof(), TYPED):
        with pytest.raises(NotAllowed, match="values, entered again"):
            runner.keeping.change_origins("Spare", WIDER, proof)
    fields = {"username": "ann", "password": "given again"}
    assert runner.keeping.change_origins("Spare", WIDER, Proof(fields=fields)).origins == WIDER
    assert runner.keeping.change_origins("Spare", card.origins).origins == card.origins


def test_origins_of_a_masked_secret_are_widened_after_a_step_up(office: Office) -> None:
    runner = office.runner()
    runner.keep(login("Spare", visibility="masked"))
    with pytest.raises(NotAllowed, match="name was typed"):
        runner.keeping.change_origins("Spare", WIDER)
    assert runner.keeping.change_origins("Spare", WIDER, TYPED).origins == WIDER
    assert runner.vault.trail().rows()[-1]["action"] == "widened"


@pytest.mark.parametrize("role", [Role.EDITOR, Role.RUNNER, None])
def test_lower_roles_change_nothing(office: Office, role: Role | None) -> None:
    office.runner().keep(login("Spare", visibility="masked"))
    lower = office.runner(role)
    fewer = OriginPolicy.parse(["https://hotel.example"])
    for act in (
        lambda: lower.keep(login("Mine")),
        lambda: lower.rotate_secret("Spare", dict(login().fields)),
        lambda: lower.keeping.change_origins("Spare", WIDER, TYPED),
        lambda: lower.keeping.change_origins("Spare", fewer),
        lambda: lower.keeping.delete("Spare", "Spare"),
        lambda: lower.safety.unfreeze("Spare"),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert [card.version for card in office.runner().secrets()] == [1]


def test_a_test_secret_is_deleted_by_its_name_typed(office: Office) -> None:
    runner = office.runner()
    runner.keep(login("Spare"))
    with pytest.raises(UsageError, match="is not Spare"):
        runner.keeping.delete("Spare", "Spade")
    runner.keeping.delete("Spare", "Spare")
    task = office.task("LOGIN")
    with pytest.raises(SecretMissing, match=r"slot LOGIN: the secret 'Spare' was deleted on 20"):
        runner.plan(task, {"LOGIN": "Spare"}, {})


def test_what_depends_on_a_secret_is_listed(office: Office) -> None:
    runner = office.runner()
    card = runner.keep(login())
    assert runner.keeping.dependants(card) == []
    queued = runner.submit(runner.plan(office.task("LOGIN"), {"LOGIN": card.id}, {}))
    past = runner.submit(runner.plan(office.task("LOGIN", name="Old"), {"LOGIN": card.id}, {}))
    office.store.cancel(past.id)
    found = [(one.kind, one.name) for one in runner.keeping.dependants(card)]
    assert found == [("run", queued.id), ("task", "Old")]


def test_usage_names_tasks_runs_people_and_versions(office: Office) -> None:
    runner = office.runner()
    card = runner.keep(login("Spare", visibility="masked"))
    run = runner.submit(runner.plan(office.task("LOGIN"), {"LOGIN": card.id}, {}))
    with runner.vault.open_for_run({"LOGIN": card.ref}, run.id):
        pass
    runner.rotate_secret("Spare", dict(login("Spare").fields))
    office.runner(name="bob").keeping.show("Spare", "username", TYPED)
    usage = runner.safety.usage("Spare")
    sides = [usage.told(side) for side in ("task", "run_id", "person", "version", "origin")]
    assert sides == [["Guests"], [run.id], ["ann", "bob"], ["1", "2"], []]


def test_a_compromised_secret_is_frozen_with_its_copies_and_its_runs_stop(office: Office) -> None:
    runner = office.runner()
    card = runner.keep(login())
    other = runner.keep(login("Other"))
    task = office.task("LOGIN")
    plans = {ref: runner.plan(task, {"LOGIN": ref}, {}) for ref in (card.id, other.id)}
    mine, theirs = runner.submit(plans[card.id]), runner.submit(plans[other.id])
    from_it = _deployed(office, card.id)
    done = office.runner(Role.EDITOR).safety.compromised(card.id)
    assert {one.id for one in done.frozen} == {card.id, from_it}
    assert done.stopped == (mine.id,)
    assert [run.id for run in office.store.active()] == [theirs.id]
    assert len(done.rotate) == 2
    with pytest.raises(SecretFrozen):
        runner.plan(office.task("LOGIN"), {"LOGIN": card.id}, {})
    with pytest.raises(SecretFrozen):
        runner.deploying.plan("Guests", None, {})
    runner.plan(office.task("LOGIN"), {"LOGIN": other.id}, {})


def _deployed(office: Office, secret: str) -> str:
    deploying = office.runner().deploying
    wish = Wish(office.task("LOGIN"), {"LOGIN": secret}, [secret])
    return deploying.deploy(deploying.propose(wish)).bindings["LOGIN"].secret
