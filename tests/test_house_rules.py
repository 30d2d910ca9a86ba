"""The rules of the house that no linter knows; each has a positive control beside it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from agent.registry import Table

ROOT = Path(__file__).parents[1]
LONGEST = 300
BANNED = {
    "manager", "service", "handler", "helper", "helpers", "utils", "util", "common", "misc",
    "base", "data", "info", "core",
}  # fmt: skip
SOURCES = sorted(
    p for top in ("agent", "fixtures", "benchmarks") for p in (ROOT / top).rglob("*.py")
)


def words_of(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


def banned_names(path: Path, source: str) -> list[str]:
    classes = [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    return [name for name in [path.stem, *classes] if words_of(name) & BANNED]


def plug_in_tables() -> dict[Path, Table[object]]:
    """Find every folder below ``agent`` whose package file offers a table of its modules."""
    found = {}
    for path in (ROOT / "agent").rglob("__init__.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            target = node.target if isinstance(node, ast.AnnAssign) else None
            offered = isinstance(target, ast.Name) and not target.id.startswith("_")
            if offered and "Table" in ast.unparse(node.annotation):
                package = ".".join(path.parent.relative_to(ROOT).parts)
                module = __import__(package, fromlist=[target.id])
                found[path.parent] = getattr(module, target.id)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_tells_one_thing_in_at_most_300_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_or_class_has_a_name_that_says_nothing(path: Path) -> None:
    assert banned_names(path, path.read_text("utf-8")) == []


def test_the_name_rule_sees_a_bad_name() -> None:
    assert banned_names(Path("session_utils.py"), "class SecretManager: ...") == [
        "session_utils",
        "SecretManager",
    ]


@pytest.mark.parametrize("folder", ["secrets", "tasks"])
def test_no_module_stands_where_it_would_replace_pythons_own(folder: str) -> None:
    assert list((ROOT / folder).rglob("*.py")) == []


def test_every_plug_in_file_has_its_line_and_every_line_its_class() -> None:
    tables = plug_in_tables()
    assert tables, "no plug-in table was found"
    for folder, table in tables.items():
        for kind in table:
            assert table[kind] is not None
        files = {path.stem for path in folder.glob("*.py")}
        assert table.modules() <= files


def test_the_workflow_names_every_action_by_its_commit() -> None:
    workflows = (ROOT / ".github" / "workflows").glob("*.yml")
    used = [line for path in workflows for line in re.findall(r"uses: *(\S+)", path.read_text())]
    assert used
    assert [name for name in used if not re.search(r"@[0-9a-f]{40}$", name)] == []


def test_the_workflow_installs_what_the_set_up_would() -> None:
    setup = (ROOT / ".ci" / "setup").read_text()
    wanted = re.findall(r"\|\| echo ([\w-]+)$", setup, re.MULTILINE)
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    (installed,) = re.findall(r"apt-get install -y ([\w -]+)", workflow)
    # GitHub's machines have Google Chrome
    there = {"openssh-server", "postgresql", "docker-compose", "chromium"}
    assert there < set(wanted)
    assert set(installed.split()) == set(wanted) - there
