"""Each bound field, check and guard is taken out in turn; a named test must notice.

A mutant (``mutants.toml``: the vault's; ``faults.toml``: what keeps runs apart when something
fails) is one module with one piece of text replaced; the test it names must fail then, and passes
on the module as it is. No mutant may survive.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AGENT = ROOT / "agent"

Bench = Callable[..., list[str]]


@dataclass(frozen=True)
class Mutant:
    """``old`` of ``module`` becomes ``new``; the ``test`` must fail then."""

    name: str
    module: str
    old: str
    new: str
    test: str


def read(name: str, modules: str = "", tests: str = "") -> list[Mutant]:
    """Read mutants whose modules and tests are written from the folders named here."""
    written = tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))["mutant"]
    return [
        Mutant(**one | {"module": modules + one["module"], "test": tests + one["test"]})
        for one in written
    ]


MUTANTS = read("mutants.toml", "vault/", "unit/vault/") + read("faults.toml")


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """Run tests, with a mutant or none; gives the names of those that failed."""
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("bench.py"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        asked, answers = process.stdin, process.stdout
        assert asked is not None
        assert answers is not None

        def run(tests: list[str], mutant: Mutant | None = None) -> list[str]:
            order = asdict(mutant) if mutant else {}
            order["tests"] = [f"tests/{test}" for test in tests]
            asked.write(json.dumps(order) + "\n")
            asked.flush()
            answer = json.loads(answers.readline())
            failed: list[str] = answer["failed"]
            # 0: all passed; 1: some failed. Anything else is no answer.
            assert answer["code"] == int(bool(failed)), answer
            return failed

        yield run
        asked.close()


@pytest.mark.slow
@pytest.mark.timeout(900)  # all of them at once
def test_the_named_tests_pass_on_the_modules_as_they_are(bench: Bench) -> None:
    assert bench(sorted({mutant.test for mutant in MUTANTS})) == []


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_noticed(bench: Bench, mutant: Mutant) -> None:
    text = (AGENT / mutant.module).read_text("utf-8")
    assert mutant.old in text, "the text to replace is gone: bring the mutant up to date"
    assert bench([mutant.test], mutant), "the mutant survived"
