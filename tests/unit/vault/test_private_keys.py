"""Private keys and server keys: which are taken, and what is said of the others."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import UsageError
from agent.vault.host_keys import fingerprint
from agent.vault.private_keys import check_private_key
from tests.secret_examples import FINGERPRINT, PASSPHRASE, private_key


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa-2048"])
@pytest.mark.parametrize("pem", [False, True], ids=["openssh", "pem"])
@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
def test_keys_of_today_are_taken_in_both_forms(kind: str, pem: object, sealed: object) -> None:
    key = private_key(kind, pem=bool(pem), sealed=bool(sealed))
    passphrase = PASSPHRASE if sealed else None
    assert check_private_key(key, passphrase) == key
    pasted = "\r\n".join(f"{line}  " for line in key.splitlines())
    assert check_private_key(f"\n{pasted}\n\n", passphrase) == key


@pytest.mark.parametrize("pem", [False, True], ids=["openssh", "pem"])
@pytest.mark.parametrize(("kind", "why"), [("rsa-1024", "RSA of 1024 bits"), ("dsa", "DSA")])
def test_keys_of_yesterday_are_refused(kind: str, why: str, pem: object) -> None:
    key = private_key(kind, pem=bool(pem))
    with pytest.raises(UsageError, match=why):
        check_private_key(key, None)


def test_a_key_for_something_else_than_signing_is_refused() -> None:
    with pytest.raises(UsageError, match="refused"):
        check_private_key(private_key("x25519", pem=True), None)


@pytest.mark.parametrize("pem", [False, True], ids=["openssh", "pem"])
def test_a_passphrase_is_wrong_missing_or_too_much(pem: object) -> None:
    sealed, plain = private_key(sealed=True, pem=bool(pem)), private_key(pem=bool(pem))
    for key, passphrase, why in [
        (sealed, "wrong", "does not open"),
        (sealed, None, "needs its passphrase"),
        (plain, "unneeded", "no passphrase: leave it empty|does not open"),
    ]:
        with pytest.raises(UsageError, match=why) as refused:
            check_private_key(key, passphrase)
        assert refused.value.__cause__ is None


@settings(max_examples=60, deadline=None)
@given(st.integers(30, 380), st.text(alphabet="AZaz09+/=-\n é", max_size=4))
def test_a_damaged_key_brings_out_no_other_error(at: int, put: str) -> None:
    key = private_key()
    with suppress(UsageError):
        check_private_key(key[:at] + put + key[at + len(put) + 1 :], None)


def public_key() -> tuple[str, str]:
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    line = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    digest = hashlib.sha256(base64.b64decode(line.split()[1])).digest()
    return line, "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def test_a_server_is_known_by_fingerprint_public_key_or_known_hosts_line() -> None:
    line, wanted = public_key()
    for written in (wanted, f" {wanted}=\n", line, f"{line} root@files", f"files.example {line}"):
        assert fingerprint(written) == wanted
    assert fingerprint(FINGERPRINT) == FINGERPRINT


@pytest.mark.parametrize(
    "written",
    [
        "", "SHA256:", "SHA256:abc", "sha256:" + FINGERPRINT[7:], "MD5:16:27:ac:a5:76:28:2d:36",
        "ssh-ed25519", "ssh-ed25519 !!!!", "ssh-ed25519 AAAA", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA",
        "files.example ssh-ed25519 A",
    ],
)  # fmt: skip
def test_anything_else_is_no_server_key(written: str) -> None:
    with pytest.raises(UsageError, match="host_key"):
        fingerprint(written)
