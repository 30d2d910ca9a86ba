"""Door: fixtures for pytest, and clean recordings of suites that pytest-playwright runs.

pytest loads this in every suite of an environment that has the package, so nothing heavy is
imported here: what a fixture needs comes through a table when one is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.pytest_plugin import fixtures, pages, without_pages
from agent.pytest_plugin.recordings import Recordings
from agent.pytest_plugin.reports import mask, summary
from agent.pytest_plugin.suite import SUITE, Suite, suite_of
from agent.pytest_plugin.wanted import MARKER, Wanted, add_options, uses_the_runner

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

_PLAYWRIGHT = ("playwright", "pytest_playwright.pytest_playwright")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and ini values."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Read what is wanted; nothing is opened. Fixtures for pages need pytest-playwright."""
    config.addinivalue_line("markers", MARKER)
    manager = config.pluginmanager
    recorded = any(manager.has_plugin(name) for name in _PLAYWRIGHT)
    output = config.getoption("output", None) if recorded else None
    config.stash[SUITE] = Suite(Wanted.of(config), Recordings(config, output))
    manager.register(fixtures, "slotrunner-fixtures")
    # Its fixtures are named in ours, which must not be read where they are not there.
    manager.register(pages if recorded else without_pages, "slotrunner-pages")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Empty the output folder where workers will fill it: each would delete the others' files."""
    if getattr(session.config.option, "dist", "no") != "no":
        suite_of(session.config).recordings.empty_output()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Have everything recorded aside, before anything of a test that uses the runner begins."""
    suite = suite_of(item.config)
    if suite.in_use or uses_the_runner(item):
        suite.begin()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: Any) -> Generator[None]:
    """Have what pytest-playwright starts keep its raw files aside, too."""
    with suite_of(request.config).recordings.aside(fixturedef.argname):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, Any]:
    """Clean what a test left, and mask what its report says. The outermost of these hooks."""
    report = yield
    suite = suite_of(item.config)
    if suite.in_use:
        if report.when == "teardown":
            suite.recordings.publish(suite.sought, report)
        mask(report, suite.sought())
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many recordings were cleaned, and how many withheld."""
    for line in summary(terminalreporter.stats):
        terminalreporter.write_line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forget every value, and remove what lies aside."""
    suite = config.stash.get(SUITE, None)
    if suite is not None:
        suite.close()
