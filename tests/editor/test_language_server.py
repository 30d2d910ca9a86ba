"""What an editor offers while a task is written: asked of the language server that VS Code uses."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.planner import json_schema
from agent.steps import STEPS

ROOT = Path(__file__).parents[2]
PACKAGE = "vscode-json-languageservice@5.7.2"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask the language server; skipped where there is no Node, or no registry to get it from."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs Node")
    assert request.config.cache is not None
    folder = request.config.cache.mkdir("language-server")
    if not (folder / "node_modules").is_dir():
        install = [npm, "install", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE]
        try:
            done = subprocess.run(install, capture_output=True, check=False, timeout=60)
        except subprocess.TimeoutExpired:
            pytest.skip("the package registry does not answer")
        if done.returncode:
            pytest.skip("the package registry does not answer")

    def asked(completions: list[str] | None = None, checks: list[str] | None = None) -> Any:
        question = {
            "modules": str(folder / "node_modules"),
            "schema": json_schema(),
            "completions": completions or [],
            "checks": checks or [],
        }
        done = subprocess.run(
            [node, Path(__file__).with_name("ask.mjs")],
            input=json.dumps(question), capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        return json.loads(done.stdout)

    return asked


def in_steps(text: str) -> str:
    return '{"name": "x", "steps": [' + text + "]}"


def test_step_kinds_are_offered_inside_other_steps_too(ask: Ask) -> None:
    top = in_steps('{"type": "|"}')
    condition = '{"url": "x"}'
    deep = in_steps('{"type": "if", "condition": ' + condition + ', "then": [{"type": "|"}]}')
    for offered in ask([top, deep])["completions"]:
        assert {label.strip('"') for label in offered} == set(STEPS)


def test_exactly_the_keys_of_a_kind_are_offered_in_it(ask: Ask) -> None:
    kinds = ["fill", "extract", "for_each", "include", "close_page"]
    texts = [in_steps(f'{{"type": "{kind}", "|"}}') for kind in kinds]
    for kind, offered in zip(kinds, ask(texts)["completions"], strict=True):
        properties = json_schema()["$defs"][STEPS[kind].__name__]["properties"]
        assert set(offered) == set(properties) - {"type"}, kind


def test_ways_to_find_an_element_and_roles_are_offered(ask: Ask) -> None:
    ways, roles, kinds = ask(
        [
            in_steps('{"type": "click", "target": {"|"}}'),
            in_steps('{"type": "click", "target": {"role": "|"}}'),
            in_steps('{"type": "extract", "save_as": "x", "schema": {"properties": {"a": {"|"}}}}'),
        ]
    )["completions"]
    assert {"role", "label", "css", "nth", "frame", "alternatives"} <= set(ways)
    assert {'"button"', '"link"'} <= set(roles)
    assert {"type", "format", "enum"} <= set(kinds)


def test_nothing_is_underlined_in_a_right_task_and_a_slip_is_in_its_line(ask: Ask) -> None:
    right = sorted((ROOT / "tasks").rglob("*.json"))
    wrong = '{"name": "x", "steps": [\n{"type": "fill", "target": {"label": "x"},\n"valeu": "y"}]}'
    answer = ask(checks=[*(path.read_text("utf-8") for path in right), wrong])["checks"]
    assert {str(path): found for path, found in zip(right, answer, strict=False) if found} == {}
    assert [line for line, _ in answer[-1]] != []
