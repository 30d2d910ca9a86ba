"""Live deployments: what they hold, what they refuse, and that they never change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError

from agent.errors import (
    NotAllowed,
    SecretMissing,
    SecretUnfit,
    SlotUnbound,
    UsageError,
    VaultDamaged,
)
from agent.planner import Plan
from agent.runner.deploying import Wish
from agent.vault.policy import Role
from tests.unit.runner.conftest import login

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agent.vault.deployments import Deployment
    from tests.unit.runner.conftest import Office

BOUND = {"LOGIN": "Hotel admin"}


def deploy(
    office: Office, task: Path, copies: Sequence[str] = (), role: Role = Role.OWNER
) -> Deployment:
    deploying = office.runner(role).deploying
    return deploying.deploy(deploying.propose(Wish(task, BOUND, copies)))


def test_a_deployment_holds_the_task_and_a_copy_of_its_own(office: Office) -> None:
    runner = office.runner()
    test = runner.keep(login(visibility="masked"))
    made = deploy(office, office.task("LOGIN"), ["Hotel admin"])
    assert (made.name, made.number) == ("Guests", 1)
    bound = made.bindings["LOGIN"]
    assert (bound.source, bound.source_version) == (test.id, 1)
    live = runner.secret(bound.secret)
    assert live.id != test.id
    assert (live.name, live.mode, live.version) == (test.name, "live", 1)
    assert (live.visibility, live.origins) == (test.visibility, test.origins)
    plan = runner.deploying.plan("Guests", None, {})
    assert (plan.mode, plan.deployment, plan.bindings["LOGIN"].id) == ("live", made.id, live.id)
    assert Plan.from_json(plan.to_json()) == plan
    rows = [row for row in runner.vault.trail().rows() if row["action"] == "deployed"]
    assert [row["object"] for row in rows] == [live.id]
    assert made.id in rows[0]["detail"]


def test_only_what_was_chosen_is_copied(office: Office) -> None:
    runner = office.runner()
    for name in ("Hotel admin", "Other", "Third"):
        runner.keep(login(name))
    deploy(office, office.task("LOGIN"), ["Hotel admin"])
    assert [card.name for card in runner.secrets() if card.mode == "live"] == ["Hotel admin"]


def test_a_test_secret_that_was_not_chosen_is_named(office: Office) -> None:
    office.runner().keep(login())
    with pytest.raises(SlotUnbound, match="slot LOGIN: Hotel admin is a test secret"):
        deploy(office, office.task("LOGIN"))
    assert [card.mode for card in office.runner().secrets()] == ["test"]


def test_a_chosen_secret_that_no_slot_uses_is_refused(office: Office) -> None:
    for name in ("Hotel admin", "Other"):
        office.runner().keep(login(name))
    with pytest.raises(UsageError, match="not bound to any slot"):
        deploy(office, office.task("LOGIN"), ["Hotel admin", "Other"])


def test_nothing_is_overwritten(office: Office) -> None:
    runner = office.runner()
    runner.keep(login())
    task = office.task("LOGIN")
    first = deploy(office, task, ["Hotel admin"])
    with pytest.raises(UsageError, match="nothing is overwritten"):
        deploy(office, task, ["Hotel admin"])
    second = deploy(office, task)
    assert second.number == 2
    assert second.bindings["LOGIN"].secret == first.bindings["LOGIN"].secret
    assert [one.number for one in runner.deploying.history("Guests")] == [1, 2]
    runner.keeping.retire("Hotel admin", "Hotel admin")
    third = deploy(office, task, ["Hotel admin"])
    assert third.bindings["LOGIN"].secret != first.bindings["LOGIN"].secret


def test_a_proposal_that_was_overtaken_is_refused(office: Office) -> None:
    runner = office.runner()
    runner.keep(login())
    task = office.task("LOGIN")
    stale = runner.deploying.propose(Wish(task, BOUND, ["Hotel admin"]))
    deploy(office, task, ["Hotel admin"])
    with pytest.raises(UsageError, match="deployed by someone else meanwhile"):
        runner.deploying.deploy(stale)


def test_a_changed_task_must_be_deployed_again(office: Office) -> None:
    runner = office.runner()
    runner.keep(login())
    task = office.task("LOGIN")
    deploy(office, task, ["Hotel admin"])
    written = json.loads(task.read_text("utf-8"))
    task.write_text(json.dumps(written, indent=4), "utf-8")
    runner.deploying.plan("Guests", task, {})  # spaces are no change
    written["steps"].append({"type": "goto", "url": "https://hotel.example/else"})
    task.write_text(json.dumps(written), "utf-8")
    for path in (None, task):
        with pytest.raises(UsageError, match="is not the task that was deployed") as caught:
            runner.deploying.plan("Guests", path, {})
        assert "deploy again" in caught.value.hint
    deploy(office, task)
    assert len(runner.deploying.plan("Guests", None, {}).steps) == 2


def test_a_deployment_outlives_its_file(office: Office) -> None:
    office.runner().keep(login())
    task = office.task("LOGIN")
    deploy(office, task, ["Hotel admin"])
    task.unlink()
    assert len(office.runner().deploying.plan("Guests", None, {}).steps) == 1


def test_modes_do_not_mix_at_binding(office: Office) -> None:
    runner = office.runner()
    test = runner.keep(login())
    live = runner.keep(login("Live one", mode="live"))
    task = office.task("LOGIN")
    for ref, mode in ((live.id, "test"), (test.id, "live"), ("Live one", "test")):
        with pytest.raises(SecretUnfit, match="never mix"):
            runner.plan(task, {"LOGIN": ref}, {}, mode)
    assert runner.plan(task, {"LOGIN": "Live one"}, {}, "live").mode == "live"
    assert runner.plan(task, BOUND, {}).mode == "test"


def test_rotating_the_test_secret_leaves_the_live_copy_alone(office: Office) -> None:
    runner = office.runner()
    test = runner.keep(login())
    made = deploy(office, office.task("LOGIN"), ["Hotel admin"])
    runner.rotate_secret(test.id, {"username": "ann", "password": "another"})
    assert runner.secret(made.bindings["LOGIN"].secret).version == 1


def test_a_retired_secret_ends_its_deployments(office: Office) -> None:
    runner = office.runner()
    runner.keep(login())
    deploy(office, office.task("LOGIN"), ["Hotel admin"])
    runner.keeping.retire("Hotel admin", "Hotel admin")
    with pytest.raises(SecretMissing, match="slot LOGIN: the secret 'Hotel admin' was retired on"):
        runner.deploying.plan("Guests", None, {})


@pytest.mark.parametrize("role", [Role.EDITOR, Role.RUNNER])
def test_lower_roles_run_a_deployment_and_make_none(office: Office, role: Role) -> None:
    office.runner().keep(login())
    task = office.task("LOGIN")
    with pytest.raises(NotAllowed):
        deploy(office, task, ["Hotel admin"], role)
    deploy(office, task, ["Hotel admin"])
    lower = office.runner(role)
    assert lower.submit(lower.deploying.plan("Guests", None, {})).task == "Guests"


def test_a_row_of_a_deployment_cannot_be_changed_and_an_edit_behind_that_is_found(
    office: Office,
) -> None:
    office.runner().keep(login())
    deploy(office, office.task("LOGIN"), ["Hotel admin"])
    for statement in ("UPDATE deployment SET digest = 'x'", "DELETE FROM deployment"):
        with pytest.raises(IntegrityError, match="never"), office.engine.begin() as connection:
            connection.exec_driver_sql(statement)
    with office.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER deployment_fixed")
        connection.exec_driver_sql(
            "UPDATE deployment SET document = replace(document, 'hotel', 'evil')"
        )
    with pytest.raises(VaultDamaged, match="deployment Guests was changed"):
        office.runner().deploying.plan("Guests", None, {})
