"""The sftp step against a real OpenSSH server."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest

from agent.errors import LoginFailed, OriginRefused, SiteUnreachable, StepFailed
from agent.steps.remote.transfer import PIECE, part_name
from tests.integration.beyond.desk import Kept, Work, at_a_desk, releases
from tests.standins.file_server import PASSWORD, FileServer, running_file_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.vault.store import Vault


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    with running_file_server(tmp_path_factory.mktemp("files")) as running:
        yield running


@pytest.fixture
def by_password(server: FileServer) -> FileServer:
    if not server.has_password:
        pytest.skip("a server with an account of its own needs root")
    return server


def key_secret(server: FileServer, **changed: str) -> Kept:
    fields = {
        "username": server.user,
        "private_key": server.private_key,
        "host_key": server.host_key(),
    }
    return Kept("sftp_private_key", fields | changed, (server.origin,))


def password_secret(server: FileServer, **changed: str) -> Kept:
    fields = {"username": server.user, "password": PASSWORD, "host_key": server.host_key()}
    return Kept("sftp_password", fields | changed, (server.origin,))


def sftp(work: Work, server: FileServer, action: str, path: str, **written: Any) -> Any:
    return work(
        "sftp", slot="FILES", url=server.origin, action=action, path=path, save_as="done",
        **written,
    )  # fmt: skip


async def test_files_are_put_listed_renamed_fetched_and_removed_with_a_key(
    vault: Vault, server: FileServer, tmp_path: Path
) -> None:
    content = os.urandom(PIECE + 5)
    (tmp_path / "rooms.bin").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    (server.inbox / "a").mkdir()
    with at_a_desk(vault, FILES=key_secret(server)) as work:
        work.task_folder = tmp_path
        put = await sftp(work, server, "put", "a/rooms.bin", file={"path": "rooms.bin"})
        assert put.value == {"size": len(content), "sha256": digest, "resumed_from": 0}
        await sftp(work, server, "put", "a/Zoë.txt", file={"name": "x", "text": "sept ‰"})
        listed = await sftp(work, server, "list", "a")
        await sftp(work, server, "rename", "a/rooms.bin", to="rooms 2.bin")
        got = await sftp(work, server, "get", "rooms 2.bin", as_file="rooms.bin")
        await sftp(work, server, "remove", "rooms 2.bin")
        (kind, place, name) = work.kept[0]
        assert (kind, name, place.read_bytes()) == ("download", "rooms.bin", content)
    assert [(one["name"], one["kind"], one["size"]) for one in listed.value] == [
        ("Zoë.txt", "file", 8),
        ("rooms.bin", "file", len(content)),
    ]
    assert got.value == {"file": "rooms.bin", "size": len(content), "sha256": digest}
    assert [path.name for path in server.inbox.rglob("*")] == ["a", "Zoë.txt"]
    rows = releases(vault)
    assert {row[:3] for row in rows} == {("allowed", server.origin, "FILES")}
    assert [row[3] for row in rows] == 6 * ["username", "private_key"]


async def test_a_password_opens_the_server(vault: Vault, by_password: FileServer) -> None:
    with at_a_desk(vault, FILES=password_secret(by_password)) as work:
        await sftp(work, by_password, "list", ".")
    assert [row[3] for row in releases(vault)] == ["username", "password"]
    assert "Accepted password for courier" in by_password.log


async def test_any_of_the_servers_keys_may_be_the_pinned_one(
    vault: Vault, server: FileServer
) -> None:
    pinned = key_secret(server, host_key=server.host_key("ecdsa"))
    with at_a_desk(vault, FILES=pinned) as work:
        await sftp(work, server, "list", ".")


async def test_a_server_with_another_key_gets_neither_password_nor_key(
    vault: Vault, by_password: FileServer, tmp_path: Path
) -> None:
    with running_file_server(tmp_path / "other") as other:
        pins = {"host_key": by_password.host_key()}
        secrets = {"A": password_secret(other, **pins), "B": key_secret(other, **pins)}
        with at_a_desk(vault, **secrets) as work:
            for slot in secrets:
                with pytest.raises(OriginRefused) as caught:
                    await work("sftp", slot=slot, url=other.origin, action="list", path=".")
                assert other.host_key() in caught.value.message
                assert "nothing was sent" in caught.value.message
        assert "password" not in other.log.lower().replace("passwordauthentication", "")
        assert "publickey" not in other.log
        assert "courier" not in other.log
    assert [row[3] for row in releases(vault)] == ["username", "username"]


async def test_a_rejected_password_is_a_failed_login_and_tried_once(
    vault: Vault, by_password: FileServer
) -> None:
    before = by_password.log.count("Failed password")
    wrong = password_secret(by_password, password="not-the-password")
    with at_a_desk(vault, FILES=wrong) as work, pytest.raises(LoginFailed) as caught:
        await sftp(work, by_password, "list", ".")
    assert caught.value.outcome == "bad_credentials"
    assert by_password.log.count("Failed password") == before + 1


async def test_a_key_the_server_does_not_know_is_told(vault: Vault, server: FileServer) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    text = other.export_private_key("pkcs8-pem", "open sesame").decode()
    wrong = key_secret(server, private_key=text, passphrase="open sesame")
    told = "did not take the private key of FILES"
    with at_a_desk(vault, FILES=wrong) as work, pytest.raises(StepFailed, match=told):
        await sftp(work, server, "list", ".")


async def test_no_other_server_is_even_called(vault: Vault, server: FileServer) -> None:
    with at_a_desk(vault, FILES=key_secret(server)) as work:
        before = server.log
        with pytest.raises(OriginRefused, match=r"FILES may not go to sftp://127\.0\.0\.2"):
            await work("sftp", slot="FILES", url="sftp://127.0.0.2", action="list", path=".")
    assert server.log == before
    assert releases(vault)[0][0] == "refused"


async def test_an_upload_that_broke_off_goes_on_where_it_stopped(
    vault: Vault, server: FileServer, tmp_path: Path
) -> None:
    content = os.urandom(3 * PIECE)
    (tmp_path / "big.bin").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    part = server.inbox / part_name("big.bin", digest)
    # Broken off in the third piece, with a hole where the server had not got to yet.
    part.write_bytes(content[: 2 * PIECE] + b"\0" * 1000)
    with at_a_desk(vault, FILES=key_secret(server)) as work:
        work.task_folder = tmp_path
        put = await sftp(work, server, "put", "big.bin", file={"path": "big.bin"})
    assert put.value["resumed_from"] == 2 * PIECE
    assert hashlib.sha256((server.inbox / "big.bin").read_bytes()).hexdigest() == digest
    assert not part.exists()
    (server.inbox / "big.bin").unlink()


async def test_what_is_under_way_to_other_content_is_left_alone(
    vault: Vault, server: FileServer
) -> None:
    other = server.inbox / part_name("note.txt", "0" * 64)
    other.write_bytes(b"half of something else")
    with at_a_desk(vault, FILES=key_secret(server)) as work:
        await sftp(work, server, "put", "note.txt", file={"name": "n", "text": "whole"})
    assert (server.inbox / "note.txt").read_text() == "whole"
    assert other.read_bytes() == b"half of something else"
    other.unlink()


async def test_what_is_there_stays_unless_it_is_to_be_replaced(
    vault: Vault, server: FileServer
) -> None:
    (server.inbox / "kept.txt").write_text("before")
    new = {"name": "n", "text": "after"}
    with at_a_desk(vault, FILES=key_secret(server)) as work:
        with pytest.raises(StepFailed, match=r"there is a file at kept\.txt already"):
            await sftp(work, server, "put", "kept.txt", file=new)
        assert (server.inbox / "kept.txt").read_text() == "before"
        await sftp(work, server, "put", "kept.txt", file=new, overwrite=True)
        assert (server.inbox / "kept.txt").read_text() == "after"
        (server.inbox / "other.txt").write_text("other")
        with pytest.raises(StepFailed, match="already"):
            await sftp(work, server, "rename", "other.txt", to="kept.txt")
        await sftp(work, server, "rename", "other.txt", to="kept.txt", overwrite=True)
    assert (server.inbox / "kept.txt").read_text() == "other"
    assert list(server.inbox.glob(".*.part")) == []


@pytest.mark.parametrize(
    ("action", "path", "said"),
    [
        ("get", "no-such-file", "there is no such file"),
        ("list", "no-such-folder", "there is no such file or folder"),
        ("remove", "no-such-file", "there is no such file"),
    ],
)
async def test_what_is_not_there_is_told_in_our_words(
    vault: Vault, server: FileServer, action: str, path: str, said: str
) -> None:
    told = f"{action} {path}: {said}"
    with at_a_desk(vault, FILES=key_secret(server)) as work, pytest.raises(StepFailed, match=told):
        await sftp(work, server, action, path)


async def test_a_server_that_is_not_there_is_told(vault: Vault, server: FileServer) -> None:
    nowhere = Kept("sftp_private_key", key_secret(server).fields, ("sftp://127.0.0.1:9",))
    told = "nothing answers there"
    with at_a_desk(vault, FILES=nowhere) as work, pytest.raises(SiteUnreachable, match=told):
        await work("sftp", slot="FILES", url="sftp://127.0.0.1:9", action="list", path=".")


async def test_a_listed_name_that_holds_a_value_is_masked(
    vault: Vault, by_password: FileServer
) -> None:
    plain = PASSWORD.replace("/", "%2F")
    (by_password.inbox / f"echo {plain}").write_text("x")
    with at_a_desk(vault, FILES=password_secret(by_password)) as work:
        listed = await sftp(work, by_password, "list", ".")
    assert "word=17" not in json.dumps(listed.value)
    (by_password.inbox / f"echo {plain}").unlink()
