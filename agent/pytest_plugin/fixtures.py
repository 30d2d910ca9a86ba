"""The fixtures that need no page of pytest-playwright's."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import RunnerError
from agent.pytest_plugin.parts import PARTS
from agent.pytest_plugin.site import FakeLoginSite
from agent.pytest_plugin.slots import SecretSlot
from agent.pytest_plugin.suite import LoginState, Suite, suite_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agent.runs.report import Report


@contextmanager
def in_one_line() -> Iterator[None]:
    """Have an error of ours fail the test in its own words, without our frames."""
    try:
        yield
    except RunnerError as error:
        said = f"{error.message}\nhint: {error.hint}" if error.hint else error.message
        raise pytest.fail.Exception(said, pytrace=False) from None


@pytest.fixture(scope="session")
def runner_inputs() -> dict[str, str]:
    """Inputs of the task that signs in, and of those that are run; override it in a conftest."""
    return {}


@pytest.fixture(scope="session")
def login_state(pytestconfig: pytest.Config, runner_inputs: Mapping[str, str]) -> LoginState:
    """Playwright's storage state after the sign-in of ``runner_task``, in memory alone."""
    suite = suite_of(pytestconfig)
    with in_one_line():
        return suite.login(suite.login_for(inputs=runner_inputs))


@pytest.fixture
def secret_slot(request: pytest.FixtureRequest) -> Callable[[str], SecretSlot]:
    """Give the handle of a slot: ``secret_slot("MANAGEMENT_LOGIN").fill(locator, "password")``."""
    suite = suite_of(request.config)

    def handle(slot: str) -> SecretSlot:
        name = suite.login_for(request.node).bind.get(slot)
        if name is None:
            pytest.fail(
                f"no secret is bound to the slot {slot}\nhint: --runner-bind {slot}=NAME",
                pytrace=False,
            )
        return SecretSlot(suite, slot, name)

    return handle


@pytest.fixture
def run_task(
    request: pytest.FixtureRequest, runner_inputs: Mapping[str, str]
) -> Callable[..., Report]:
    """Run a task file: ``run_task("tasks/guests.json", MANAGEMENT_LOGIN="Hotel admin").result``.

    Keyword arguments bind slots; ``inputs`` gives values, and ``check=False`` the report of a run
    that failed, instead of failing the test. The path is from pytest's root folder.
    """
    suite, places = suite_of(request.config), count(1)

    def run(
        path: str | Path,
        *,
        inputs: Mapping[str, str] | None = None,
        check: bool = True,
        **bind: str,
    ) -> Report:
        usual = suite.login_for(request.node, runner_inputs)
        login = replace(
            usual,
            task=request.config.rootpath / path,
            bind={**usual.bind, **bind},
            inputs={**usual.inputs, **(inputs or {})},
        )
        with in_one_line():
            return suite.run(
                suite.plan(login),
                _options(request, suite, f"{next(places)}-{Path(path).stem}"),
                check=check,
            )

    return run


def _options(request: pytest.FixtureRequest, suite: Suite, name: str) -> Any:
    """Record what pytest-playwright is told to record; beside it, where it is there."""
    given = request.config.option
    output = None
    if suite.recordings.output is not None:
        folder = Path(request.getfixturevalue("output_path"))
        place = suite.recordings.place_of(folder)
        output = None if place is None else place / name
    return PARTS["options"](
        tracing=getattr(given, "tracing", "retain-on-failure"),
        pictures=getattr(given, "screenshot", "only-on-failure"),
        output=output,
    )


@pytest.fixture(scope="session")
def fake_login_site(pytestconfig: pytest.Config) -> Iterator[FakeLoginSite]:
    """Serve the made-up site on a free port while the suite goes on; see ``runner fake-site``."""
    with in_one_line():
        site = FakeLoginSite.started(suite_of(pytestconfig))
    try:
        yield site
    finally:
        site.stop()
