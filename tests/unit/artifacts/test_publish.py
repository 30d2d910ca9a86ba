from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.artifacts.publish import publish_now
from agent.artifacts.raw import RawArtifact
from agent.errors import SecretError
from tests.unit.artifacts.conftest import PASSWORD, USERNAME

if TYPE_CHECKING:
    from pathlib import Path

    from agent.vault.open import RunSecrets


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder


def raw_result(tmp_path: Path, content: str, name: str = "result.json") -> RawArtifact:
    path = tmp_path / "raw.json"
    path.write_text(content)
    return RawArtifact("result", path, name)


def test_a_result_is_marked_and_kept_private(
    tmp_path: Path, kept: Path, secrets: RunSecrets
) -> None:
    text = json.dumps({"guest": "Ada Lovelace", "echo": PASSWORD, USERNAME: [1, 2.5, True]})
    artifact = publish_now(raw_result(tmp_path, text), kept, secrets)
    assert artifact.state == "kept"
    assert artifact.path.stat().st_mode & 0o777 == 0o600
    assert json.loads(artifact.path.read_text()) == {
        "guest": "Ada Lovelace",
        "echo": "‹LOGIN.password›",
        "‹LOGIN.username›": [1, 2.5, True],
    }


def test_what_cannot_be_read_is_withheld_with_a_note(
    tmp_path: Path, kept: Path, secrets: RunSecrets
) -> None:
    artifact = publish_now(raw_result(tmp_path, "not json " + PASSWORD), kept, secrets)
    assert artifact.state == "withheld"
    assert [path.name for path in kept.iterdir()] == ["result.json.withheld.json"]
    assert PASSWORD not in artifact.path.read_text()
    assert json.loads(artifact.path.read_text())["rule"] == "not JSON"


def test_an_unexpected_failure_is_named_by_its_class_alone(
    tmp_path: Path, kept: Path, secrets: RunSecrets
) -> None:
    artifact = publish_now(RawArtifact("no such kind", tmp_path / "x", "x.bin"), kept, secrets)
    assert artifact.reason == "could not be cleaned: KeyError"


def test_a_name_cannot_leave_the_folder_or_repeat_a_value(
    tmp_path: Path, kept: Path, secrets: RunSecrets
) -> None:
    artifact = publish_now(raw_result(tmp_path, "{}", f"../{USERNAME}/x.json"), kept, secrets)
    assert artifact.path.parent == kept
    assert USERNAME not in artifact.name
    assert artifact.state == "kept"


def test_after_the_run_is_over_nothing_can_be_published(
    tmp_path: Path, kept: Path, secrets: RunSecrets
) -> None:
    secrets.close()
    with pytest.raises(SecretError):
        publish_now(raw_result(tmp_path, "{}"), kept, secrets)
    assert list(kept.iterdir()) == []
