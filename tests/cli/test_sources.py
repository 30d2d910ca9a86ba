"""Secrets that are kept elsewhere, from the command line to a run."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.standins.aws import REGION, Aws, running_aws
from tests.standins.programs import Programs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Call

ORIGIN = ("--origin", "https://hotel.example")
AWS = json.dumps({"secret_name": "hotel/login", "region_name": REGION})


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with running_aws() as running:
        yield running


def add(call: Call, *options: str, name: str = "Hotel", kind: str = "login") -> Any:
    said = call("secrets", "add", "--name", name, "--type", kind, *ORIGIN, *options, "--json")
    assert said.code == 0, said.everything
    return said.document


def test_a_reference_is_stored_without_asking_anything(call: Call) -> None:
    card = add(call, "--source", "aws_secrets_manager", "--reference", AWS)
    assert (card["source"], card["reference"]) == ("aws_secrets_manager", json.loads(AWS))
    assert set(card["fields"]) == {"username", "password"}
    assert call("secrets", "show", "Hotel", "--json").document == {**card, "last_used_at": None}
    shown = call("secrets", "show", "Hotel").out
    assert "aws_secrets_manager" in shown
    assert "hotel/login" in shown


def test_variables_and_files_are_named_field_by_field(call: Call, tmp_path: Path) -> None:
    card = add(call, "--from-env", "username=HOTEL_USER", "--from-env", "password=HOTEL_PASSWORD")
    assert card["reference"] == {
        "variables": {"username": "HOTEL_USER", "password": "HOTEL_PASSWORD"}
    }
    card = add(call, "--from-file", "pin.txt", name="Pin", kind="value")
    assert card["reference"] == {"files": {"value": str(tmp_path / "pin.txt")}}


@pytest.mark.parametrize(
    "options",
    [
        ("--source", "env"),
        ("--reference", "{}"),
        ("--source", "aws_secrets_manager", "--reference", "canary"),
        ("--source", "aws_secrets_manager", "--reference", '{"secret_name": "x"}'),
        ("--source", "aws_secrets_manager", "--reference", AWS[:-1] + ', "passwort": "canary"}'),
        ("--source", "local", "--reference", '{"values": {"password": "canary"}}'),
        ("--source", "vault", "--reference", "{}"),
        ("--from-env", "password=A", "--from-file", "username=/a"),
        ("--from-env", "password=A"),
        ("--from-env", "HOTEL_PASSWORD"),
        ("--from-env", "password=A B", "--from-env", "username=U"),
    ],
)
def test_a_reference_that_fits_nothing_is_refused(call: Call, options: tuple[str, ...]) -> None:
    said = call("secrets", "add", "--name", "Hotel", *ORIGIN, *options)
    said.fails_in_one_line(2)
    assert "canary" not in said.everything


def test_a_secret_moves_under_its_id_and_back(call: Call) -> None:
    card = add(call, "--from-env", "username=U", "--from-env", "password=P")
    refused = call(
        "secrets", "rotate", "Hotel", "--stdin", piped={"username": "u", "password": "canary"}
    )
    assert "kept by env" in refused.fails_in_one_line(2)
    moved = call(
        "secrets", "move", "Hotel", "--to", "aws_secrets_manager", "--reference", AWS, "--json"
    )
    assert moved.code == 0, moved.everything
    assert (moved.document["id"], moved.document["version"]) == (card["id"], 2)
    assert moved.document["source"] == "aws_secrets_manager"
    values = {"username": "u", "password": "canary"}
    back = call("secrets", "move", "Hotel", "--to", "local", "--stdin", "--json", piped=values)
    assert back.code == 0, back.everything
    assert (back.document["id"], back.document["source"]) == (card["id"], "local")
    assert "reference" not in back.document
    call("secrets", "move", "Hotel").fails_in_one_line(2)


def test_a_declared_reference_is_stored_without_values(call: Call, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    written = {
        "name": "Hotel", "type": "login", "origins": ["https://hotel.example"],
        "provider": "aws_secrets_manager", "reference": json.loads(AWS),
    }  # fmt: skip
    (tmp_path / "secrets" / "hotel.json").write_text(json.dumps(written), "utf-8")
    said = call("secrets", "apply", "secrets", "--no-input", "--json")
    assert said.code == 0, said.everything
    assert [card["source"] for card in said.document["stored"]] == ["aws_secrets_manager"]
    written |= {"provider": "env", "reference": {"variables": {"username": "U", "password": "P"}}}
    (tmp_path / "secrets" / "hotel.json").write_text(json.dumps(written), "utf-8")
    said = call("secrets", "apply", "secrets", "--no-input")
    assert said.code == 4
    assert "kept by aws_secrets_manager" in said.err


def test_a_run_whose_source_fails_ends_before_the_browser(
    call: Call, task_file: Callable[..., Path], environment: dict[str, str]
) -> None:
    slots = {"ADMIN": {"type": "login", "origins": ["https://hotel.example"]}}
    task = task_file(slots=slots)
    add(call, "--from-env", "username=HOTEL_USER", "--from-env", "password=HOTEL_PASSWORD")
    environment |= {"HOTEL_USER": "ann", "RUNNER_BROWSER": "/nowhere/browser"}
    said = call("run", str(task), "--bind", "ADMIN=Hotel", "--json")
    assert said.code == 4, said.everything
    assert said.document["error"]["code"] == "source_missing"
    assert "HOTEL_PASSWORD" in said.document["error"]["message"]
    assert "slot ADMIN" in said.document["error"]["message"]
    # Positive control: with the variable set the run gets as far as the browser that is not there.
    environment["HOTEL_PASSWORD"] = "canary-password"
    said = call("run", str(task), "--bind", "ADMIN=Hotel", "--json")
    assert said.document["error"]["code"] == "browser_missing"
    assert "canary-password" not in said.everything


def test_a_secure_parameter_needs_no_binding_and_keeps_its_first_origins(
    call: Call, task_file: Callable[..., Path], environment: dict[str, str], aws: Aws
) -> None:
    environment |= aws.environment(RUNNER_BROWSER="/nowhere/browser")
    entry = {"amazon_secrets_manager": {**json.loads(AWS), "key": "password"}}
    fill = {"type": "fill", "target": {"label": "Password"}, "value": "{password[0]}"}
    parts = {"slots": {}, "secure_parameters": {"password": [entry]}}

    def run_at(origin: str) -> Any:
        goto = {"type": "goto", "url": f"{origin}/login"}
        return call("run", str(task_file(**parts, steps=[goto, fill])), "--json")

    said = run_at("https://hotel.example")
    assert said.document["error"]["code"] == "source_missing", said.everything
    aws.put("hotel/login", {"password": "canary-password"})
    said = run_at("https://hotel.example")
    assert said.document["error"]["code"] == "browser_missing", said.everything
    (card,) = call("secrets", "list", "--json").document
    assert (card["source"], card["origins"]) == ("aws_secrets_manager", ["https://hotel.example"])
    said = run_at("https://evil.example")
    assert said.document["error"]["code"] == "origin_refused", said.everything
    assert call("secrets", "list", "--json").document == [{**card, "last_used_at": None}]
    aws.delete("hotel/login")
    said = run_at("https://hotel.example")
    assert said.document["error"]["code"] == "source_missing"
    assert "canary-password" not in said.everything


def test_keys_of_aws_may_stand_in_the_working_folder(
    call: Call,
    task_file: Callable[..., Path],
    environment: dict[str, str],
    aws: Aws,
    tmp_path: Path,
) -> None:
    environment |= {"AWS_ENDPOINT_URL": aws.url, "RUNNER_BROWSER": "/nowhere/browser"}
    environment |= {"AWS_EC2_METADATA_DISABLED": "true"}
    aws.put("hotel/login", {"username": "ann", "password": "canary-password"})
    add(call, "--source", "aws_secrets_manager", "--reference", AWS)
    task = task_file(slots={"ADMIN": {"type": "login", "origins": ["https://hotel.example"]}})
    said = call("run", str(task), "--bind", "ADMIN=Hotel", "--json")
    assert said.document["error"]["code"] == "source_denied", said.everything
    keys = "AWS_ACCESS_KEY_ID=testing\nexport AWS_SECRET_ACCESS_KEY='canary-root-key'\n"
    elsewhere = "AWS_ENDPOINT_URL=http://127.0.0.1:1\n"  # a .env says who asks, never whom
    (tmp_path / ".env").write_text(keys + elsewhere, "utf-8")
    said = call("run", str(task), "--bind", "ADMIN=Hotel", "--json")
    assert said.document["error"]["code"] == "browser_missing", said.everything
    assert "canary" not in said.everything


def test_a_login_of_1password_reaches_the_run(
    call: Call, task_file: Callable[..., Path], environment: dict[str, str], tmp_path: Path
) -> None:
    programs = Programs.install(tmp_path / "bin", "op")
    environment["PATH"] = os.pathsep.join((str(programs.folder), environment["PATH"]))
    environment |= {"RUNNER_BROWSER": "/nowhere/browser", "AWS_SECRET_ACCESS_KEY": "canary-aws"}
    where = {name: f"op://Work/Hotel/{name}" for name in ("username", "password")}
    programs.answer(fields={where["username"]: "ann", where["password"]: "canary-password"})
    add(call, "--source", "onepassword", "--reference", json.dumps({"references": where}))
    task = task_file(slots={"ADMIN": {"type": "login", "origins": ["https://hotel.example"]}})
    said = call("run", str(task), "--bind", "ADMIN=Hotel", "--json")
    assert said.document["error"]["code"] == "browser_missing", said.everything
    assert len(programs.calls()) == 2
    assert "canary" not in json.dumps(programs.calls()) + said.everything
