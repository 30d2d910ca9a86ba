from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from agent.cli.audit import AUDIT_COMMANDS
from agent.cli.audit import SUMMARIES as AUDIT_SUMMARIES
from agent.cli.commands import COMMANDS, SUMMARIES
from agent.cli.deployments import DEPLOYMENT_COMMANDS
from agent.cli.deployments import SUMMARIES as DEPLOYMENT_SUMMARIES
from agent.cli.exit_codes import MEANINGS, exit_code
from agent.cli.limits import LIMIT_COMMANDS
from agent.cli.limits import SUMMARIES as LIMIT_SUMMARIES
from agent.cli.people import PEOPLE_COMMANDS
from agent.cli.people import SUMMARIES as PEOPLE_SUMMARIES
from agent.cli.projects import PROJECT_COMMANDS
from agent.cli.projects import SUMMARIES as PROJECT_SUMMARIES
from agent.cli.runs import RUN_COMMANDS
from agent.cli.runs import SUMMARIES as RUN_SUMMARIES
from agent.cli.schedules import SCHEDULE_COMMANDS
from agent.cli.schedules import SUMMARIES as SCHEDULE_SUMMARIES
from agent.cli.secrets import SECRET_COMMANDS
from agent.cli.secrets import SUMMARIES as SECRET_SUMMARIES
from agent.cli.tasks import SUMMARIES as TASK_SUMMARIES
from agent.cli.tasks import TASK_COMMANDS
from agent.cli.vault import SUMMARIES as VAULT_SUMMARIES
from agent.cli.vault import VAULT_COMMANDS
from agent.cli.webhooks import SUMMARIES as WEBHOOK_SUMMARIES
from agent.cli.webhooks import WEBHOOK_COMMANDS
from agent.cli.workers import SUMMARIES as WORKER_SUMMARIES
from agent.cli.workers import WORKER_COMMANDS
from agent.errors import RunnerError
from agent.runs.report import ArtifactLine, ErrorLine, Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.registry import Table
    from tests.cli.conftest import Call

DOCS = Path(__file__).parents[2] / "docs" / "cli.md"
TABLES = (
    (COMMANDS, SUMMARIES),
    (SECRET_COMMANDS, SECRET_SUMMARIES),
    (RUN_COMMANDS, RUN_SUMMARIES),
    (VAULT_COMMANDS, VAULT_SUMMARIES),
    (AUDIT_COMMANDS, AUDIT_SUMMARIES),
    (DEPLOYMENT_COMMANDS, DEPLOYMENT_SUMMARIES),
    (PEOPLE_COMMANDS, PEOPLE_SUMMARIES),
    (PROJECT_COMMANDS, PROJECT_SUMMARIES),
    (TASK_COMMANDS, TASK_SUMMARIES),
    (SCHEDULE_COMMANDS, SCHEDULE_SUMMARIES),
    (WEBHOOK_COMMANDS, WEBHOOK_SUMMARIES),
    (LIMIT_COMMANDS, LIMIT_SUMMARIES),
    (WORKER_COMMANDS, WORKER_SUMMARIES),
)
GROUPS: dict[str, Table[click.Command]] = {
    "secrets": SECRET_COMMANDS,
    "runs": RUN_COMMANDS,
    "vault": VAULT_COMMANDS,
    "audit": AUDIT_COMMANDS,
    "deployments": DEPLOYMENT_COMMANDS,
    "people": PEOPLE_COMMANDS,
    "projects": PROJECT_COMMANDS,
    "tasks": TASK_COMMANDS,
    "schedules": SCHEDULE_COMMANDS,
    "webhooks": WEBHOOK_COMMANDS,
    "limits": LIMIT_COMMANDS,
    "workers": WORKER_COMMANDS,
}
PATHS = [(name,) for name in COMMANDS] + [
    (group, name) for group, table in GROUPS.items() for name in table
]
HEAVY = (
    "asyncio", "cryptography", "opentelemetry", "playwright", "pydantic", "rich", "sqlalchemy",
)  # fmt: skip


def kinds_of(kind: type[RunnerError]) -> Iterator[type[RunnerError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from kinds_of(narrower)


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_command_explains_itself(call: Call, path: tuple[str, ...]) -> None:
    said = call(*path, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: runner {' '.join(path)}")
    assert call("help", *path).out == said.out


@pytest.mark.parametrize(("table", "summaries"), TABLES)
def test_the_list_of_commands_says_what_each_says_of_itself(
    table: Table[click.Command], summaries: dict[str, str]
) -> None:
    assert list(table) == list(summaries)
    for name, summary in summaries.items():
        assert (table[name].help or "").startswith(summary)


def test_the_overview_names_every_command(call: Call) -> None:
    said = call("--help")
    assert all(name in said.out for name in COMMANDS)
    assert said.out == call("help").out
    assert said.code == call("-h").code == 0


def test_the_version_is_printed(call: Call) -> None:
    said = call("--version")
    assert said.code == 0
    assert said.out.startswith("slotrunner 0.")


def test_the_exit_codes_are_listed(call: Call) -> None:
    said = call("help", "exit-codes")
    assert said.code == 0
    listed = [int(line.split()[0]) for line in said.out.splitlines()]
    assert listed == list(MEANINGS) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 130]


def test_every_error_has_an_exit_code_that_is_listed() -> None:
    assert {kind.exit_code for kind in kinds_of(RunnerError)} <= set(MEANINGS)


@pytest.mark.parametrize("kind", list(kinds_of(RunnerError)), ids=lambda kind: kind.__name__)
def test_a_report_with_an_error_ends_with_the_code_of_that_error(kind: type[RunnerError]) -> None:
    report = Report("1", "demo", "failed", "failed", error=ErrorLine(kind.code, "no"))
    assert exit_code(report) == kind.exit_code


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (Report("1", "demo", "succeeded", "passed"), 0),
        (Report("1", "demo", "failed", "odd", error=ErrorLine("unheard_of", "no")), 1),
        (Report("1", "demo", "interrupted", "interrupted"), 130),
        (Report("1", "demo", "cancelled", "cancelled"), 130),
        (
            Report(
                "1",
                "demo",
                "succeeded",
                "passed",
                artifacts=(ArtifactLine("trace", "t.zip", "withheld", "a hit"),),
            ),
            7,
        ),
    ],
)
def test_a_report_without_an_error_of_ours_has_its_code_too(report: Report, code: int) -> None:
    assert exit_code(report) == code


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from agent.cli.main import answer; "
        "code = answer(['--help']); "
        f"sys.exit(code or ', '.join(m for m in {HEAVY!r} if m in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_manual_has_every_command_and_exit_code() -> None:
    manual = DOCS.read_text(encoding="utf-8")
    for path in PATHS:
        assert f"runner {' '.join(path)}" in manual
    for code, meaning in MEANINGS.items():
        assert f"| {code} | {meaning} |" in manual


def test_the_manual_names_every_option() -> None:
    manual = DOCS.read_text(encoding="utf-8")
    leaves = [table[name] for table, _ in TABLES for name in table]
    for command in leaves:
        for parameter in command.params:
            shown = isinstance(parameter, click.Option) and not parameter.hidden
            for name in parameter.opts if shown else ():
                assert f"`{name}" in manual, f"{command.name} {name}"
