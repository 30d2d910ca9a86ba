"""Who may give a run a one-time code, and which runs take one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.errors import NotAllowed, UsageError
from agent.runs.states import State
from agent.vault.outside_codes import OutsideCodes
from agent.vault.policy import Role
from tests.unit.runner.conftest import login

if TYPE_CHECKING:
    from agent.runner import Runner
    from agent.runs.run import Run
    from tests.unit.runner.conftest import Office


def submitted(office: Office) -> Run:
    runner = office.runner()
    runner.keep(login("Spare"))
    return runner.submit(runner.plan(office.task("A"), {"A": "Spare"}, {}))


def taken(runner: Runner, run: Run) -> str | None:
    return OutsideCodes(runner.vault.trail()).take(run.id)


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.EDITOR])
def test_who_may_start_a_run_may_push_its_code(office: Office, role: Role) -> None:
    run = submitted(office)
    assert office.runner(role).codes.push(run.id, "482 913").id == run.id
    assert taken(office.runner(), run) == "482913"


def test_who_may_not_start_runs_pushes_no_code(office: Office) -> None:
    run = submitted(office)
    with pytest.raises(NotAllowed):
        office.runner(None).codes.push(run.id, "482913")
    assert taken(office.runner(), run) is None


def test_a_run_that_has_ended_takes_no_code(office: Office) -> None:
    run = submitted(office)
    assert office.store.cancel(run.id) is State.CANCELLED
    with pytest.raises(UsageError, match="has ended"):
        office.runner().codes.push(run.id, "482913")


def test_there_must_be_such_a_run(office: Office) -> None:
    submitted(office)
    with pytest.raises(UsageError, match="there is no run"):
        office.runner().codes.push("zzz", "482913")
