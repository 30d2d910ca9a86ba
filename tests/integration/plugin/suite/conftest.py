"""A suite as a user writes it. ``SITE`` and ``BROWSER`` come from the test that runs it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    sandbox = os.geteuid() != 0
    own = {"executable_path": os.environ["BROWSER"], "chromium_sandbox": sandbox}
    return browser_type_launch_args | own


@pytest.fixture(scope="session")
def site() -> str:
    return os.environ["SITE"]


@pytest.fixture(scope="session")
def runner_inputs(site: str) -> dict[str, str]:
    return {"site": site}


@pytest.fixture
def password() -> str:
    """What a careless suite has: the value itself, here from a file outside of the project."""
    return Path(os.environ["CARELESS"]).read_text("utf-8")
