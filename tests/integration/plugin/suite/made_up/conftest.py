from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="session")
def runner_inputs(fake_login_site: Any) -> dict[str, str]:
    fake_login_site.bind("MADE_UP")
    return {"site": fake_login_site.origin}
