"""Code of a task runs in a deployment, or when the owner says so."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import EnvironmentUnfit, NotAllowed, UsageError
from agent.planner import Plan
from agent.runner.bringing import check_fixed, require_walls, with_code
from agent.runner.deploying import Wish
from agent.runs.options import RunOptions
from agent.steps.sandbox import walls
from agent.vault.policy import Role
from agent.wiring import probes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.runner.conftest import Office

CODE = {"type": "code", "source": "def main(inputs, secrets):\n    return 1"}
LOOK = {"type": "set", "save_as": "a", "value": 1}
NESTED = {"type": "if", "condition": {"value": "inputs.a", "is": "empty"}, "then": [CODE]}


def written(office: Office, *steps: dict[str, Any]) -> Path:
    path = office.folder / "code.json"
    path.write_text(json.dumps({"name": "Code", "steps": steps}), "utf-8")
    return path


def test_a_task_without_code_needs_no_leave_and_gets_none(office: Office) -> None:
    runner = office.runner()
    plan = runner.plan(written(office, LOOK), {}, {})
    assert not with_code(runner.house, plan, RunOptions(allow_code=True)).allow_code


def test_code_without_leave_is_refused_before_anything_is_recorded(office: Office) -> None:
    runner = office.runner()
    plan = runner.plan(written(office, LOOK, CODE), {}, {})
    with pytest.raises(UsageError, match="brings code of its own: run the task's code") as caught:
        with_code(runner.house, plan, RunOptions())
    assert "--allow-code" in caught.value.hint
    assert with_code(runner.house, plan, RunOptions(allow_code=True)).allow_code


@pytest.mark.parametrize("role", [Role.ADMIN, Role.EDITOR, Role.RUNNER, None])
def test_only_the_owner_may_give_leave(office: Office, role: Role | None) -> None:
    plan = office.runner().plan(written(office, CODE), {}, {})
    with pytest.raises(NotAllowed, match="code: "):
        with_code(office.runner(role, "eve").house, plan, RunOptions(allow_code=True))


@pytest.mark.parametrize("role", [Role.ADMIN, Role.EDITOR, Role.RUNNER])
def test_what_an_admin_has_deployed_anyone_who_may_run_it_runs(office: Office, role: Role) -> None:
    admin = office.runner(Role.ADMIN).deploying
    made = admin.deploy(admin.propose(Wish(written(office, CODE), {})))
    other = office.runner(role, "eve")
    plan = other.deploying.plan(made.name, None, {})
    assert with_code(other.house, plan, RunOptions()).allow_code


def test_a_stored_plan_that_is_not_what_was_deployed_has_no_leave(office: Office) -> None:
    deploying = office.runner().deploying
    made = deploying.deploy(deploying.propose(Wish(written(office, CODE), {})))
    plan = office.runner().deploying.plan(made.name, None, {})
    other = CODE | {"source": "def main(inputs, secrets):\n    return 2"}
    stored = json.loads(plan.to_json())
    stored["document"]["steps"] = [other]
    swapped = Plan.from_json(json.dumps(stored))
    assert swapped.deployment == made.id
    with pytest.raises(UsageError, match="brings code of its own"):
        with_code(office.runner(Role.EDITOR, "eve").house, swapped, RunOptions())


def test_an_editor_cannot_deploy_code(office: Office) -> None:
    editor = office.runner(Role.EDITOR).deploying
    with pytest.raises(NotAllowed):
        editor.propose(Wish(written(office, CODE), {}))


def test_a_file_is_deployed_with_its_digest_only(office: Office) -> None:
    deploying = office.runner().deploying
    step = {"type": "code", "file": "sum.py"}
    with pytest.raises(UsageError, match=r"sum\.py could be changed after") as caught:
        deploying.propose(Wish(written(office, step), {}))
    assert "sha256sum" in caught.value.hint
    digest = hashlib.sha256(b"x").hexdigest()
    path = written(office, step | {"sha256": digest})
    made = deploying.deploy(deploying.propose(Wish(path, {})))
    # Where the file is looked for, and its digest compared.
    assert deploying.plan(made.name, None, {}).folder == path.parent


FIELD = {"label": "Photo"}
SENDING = {
    "upload": {"target": FIELD, "files": [{"path": "photos/passport.jpeg"}]},
    "sftp": {
        "slot": "A", "url": "sftp://files.example", "action": "put", "path": "x",
        "file": {"path": "photos/passport.jpeg"},
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", SENDING)
def test_a_file_of_the_folder_is_sent_by_no_live_deployment(kind: str) -> None:
    step = {"type": kind} | SENDING[kind]
    inside = {"type": "if", "condition": {"value": "inputs.n", "equals": "1"}, "then": [step]}
    for document in (
        {"steps": [step]},
        {"steps": [inside]},
        {"included": {"a": {"steps": [step]}}},
    ):
        with pytest.raises(UsageError, match=r"photos/passport\.jpeg could be changed") as caught:
            check_fixed(document)
        assert '"text"' in caught.value.hint
    text = {"type": "upload", "target": FIELD, "files": [{"name": "a.txt", "text": "x"}]}
    check_fixed({"steps": [text, text | {"files": [{"download": "invoice"}]}]})


def test_a_deployment_that_sends_a_file_is_refused_in_one_line(office: Office) -> None:
    step = {"type": "upload"} | SENDING["upload"]
    with pytest.raises(UsageError, match="it is not sent"):
        office.runner().deploying.propose(Wish(written(office, step), {}))


async def test_where_code_cannot_be_walled_in_a_run_is_refused_in_one_line_and_doctor_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = office.runner()
    plan = runner.plan(written(office, CODE), {}, {})
    monkeypatch.setattr(walls.platform, "machine", lambda: "riscv64")
    with pytest.raises(EnvironmentUnfit, match="no filter of system calls is known for riscv64"):
        await runner.run(plan, RunOptions(allow_code=True))
    assert runner.runs() == []
    require_walls(RunOptions())
    line = probes._code_steps()
    assert (line.name, line.ok) == ("code steps", True)
    assert line.detail.startswith("none here: no filter of system calls")
    monkeypatch.undo()
    if not walls.missing():
        assert probes._code_steps().detail.startswith("walls can be had")


def test_code_inside_other_steps_and_other_tasks_is_found() -> None:
    loose = {"type": "code", "file": "a.py"}
    for document in (
        {"steps": [{"type": "if", "then": [loose]}]},
        {"steps": [], "included": {"b.json": {"steps": [loose]}}},
    ):
        with pytest.raises(UsageError):
            check_fixed(document)
