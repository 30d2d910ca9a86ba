"""What a suite says it wants: options, ini values, and the marker of a test."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MARKER = (
    "runner(task=None, bind=None, inputs=None): the task this test is signed in by, and the "
    "secrets of its slots"
)
FIXTURES = frozenset(
    {"fake_login_site", "logged_in_context", "logged_in_page", "login_state", "run_task",
     "runner_inputs", "secret_slot"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Login:
    """One way of being signed in: ``bind`` is slot → name or id of a secret, never a value."""

    task: Path | None = None
    bind: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)

    def narrowed(self, marker: pytest.Mark | None, root: Path) -> Login:
        """Give what counts for a test with this marker."""
        if marker is None:
            return self
        task = marker.kwargs.get("task")
        return Login(
            root / task if task else self.task,
            {**self.bind, **(marker.kwargs.get("bind") or {})},
            {**self.inputs, **(marker.kwargs.get("inputs") or {})},
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What counts for the whole suite; ``vault`` is a data folder, or None for the usual one."""

    config: pytest.Config
    login: Login
    vault: Path | None

    @classmethod
    def of(cls, config: pytest.Config) -> Wanted:
        """Read options and ini values. Raises ``pytest.UsageError``."""
        bind = _pairs("runner_bind", config.getini("runner_bind"))
        bind |= _pairs("--runner-bind", config.getoption("runner_bind"))
        task = config.getoption("runner_task") or config.getini("runner_task")
        vault = config.getoption("runner_vault")
        return cls(
            config,
            Login(config.rootpath / task if task else None, bind),
            Path(vault).expanduser().absolute() if vault else None,
        )

    def for_test(self, node: Any) -> Login:
        """Give what counts for one test; its marker comes before options."""
        return self.login.narrowed(node.get_closest_marker("runner"), self.config.rootpath)


def add_options(parser: pytest.Parser) -> None:
    """Add ours; none takes the value of a secret."""
    group = parser.getgroup("slotrunner", "slotrunner")
    group.addoption(
        "--runner-bind",
        action="append",
        default=[],
        metavar="SLOT=NAME",
        help="Fill a slot with a secret of the vault, by its id or name; repeat for more.",
    )
    group.addoption(
        "--runner-vault",
        metavar="FOLDER",
        help="The data folder with the vault; without it RUNNER_HOME, or the usual one.",
    )
    group.addoption(
        "--runner-task", metavar="FILE", help="The task whose sign_in makes login_state."
    )
    parser.addini("runner_bind", "SLOT=NAME, one on each line: see --runner-bind", "linelist", [])
    parser.addini("runner_task", "The task whose sign_in makes login_state, from the root folder.")


def uses_the_runner(item: pytest.Item) -> bool:
    """Tell whether a test has one of our fixtures, or the marker."""
    names = getattr(item, "fixturenames", ())
    return not FIXTURES.isdisjoint(names) or item.get_closest_marker("runner") is not None


def _pairs(where: str, lines: Iterable[str]) -> dict[str, str]:
    found = {}
    for line in lines:
        slot, equals, name = line.partition("=")
        if not (slot.strip() and equals and name.strip()):
            raise pytest.UsageError(f"{where}: write SLOT=NAME, the name of a secret")
        found[slot.strip()] = name.strip()
    return found
