from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import SourceMissing
from agent.vault import providers
from agent.vault.providers import PROVIDERS
from agent.vault.providers.local import Local, Sealed


def test_the_vault_itself_gives_what_is_sealed_and_does_not_print_it() -> None:
    sealed = Sealed(values={"value": "canary"})
    assert Local().fetch(sealed, ["value"]) == {"value": "canary"}
    assert "canary" not in repr(sealed)
    with pytest.raises(SourceMissing, match="password"):
        Local().fetch(sealed, ["password"])


def test_every_file_of_a_provider_has_its_line() -> None:
    files = {path.stem for path in Path(providers.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == PROVIDERS.modules()
    assert PROVIDERS["local"] is Local
