"""The fixtures with a page, for suites that lack pytest-playwright: they say so."""

from __future__ import annotations

import pytest

_SAID = "logged_in_page needs pytest-playwright\nhint: pip install pytest-playwright"


@pytest.fixture
def logged_in_context() -> None:
    """Say what is missing."""
    pytest.fail(_SAID, pytrace=False)


@pytest.fixture
def logged_in_page() -> None:
    """Say what is missing."""
    pytest.fail(_SAID, pytrace=False)
