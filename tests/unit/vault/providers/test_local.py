from __future__ import annotations

from pathlib import Path

from agent.vault import providers
from agent.vault.providers import PROVIDERS
from agent.vault.providers.local import Local


def test_the_vault_itself_gives_what_is_sealed() -> None:
    sealed = {"value": "v"}
    values = Local().values(sealed)
    assert values == sealed
    assert values is not sealed


def test_every_file_of_a_provider_has_its_line() -> None:
    files = {path.stem for path in Path(providers.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == PROVIDERS.modules()
    assert PROVIDERS["local"] is Local
