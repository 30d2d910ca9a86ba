"""A suite that is killed while everything raw is there. Run by name alone."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest
    from playwright.sync_api import Page


def test_killed(
    page: Page, secret_slot: Any, password: str, site: str, pytestconfig: pytest.Config
) -> None:
    page.goto(f"{site}/login")
    page.get_by_label("Username").fill(password)
    secret_slot("MANAGEMENT_LOGIN").fill(page.get_by_label("Password"), "password")
    output = Path(pytestconfig.getoption("--output"))
    output.mkdir(exist_ok=True)
    (output / "raw.txt").write_text(page.get_by_label("Password").input_value())
    assert password in (output / "raw.txt").read_text()
    Path("aside").write_text(str(output))
    os.kill(os.getpid(), signal.SIGKILL)
