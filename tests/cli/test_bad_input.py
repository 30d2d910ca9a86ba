"""Whatever is wrong: one clear line, its own exit code, no traceback, and no value repeated."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import EXECUTABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Call

CANARY = "canary-hunter2"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rnu",), "'run'"),
        (("secrets", "lits"), "'list'"),
        (("run",), "TASK"),
        (("run", "task.json", "--hedaed"), "--headed"),
        (("run", "task.json", "--tracing", "maybe"), "retain-on-failure"),
        (("run", "task.json", "--timeout", "0"), "--timeout"),
        (("run", "task.json", "--bind", "nothing"), "--bind takes SLOT=SECRET"),
        (("run", "task.json", "--bind", "=x"), "--bind takes SLOT=SECRET"),
        (("run", "task.json", "--input", "date"), "--input takes NAME=VALUE"),
        (("run", "task.json", "--input", "a=1", "--input", "a=2"), "given twice"),
        (("run", "task.json", "another.json"), "there is no such file"),
        (("secrets", "add", "--name", "x"), "--origin"),
        (("runs", "show"), "RUN"),
        (("help", "nothing"), "no help on"),
    ],
)
def test_a_wrong_command_line_is_answered_in_one_line(
    call: Call, arguments: tuple[str, ...], words: str
) -> None:
    said = call(*arguments)
    assert words in said.fails_in_one_line(2)
    assert said.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--password", CANARY),
        (f"--password={CANARY}",),
        (f"--PASSWORD={CANARY}",),
        (f"--pasword={CANARY}",),
        ("--totp", CANARY),
        ("--secret", CANARY),
        ("--value", CANARY),
    ],
)
def test_a_value_on_the_command_line_is_answered_with_how_it_is_done(
    call: Call, arguments: tuple[str, ...]
) -> None:
    given = ("secrets", "add", "--name", "x", "--origin", "https://hotel.example", *arguments)
    said = call(*given)
    assert "no option takes a secret's value" in said.fails_in_one_line(2)
    assert "--stdin --json" in said.err
    assert CANARY not in said.everything


@pytest.mark.parametrize("arguments", [(CANARY,), ("-p", CANARY), (f"-p{CANARY}",)])
def test_a_value_given_in_another_way_is_not_repeated(
    call: Call, arguments: tuple[str, ...]
) -> None:
    given = ("secrets", "add", "--name", "x", "--origin", "https://hotel.example", *arguments)
    said = call(*given)
    said.fails_in_one_line(2)
    assert CANARY not in said.everything


@pytest.mark.parametrize(
    ("piped", "words"),
    [
        (f'{{"username": "ann", "password": "{CANARY}"', "not JSON"),
        ([CANARY], "not one object"),
        ({"username": "ann", "password": 12}, "every field is a text"),
        ({"username": "ann", "password": [CANARY]}, "every field is a text"),
        ({"username": "ann", "password": CANARY, "totp": f"!{CANARY}!"}, ""),
        ({"username": "ann"}, "password"),
        ({"username": "ann", "password": CANARY, "pin": CANARY}, "pin"),
        ("", "not JSON"),
    ],
)
def test_wrong_values_are_refused_without_being_repeated(
    call: Call, piped: object, words: str
) -> None:
    said = call(
        "secrets", "add", "--name", "x", "--origin", "https://hotel.example", "--stdin", "--json",
        piped=piped,
    )  # fmt: skip
    assert words in said.fails_in_one_line(2)
    assert said.document["error"]["code"] == "usage"
    assert CANARY not in said.everything


def test_a_secret_of_an_unknown_type_is_refused_before_anything_is_asked(call: Call) -> None:
    arguments = ("--name", "x", "--type", "logn", "--origin", "https://hotel.example", "--no-input")
    assert "logn" in call("secrets", "add", *arguments).fails_in_one_line(2)


@pytest.mark.parametrize("more", [(), ("--no-input",)])
def test_where_nobody_can_be_asked_nothing_is_asked(call: Call, more: tuple[str, ...]) -> None:
    said = call("secrets", "add", "--name", "x", "--origin", "https://hotel.example", *more)
    assert "nobody can be asked" in said.fails_in_one_line(2)
    assert "--stdin --json" in said.err


@pytest.mark.parametrize("command", ["show", "rotate", "delete"])
def test_a_secret_that_is_not_there_has_exit_code_4(
    call: Call, stored: Callable[..., Any], command: str
) -> None:
    stored()
    said = call("secrets", command, "Hotel admn", "--json")
    assert "Hotel admin" in said.err
    said.fails_in_one_line(4)
    assert said.document["error"]["code"] == "secret_missing"


@pytest.mark.parametrize("arguments", [("runs", "show", "nothing"), ("show-trace", "nothing")])
def test_a_run_that_is_not_there_has_exit_code_2(call: Call, arguments: tuple[str, ...]) -> None:
    assert "no run" in call(*arguments).fails_in_one_line(2)


def test_a_vault_that_was_never_made_has_exit_code_4(call: Call) -> None:
    said = call("secrets", "show", "Hotel admin", "--json")
    said.fails_in_one_line(4)
    assert said.document["error"]["code"] == "vault_locked"


def refused(call: Call, code: int, *arguments: str | Path) -> Any:
    """Let a run be refused before it begins, and give its document."""
    said = call("run", *arguments, "--json", "--no-input")
    assert said.code == code, said.everything
    assert "Traceback" not in said.everything
    document = said.document
    assert (document["run_id"], document["status"]) == (None, "failed")
    assert document["error"]["message"] in said.err
    return document


def test_a_missing_task_is_refused(call: Call) -> None:
    assert "missing.json" in refused(call, 2, "missing.json")["error"]["message"]


def test_a_task_that_is_not_json_is_refused_with_the_place(call: Call, tmp_path: Path) -> None:
    task = tmp_path / "task.json"
    task.write_text('{\n  "name": "demo",,\n}', encoding="utf-8")
    document = refused(call, 2, task)
    assert document["error"]["code"] == "task_invalid"
    assert "task.json:2:" in document["error"]["message"]


def test_an_unbound_slot_is_refused(call: Call, task_file: Callable[..., Path]) -> None:
    document = refused(call, 4, task_file())
    assert (document["error"]["code"], document["outcome"]) == ("slot_unbound", "slot_unbound")
    assert "--bind ADMIN=" in document["error"]["hint"]


def test_an_unknown_slot_is_refused_with_a_guess(
    call: Call, task_file: Callable[..., Path], stored: Callable[..., Any]
) -> None:
    document = refused(call, 2, task_file(), "--bind", f"ADMN={stored()['id']}")
    assert "ADMIN" in document["error"]["message"]


def test_an_unknown_secret_is_refused(
    call: Call, task_file: Callable[..., Path], stored: Callable[..., Any]
) -> None:
    stored()
    document = refused(call, 4, task_file(), "--bind", "ADMIN=nothing")
    assert document["error"]["code"] == "secret_missing"


def test_a_secret_of_another_type_is_refused(
    call: Call, task_file: Callable[..., Path], stored: Callable[..., Any]
) -> None:
    stored("Token", "value", value="v-1")
    document = refused(call, 4, task_file(), "--bind", "ADMIN=Token")
    assert document["error"]["code"] == "secret_unfit"


def test_a_secret_without_the_totp_key_the_slot_needs_is_refused(
    call: Call, task_file: Callable[..., Path], stored: Callable[..., Any]
) -> None:
    stored("Plain", username="ann", password="pw-1")
    document = refused(call, 4, task_file(), "--bind", "ADMIN=Plain")
    assert document["error"]["code"] == "secret_unfit"
    assert "TOTP" in document["error"]["message"]


def test_a_secret_for_another_site_is_refused(
    call: Call, task_file: Callable[..., Path], stored: Callable[..., Any]
) -> None:
    stored(origin="https://motel.example")
    document = refused(call, 4, task_file(), "--bind", "ADMIN=Hotel admin")
    assert document["error"]["code"] == "origin_refused"


def test_an_unknown_input_is_refused(
    call: Call, task_file: Callable[..., Path], stored: Callable[..., Any]
) -> None:
    stored()
    document = refused(call, 2, task_file(), "--bind", "ADMIN=Hotel admin", "--input", "day=1")
    assert "day" in document["error"]["message"]


def test_a_browser_that_is_not_there_has_exit_code_3(
    call: Call,
    task_file: Callable[..., Path],
    stored: Callable[..., Any],
    environment: dict[str, str],
) -> None:
    stored()
    environment["RUNNER_BROWSER"] = "/nowhere/chromium"
    said = call("run", task_file(), "--bind", "ADMIN=Hotel admin", "--json", "--no-input")
    assert said.code == 3, said.everything
    assert said.document["error"]["code"] == "browser_missing"


def test_a_data_folder_that_cannot_be_made_has_exit_code_3(
    call: Call, environment: dict[str, str]
) -> None:
    environment["RUNNER_HOME"] = "/proc/nowhere"
    assert "/proc/nowhere" in call("secrets", "list").fails_in_one_line(3)


def test_an_unforeseen_exception_is_named_by_class_and_place_only(tmp_path: Path) -> None:
    program = (
        "import sys; from agent.cli import main as cli; from agent.cli.parts import PARTS\n"
        f"def broken(*_): raise ZeroDivisionError('{CANARY}')\n"
        "sys.argv = ['runner', 'run', 'task.json', '--json']\n"
        "cli.runner.get_command = broken\n"
        "sys.exit(cli.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 1
    assert "internal error (ZeroDivisionError at __main__:2)" in done.stderr
    assert json.loads(done.stdout)["error"]["code"] == "runner_error"
    assert CANARY not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_leaves_no_noise(environment: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [EXECUTABLE, "schema"], stdout=writing, stderr=subprocess.PIPE, env=environment, check=False
    )
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr == b""
