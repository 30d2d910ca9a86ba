"""The keys of a bucket come from a file too: containers get secrets as files, and no other way."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.artifacts.stores import open_store
from agent.artifacts.stores.store import Choice
from agent.errors import UsageError
from agent.settings import Settings

KEYS = "[default]\naws_access_key_id = FROMFILE\naws_secret_access_key = CANARY%key\n"
OTHER = "[night]\naws_access_key_id = ATNIGHT\naws_secret_access_key = x\naws_session_token = T\n"


def choice(path: Path, profile: str = "default") -> Choice:
    return Choice(
        "s3://bucket/runs", endpoint="http://127.0.0.1:9", credentials=path, profile=profile
    )


def link(made: Choice) -> str:
    return open_store(made).link("0b6c/trace.zip", 60)


def test_a_link_is_signed_with_the_key_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(KEYS + OTHER)
    assert "X-Amz-Credential=FROMFILE%2F" in link(choice(tmp_path / "keys"))
    at_night = link(choice(tmp_path / "keys", "night"))
    assert "X-Amz-Credential=ATNIGHT%2F" in at_night
    assert "X-Amz-Security-Token=T" in at_night


@pytest.mark.parametrize("text", ["CANARY", "[default]\naws_access_key_id = CANARY\n", ""])
def test_a_file_without_keys_is_refused_and_nothing_of_it_is_quoted(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(UsageError) as refused:
        link(choice(tmp_path / "keys"))
    assert "CANARY" not in f"{refused.value.message} {refused.value.hint}"


@pytest.mark.parametrize(
    ("more", "file"),
    [
        ({}, Path("/run/secrets/aws")),
        ({"AWS_ACCESS_KEY_ID": "K"}, None),
    ],
)
def test_a_key_of_the_environment_goes_before_the_file(
    more: dict[str, str], file: Path | None, tmp_path: Path
) -> None:
    environ = {
        "RUNNER_ARTIFACTS": "s3://bucket",
        "AWS_SHARED_CREDENTIALS_FILE": "/run/secrets/aws",
    }
    made = Settings.load(environ | more, tmp_path).artifacts
    assert made is not None
    assert made.credentials == file
