"""The oracle rule: an origin that prints guesses learns nothing from what is kept."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from agent.artifacts.foreign import Foreign, only_origin
from agent.artifacts.publish import publish_now
from agent.artifacts.raw import RawArtifact
from agent.vault.keyslots.file import FileKey
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.store import Vault
from agent.vault.tables import metadata
from tests.leak.recording import SITE, Recording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.vault.open import RunSecrets

EVIL = "https://evil.example"
VALUE = "Kumquat-Lantern-4417"
GUESSES = [f"Guess-Number-{number:04d}" for number in range(50)]


@pytest.fixture
def bound(tmp_path: Path) -> Iterator[RunSecrets]:
    engine = create_engine(f"sqlite:///{tmp_path / 'vault.db'}", hide_parameters=True)
    metadata.create_all(engine)
    vault = Vault(engine, FileKey(tmp_path / "keys"))
    vault.create()
    fields = {"username": "someone.else", "password": VALUE}
    card = vault.add(NewSecret("Hotel", "login", fields, OriginPolicy.parse([SITE])))
    with vault.open_for_run({"LOGIN": card.ref}, "run") as secrets:
        yield secrets
    engine.dispose()


def kept(recording: Recording, secrets: RunSecrets, folder: Path) -> dict[str, str]:
    raw, out = folder / "raw.zip", folder / "out"
    out.mkdir()
    raw.write_bytes(recording.packed())
    artifact = publish_now(RawArtifact("trace", raw, "trace.zip"), out, secrets)
    assert artifact.state == "kept", artifact.reason
    with zipfile.ZipFile(artifact.path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def hostile(page: str) -> Recording:
    """A page of another origin that says ``page`` in each of the ways it has."""
    recording = Recording.plain()
    recording.snapshot(["HTML", {}, ["BODY", {"title": page}, page]], f"{EVIL}/page?x={page}")
    recording.response("text/plain", page.encode(), "evil.txt")
    recording.network[-1]["snapshot"]["request"]["url"] = f"{EVIL}/{page}"
    recording.response("text/plain", GUESSES[0].encode(), "evil-2.txt")
    recording.network[-1]["snapshot"]["request"]["url"] = f"{EVIL}/other"
    recording.trace.append(
        {"type": "console", "messageType": "log", "text": page, "args": [], "time": 1.5,
         "location": {"url": f"{EVIL}/a.js", "lineNumber": 1}, "pageId": "page@1"}
    )  # fmt: skip
    return recording


def test_nothing_of_an_origin_that_shows_the_value_is_kept(
    bound: RunSecrets, tmp_path: Path
) -> None:
    members = kept(hostile(" ".join([*GUESSES, VALUE])), bound, tmp_path)
    everything = "\n".join(members.values())
    assert not any(guess in everything for guess in GUESSES)
    assert "‹LOGIN.password›" not in everything
    assert "evil.example/" in members["trace.network"], "that it was there is no secret"
    assert "Guest list" in members["trace.trace"], "the other origin stays as it was"
    assert any("Guest list" in text for name, text in members.items() if "resources" in name)


def test_an_origin_that_only_guesses_wrong_is_kept_as_it_was(
    bound: RunSecrets, tmp_path: Path
) -> None:
    everything = "\n".join(kept(hostile(" ".join(GUESSES)), bound, tmp_path).values())
    assert all(guess in everything for guess in GUESSES)


def test_the_right_origin_may_show_its_value_and_only_that_is_marked(
    bound: RunSecrets, tmp_path: Path
) -> None:
    recording = Recording.plain()
    recording.snapshot(["HTML", {}, ["BODY", {}, f"signed in with {VALUE}"]])
    members = kept(recording, bound, tmp_path)
    assert "signed in with ‹LOGIN.password›" in members["trace.trace"]


def test_values_without_a_list_judge_nobody(secrets: RunSecrets) -> None:
    foreign = Foreign(secrets)
    assert not foreign.wants(EVIL)
    assert not foreign.shows_at(EVIL, ["LOGIN.password"])


@pytest.mark.parametrize("url", ["data:text/html,x", "about:blank", "", "https://"])
def test_what_has_no_origin_of_its_own_is_not_judged(bound: RunSecrets, url: str) -> None:
    assert not Foreign(bound).shows_at(url, ["LOGIN.password"])


def test_a_user_name_in_an_address_hides_no_origin(bound: RunSecrets) -> None:
    assert Foreign(bound).shows_at("https://a:b@evil.example/", ["LOGIN.password"])
    assert not Foreign(bound).shows_at(f"{SITE}/", ["LOGIN.password"])


def test_of_an_address_the_origin_is_left() -> None:
    assert only_origin("https://u:p@evil.example:8443/a?b#c") == "https://evil.example:8443/"
    assert only_origin("about:blank") == ""
