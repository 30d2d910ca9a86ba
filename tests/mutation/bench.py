"""Runs tests on the package with one text of one module replaced, in a fresh child each time.

A process of its own, so that nothing but this file is there when a child begins: it imports what
every test needs from elsewhere, and forks. A child sees the replaced module from its first import.
Reads one JSON object a line (``module``, ``old``, ``new``, ``tests``) and answers each with
pytest's exit code and the tests that failed.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType

ROOT = Path(__file__).parents[2]
FOREIGN = (
    "hypothesis", "pydantic", "sqlalchemy.dialects.sqlite", "alembic.operations",
    "cryptography.hazmat.primitives.ciphers.aead", "cryptography.hazmat.primitives.kdf.argon2",
    "cryptography.hazmat.primitives.kdf.hkdf", "cryptography.hazmat.primitives.ciphers",
    "pyotp", "ada_url", "publicsuffixlist",
)  # fmt: skip


# The plug-ins of pytest that the tests' settings are for, and no other: loading takes its time.
PLUGINS = ("pytest_asyncio.plugin", "pytest_timeout", "no:cacheprovider")


class Replaced(SourceFileLoader):
    """Loads a module with one text replaced; never from a cache, and into none."""

    def __init__(self, name: str, path: str, old: str, new: str) -> None:
        super().__init__(name, path)
        self.old, self.new = old, new

    def get_code(self, _fullname: str) -> CodeType:
        """Compile the changed source."""
        text = Path(self.path).read_text("utf-8").replace(self.old, self.new)
        code: CodeType = compile(text, self.path, "exec")
        return code


class Finder(MetaPathFinder):
    """Finds the one module that is replaced."""

    def __init__(self, name: str, loader: Replaced) -> None:
        self.name, self.loader = name, loader

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Give the replaced module's spec, and none for any other."""
        if fullname != self.name:
            return None
        return spec_from_file_location(fullname, self.loader.path, loader=self.loader)


class Failed:
    """A plug-in that notes which tests did not pass."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure of any phase."""
        if report.failed:
            self.names.append(report.nodeid)


def carry_out(order: dict[str, str | list[str]], answer: int) -> None:
    """Replace, run, and write the answer; called in the child, which ends after it."""
    if order.get("module"):
        name = "agent." + str(order["module"]).removesuffix(".py").replace("/", ".")
        path = str(ROOT / "agent" / str(order["module"]))
        loader = Replaced(name, path, str(order["old"]), str(order["new"]))
        sys.meta_path.insert(0, Finder(name, loader))
    failed = Failed()
    plugins = [word for name in PLUGINS for word in ("-p", name)]
    words = ["-q", "-x", *plugins, *order["tests"]]
    code = pytest.main(words, plugins=[failed])
    os.write(answer, json.dumps({"code": int(code), "failed": failed.names}).encode())


def main() -> None:
    """Answer orders until there are no more; what the tests print goes nowhere."""
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in FOREIGN:
        importlib.import_module(name)
    for line in sys.stdin:
        with tempfile.TemporaryFile() as file:
            child = os.fork()
            if not child:
                silent = os.open(os.devnull, os.O_WRONLY)
                os.dup2(silent, 1)
                try:
                    carry_out(json.loads(line), file.fileno())
                finally:
                    os._exit(0)
            os.waitpid(child, 0)
            file.seek(0)
            sys.stdout.write((file.read().decode() or '{"code": -1, "failed": []}') + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
