from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from agent.browser.environment import child_environment
from agent.browser.folder import PrivateFolder
from agent.errors import SourceMissing
from agent.vault.providers.bitwarden import BW, BWS
from agent.vault.providers.env import Env, EnvReference
from agent.vault.providers.onepassword import OP

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE = EnvReference(variables={"value": "HOTEL_PASSWORD"})


def test_the_variable_is_read_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("canary-1", "canary-2"):
        monkeypatch.setenv("HOTEL_PASSWORD", text)
        assert Env().fetch(REFERENCE, ["value"]) == {"value": text}


@pytest.mark.parametrize("text", ["", None])
def test_an_unset_or_empty_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    monkeypatch.delenv("HOTEL_PASSWORD", raising=False)
    if text is not None:
        monkeypatch.setenv("HOTEL_PASSWORD", text)
    with pytest.raises(SourceMissing, match="HOTEL_PASSWORD"):
        Env().fetch(REFERENCE, ["value"])


def test_no_process_that_a_run_starts_inherits_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOTEL_PASSWORD", "canary")
    parent = {"PATH": "/usr/bin", "HOTEL_PASSWORD": "canary"}
    with PrivateFolder.create(tmp_path) as folder:
        environments = [
            child_environment(parent, folder, headed=headed) for headed in (True, False)
        ]
    environments += [program.environment(parent) for program in (OP, BWS, BW)]
    assert all("PATH" in environment for environment in environments)
    assert not any("canary" in str(environment) for environment in environments)
    # Positive control: a process that is started without care does inherit it.
    careless = [sys.executable, "-c", "import os; print(os.environ['HOTEL_PASSWORD'])"]
    assert "canary" in subprocess.run(careless, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ["", "1ST", "A=B", "A B", "A\n", "$A", "x" * 200])
def test_only_a_name_is_a_reference(name: str) -> None:
    with pytest.raises(ValueError, match="variables"):
        EnvReference(variables={"value": name})
