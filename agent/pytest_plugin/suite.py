"""What one pytest process has of the runner: opened when first used, closed at its end."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from agent.errors import RunnerError, StepFailed, UsageError
from agent.pytest_plugin.beside import carried_out
from agent.pytest_plugin.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.planner import Plan
    from agent.pytest_plugin.recordings import Recordings
    from agent.pytest_plugin.wanted import Login, Wanted
    from agent.runner import Runner
    from agent.runs.options import RunOptions
    from agent.runs.report import Report
    from agent.vault.open import RunSecrets

_LONG = 64
_SHOWN = 32


class LoginState(dict[str, Any]):
    """Playwright's storage state of a sign-in: a session, so a secret. Prints without values."""

    def __repr__(self) -> str:
        return f"LoginState({len(self.get('cookies', ()))} cookies)"

    __str__ = __repr__

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a LoginState is not pickled")


class Suite:
    """The runner of this process, the secrets lent to it, and its sign-ins.

    ``found`` are bindings that came up in the suite itself: slot → name.
    """

    def __init__(self, wanted: Wanted, recordings: Recordings) -> None:
        self.wanted = wanted
        self.recordings = recordings
        self.begun = False
        self.found: dict[str, str] = {}
        self._runner: Runner | None = None
        self._secrets: RunSecrets | None = None
        self._labels: dict[tuple[str, str], str] = {}
        self._logins: dict[object, LoginState] = {}

    def __repr__(self) -> str:
        return "Suite(***)"

    @property
    def in_use(self) -> bool:
        """Whether secrets are bound, or a test has used one of the fixtures."""
        return self.begun or bool(self.wanted.login.bind)

    def begin(self) -> None:
        """Go on with every recording aside."""
        self.begun = True
        self.recordings.begin(self._settings().home / "private")

    @property
    def runner(self) -> Runner:
        """The runner, built once. Raises as ``agent.wiring.build`` does."""
        if self._runner is None:
            mask = os.umask(0o077)
            PARTS["harden"]()
            os.umask(mask)  # the files of the tests are as their authors want them
            self._runner = PARTS["build"](self._settings())
        return self._runner

    def _settings(self) -> Any:
        vault = self.wanted.vault
        chosen = {} if vault is None else {"RUNNER_HOME": str(vault)}
        return PARTS["settings"].load({**os.environ, **chosen}, Path.cwd())

    def login_for(self, node: Any = None, inputs: Mapping[str, str] | None = None) -> Login:
        """Give what counts for a test, or for the whole suite; a marker comes before the rest."""
        usual = self.wanted.login if node is None else self.wanted.for_test(node)
        return replace(
            usual, bind={**self.found, **usual.bind}, inputs={**(inputs or {}), **usual.inputs}
        )

    def known(self, bind: Mapping[str, str]) -> RunSecrets:
        """Open these secrets beside those that are open; a slot bound anew has a label of its own.

        Raises as ``Lending.secrets`` does.
        """
        for pair in bind.items():
            if pair not in self._labels:
                self._labels[pair] = _free(pair[0], set(self._labels.values()))
                self._forget()
        if self._secrets is None:
            labels = {label: name for (_, name), label in self._labels.items()}
            self._secrets = self.runner.lending.secrets(labels)
            for state in self._logins.values():
                _teach(self._secrets, state)
        return self._secrets

    def label(self, slot: str, name: str) -> str:
        """Give the label under which ``known`` opened a secret."""
        return self._labels[slot, name]

    def sought(self) -> RunSecrets | None:
        """Open what recordings and reports are searched for; None where it cannot be had."""
        try:
            return self.known(self.login_for().bind)
        except RunnerError:
            return None

    def login(self, login: Login) -> LoginState:
        """Sign in, in a browser of the runner's own that records nothing; once for each login.

        Raises ``StepFailed`` for a sign-in that failed, ``UsageError`` without a task.
        """
        if login.task is None:
            raise UsageError(
                "which task signs in?",
                hint="runner_task in pytest's ini file, --runner-task, or the marker runner",
            )
        key = (login.task, *sorted(login.bind.items()), *sorted(login.inputs.items()))
        if key not in self._logins:
            taken: list[LoginState] = []
            plan = self.plan(login)
            plan = self.runner.lending.up_to_sign_in(
                plan, lambda state: taken.append(LoginState(state))
            )
            self.run(plan, PARTS["options"](tracing="off", pictures="off"))
            self._logins[key] = taken[0]
            _teach(self.known(login.bind), taken[0])
        return self._logins[key]

    def plan(self, login: Login) -> Plan:
        """Plan a task with those of the bindings that it has slots for."""
        path = login.task or Path()
        task = self.runner.validate(path)
        bind = {slot: name for slot, name in login.bind.items() if slot in task.slots}
        self.known(login.bind)
        inputs = {name: text for name, text in login.inputs.items() if name in task.inputs}
        return self.runner.plan(path, bind, inputs)

    def run(self, plan: Plan, options: RunOptions, *, check: bool = True) -> Report:
        """Carry a plan out. Raises ``StepFailed`` with the run's own words where it failed."""
        report = carried_out(self.runner.run(plan, options))
        if check and report.error is not None:
            raise StepFailed(
                f"{plan.task_name}: {report.outcome}: {report.error.message}",
                hint=report.error.hint or f"runner runs show {report.run_id}",
            )
        return report

    def _forget(self) -> None:
        if self._secrets is not None:
            self._secrets.close()
            self._secrets = None

    def close(self) -> None:
        """Clean what is left, then forget every value."""
        try:
            self.recordings.close(self.sought)
        finally:
            self._logins.clear()
            self._forget()


SUITE: pytest.StashKey[Suite] = pytest.StashKey()


def suite_of(config: pytest.Config) -> Suite:
    """Give the suite of this process."""
    return config.stash[SUITE]


def _free(slot: str, taken: set[str]) -> str:
    label, number = slot, 2
    while label in taken:
        label, number = f"{slot}_{number}", number + 1
    return label


def _teach(secrets: RunSecrets, state: LoginState) -> None:
    """Have the values of a session known; pytest shortens a long one to its two ends."""
    with PARTS["harvest"](secrets) as harvest:
        harvest.from_result(state)
    for cookie in state.get("cookies", ()):
        value = str(cookie.get("value", ""))
        if len(value) > _LONG:
            secrets.learn("session.cookie", value[:_SHOWN])
            secrets.learn("session.cookie", value[-_SHOWN:])
