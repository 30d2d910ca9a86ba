"""What every kind of artifact promises: it has a cleaner, and lets no value by."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.artifacts import kinds
from agent.artifacts.kinds import KINDS
from agent.artifacts.publish import publish_now
from agent.artifacts.raw import RawArtifact
from agent.vault.open import RunSecrets

VALUE = "Kumquat-Lantern-4417"
NAMES = sorted(KINDS)


@pytest.fixture
def secrets() -> RunSecrets:
    opened = RunSecrets(())
    opened.learn("SLOT.password", VALUE)
    return opened


def test_every_file_has_its_line_and_every_line_its_file() -> None:
    folder = Path(kinds.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert files == KINDS.modules()


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_has_a_cleaner(name: str) -> None:
    assert callable(KINDS[name]().clean)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        VALUE.encode(),
        b'{"text": "' + VALUE.encode() + b'"}',
        b"PK\x03\x04" + VALUE.encode(),
        b"\xff\xd8\xff\xe0" + VALUE.encode(),
        b"\x00" * 64 + VALUE.encode("utf-16-le"),
    ],
)
def test_no_kind_lets_a_value_by(
    name: str, content: bytes, secrets: RunSecrets, tmp_path: Path
) -> None:
    private, kept = tmp_path / "private", tmp_path / "kept"
    private.mkdir()
    kept.mkdir()
    raw = RawArtifact(name, private / "raw", f"{name}.out")
    raw.path.write_bytes(content)
    artifact = publish_now(raw, kept, secrets)
    assert artifact.state in ("kept", "withheld")
    assert (artifact.state == "withheld") == bool(artifact.reason)
    for path in kept.iterdir():
        assert VALUE.encode() not in path.read_bytes()
        assert VALUE.encode("utf-16-le") not in path.read_bytes()
    assert [path.name for path in private.iterdir()] == ["raw"]
