"""``runner runs code`` and the question at the terminal, with a site that sends codes."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import EXECUTABLE
from tests.cli.terminal import Terminal
from tests.standins.code_site import PASSWORD, USER, CodeSite, running_code_site
from tests.standins.processes import started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Call

pytestmark = pytest.mark.browser


@pytest.fixture
def site() -> Iterator[CodeSite]:
    with running_code_site() as running:
        yield running


@pytest.fixture
def bound(
    site: CodeSite, stored: Callable[..., Any], task_file: Callable[..., Path]
) -> Callable[[str], list[str]]:
    """Write a task that gets its codes from somewhere, its slot bound."""
    stored(origin=site.origin, username=USER, password=PASSWORD)

    def write(source: str) -> list[str]:
        slot = {"type": "login", "origins": [site.origin]}
        url, codes = f"{site.origin}/login", {"from": source, "wait": 60}
        step = {"type": "sign_in", "slot": "ADMIN", "url": url, "codes": codes}
        task = task_file(slots={"ADMIN": slot}, steps=[step])
        return ["run", str(task), "--bind", "ADMIN=Hotel admin"]

    return write


def test_a_code_pushed_from_another_process_reaches_the_run_and_no_file(
    call: Call,
    site: CodeSite,
    bound: Callable[[str], list[str]],
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    command = [EXECUTABLE, *bound("webhook"), "--json", "--no-input"]
    with started(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as running:
        assert running.stderr is not None
        waits = next(line for line in running.stderr if "waiting for a code" in line)
        run = waits.split()[-1]
        pushed = call("runs", "code", run[:13], "--stdin", piped=f"{site.made[0]}\n")
        assert pushed.code == 0, pushed.err
        out, _ = running.communicate(timeout=60)
    report = json.loads(out)
    assert (report["outcome"], report["steps"][0]["outcome"]) == ("passed", "signed_in")
    assert site.given == site.made
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in left if site.made[0].encode() in path.read_bytes()] == []
    late = call("runs", "code", run, "--stdin", piped="123456\n")
    assert "has ended (succeeded)" in late.fails_in_one_line(2)


def test_what_is_no_code_is_refused_without_repeating_it(
    call: Call, bound: Callable[[str], list[str]]
) -> None:
    bound("webhook")
    said = call("runs", "code", "0b6c", "--stdin", piped="a canary in a coal mine\n")
    assert "canary" not in said.everything
    assert said.code == 2
    asked = call("runs", "code", "0b6c")
    assert "nobody can be asked" in asked.fails_in_one_line(2)


def test_a_person_at_the_terminal_is_asked_and_nothing_of_the_answer_is_shown(
    site: CodeSite, bound: Callable[[str], list[str]], environment: dict[str, str]
) -> None:
    person = Terminal(bound("operator"), environment)
    person.answer("Code (hidden): ", "000000")
    person.wait_for("did not take that code")
    person.answer("Code (hidden): ", site.made[0])
    assert person.end() == 0, person.shown
    assert site.given == ["000000", site.made[0]]
    assert "000000" not in person.shown
    assert site.made[0] not in person.shown


def test_without_a_terminal_the_outcome_says_that_nobody_gave_the_code(
    call: Call, bound: Callable[[str], list[str]]
) -> None:
    said = call(*bound("operator"), "--json", timeout=120)
    assert said.code == 6
    assert said.document["outcome"] == "mfa_required_but_no_method"
