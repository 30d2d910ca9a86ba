"""The fixtures with a page, for suites that have pytest-playwright."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.pytest_plugin.fixtures import in_one_line
from agent.pytest_plugin.suite import suite_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@pytest.fixture
def logged_in_context(
    request: pytest.FixtureRequest,
    runner_inputs: Mapping[str, str],
    new_context: Callable[..., Any],
) -> Any:
    """A browser context that is signed in: of ``runner_task``, or of the test's marker."""
    suite = suite_of(request.config)
    with in_one_line():
        return new_context(storage_state=suite.login(suite.login_for(request.node, runner_inputs)))


@pytest.fixture
def logged_in_page(logged_in_context: Any) -> Any:
    """An empty page of ``logged_in_context``: the first ``goto`` is signed in."""
    return logged_in_context.new_page()
