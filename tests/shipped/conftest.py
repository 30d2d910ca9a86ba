"""The wheel of this checkout, and an environment to install it into."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.shipped.installed import Installed, prepared


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with all the package needs, and without the package."""
    if find_spec("ensurepip") is None:
        pytest.skip("this Python makes no environment with pip (Debian: python3-venv)")
    more = ("pytest", "pytest-playwright")
    return prepared(tmp_path_factory.mktemp("installed"), frozenset({"site"}), *more)


@pytest.fixture(scope="module")
def installed(bare: Installed) -> Installed:
    """The same with the package."""
    return bare.with_package()
