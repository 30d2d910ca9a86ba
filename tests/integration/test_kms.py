"""The AWS KMS key slot against moto's server, over HTTP."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer
from sqlalchemy import create_engine

from agent.errors import UsageError, VaultLocked, WrongKey
from agent.vault.keyslots.aws_kms import KmsKey
from agent.vault.store import Vault
from agent.vault.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

ID = "0e4ce2ad-93c1-4a6d-8f4d-93e2a7d0c0aa"


@pytest.fixture
def kms_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A key in a KMS of its own; gives its id."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    client = boto3.client("kms")
    yield client.create_key()["KeyMetadata"]["KeyId"]
    client.close()
    server.stop()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{tmp_path / 'vault.db'}")
    metadata.create_all(made)
    yield made
    made.dispose()


def test_the_slot_opens_with_a_call_to_kms(kms_key: str) -> None:
    params, key = KmsKey(kms_key).new_key(ID)
    assert len(key) == 32
    assert KmsKey().key(ID, params) == key
    assert key.hex() not in str(params)


def test_a_vault_opens_with_kms_and_not_when_aws_has_the_key_no_more(
    kms_key: str, engine: Engine
) -> None:
    Vault(engine, KmsKey(kms_key)).create()
    assert Vault(engine, KmsKey()).cards() == []
    reset = Request(f"{os.environ['AWS_ENDPOINT_URL']}/moto-api/reset", method="POST")  # noqa: S310 - the test's own server
    with urlopen(reset) as said:  # noqa: S310 - the test's own server
        assert said.status == 200
    with pytest.raises(VaultLocked) as locked:
        Vault(engine, KmsKey()).cards()
    assert "AWS" in locked.value.message


def test_the_wrapped_key_is_bound_to_its_vault_and_slot(kms_key: str) -> None:
    params, _ = KmsKey(kms_key).new_key(ID)
    with pytest.raises((VaultLocked, WrongKey)):
        KmsKey().key("another-vault", params)
    with pytest.raises((VaultLocked, WrongKey)):
        KmsKey().key(ID, {**params, "slot": "another"})


def test_the_context_is_what_refuses_and_not_the_server(kms_key: str) -> None:
    """Positive control: the same bytes open at the same server with the right context."""
    client = boto3.client("kms")
    context = {"vault": ID, "slot": "s"}
    blob = client.encrypt(KeyId=kms_key, Plaintext=b"k", EncryptionContext=context)
    asked = {"KeyId": kms_key, "CiphertextBlob": blob["CiphertextBlob"]}
    assert client.decrypt(**asked, EncryptionContext=context)["Plaintext"] == b"k"
    with pytest.raises(ClientError):
        client.decrypt(**asked, EncryptionContext={"vault": ID, "slot": "t"})
    client.close()


@pytest.mark.usefixtures("kms_key")
def test_no_key_named_and_no_such_key_are_told() -> None:
    with pytest.raises(UsageError, match="no AWS KMS key"):
        KmsKey().new_key(ID)
    with pytest.raises(VaultLocked, match="no such key"):
        KmsKey("alias/nothing").new_key(ID)


def test_a_server_that_is_gone_is_told(kms_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    params, _ = KmsKey(kms_key).new_key(ID)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(VaultLocked, match="cannot be asked"):
        KmsKey().key(ID, params)
