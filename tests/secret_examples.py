"""One good secret of every type, with every field, and what each type must refuse."""

from __future__ import annotations

import warnings
from functools import cache

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

PASSPHRASE = "canary pass phrase"
FINGERPRINT = "SHA256:uNiVztksCsDhcc0u9e8BrzJyjVjV1mB1XrJ3zkFFhnQ"
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@cache
def private_key(kind: str = "ed25519", *, sealed: bool = False, pem: bool = False) -> str:
    """Make a private key as a person keeps it; each kind once per test run."""
    weak = 1024
    made = {
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
        "rsa-2048": lambda: rsa.generate_private_key(65537, 2 * weak),
        "rsa-1024": lambda: rsa.generate_private_key(65537, weak),
        "dsa": lambda: dsa.generate_private_key(weak),
        "x25519": x25519.X25519PrivateKey.generate,
    }[kind]()
    shape = PrivateFormat.PKCS8 if pem else PrivateFormat.OpenSSH
    lock = BestAvailableEncryption(PASSPHRASE.encode()) if sealed else NoEncryption()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of DSA, which is written to see it refused
        written: bytes = made.private_bytes(Encoding.PEM, shape, lock)
    return written.decode()


def good(kind: str) -> dict[str, str]:
    """Give a secret of this type with all its fields; every value is one of a kind."""
    examples = {
        "login": {"username": "ann-canary", "password": "canary-p4ss", "totp": SEED},
        "value": {"value": "canary-value"},
        "basic_auth": {"username": "ann-canary", "password": "canary-p4ss"},
        "bearer_token": {"token": "canary.t0ken"},
        "api_key": {"key_name": "X-Api-Key", "key_value": "canary-k3y"},
        "sftp_password": {
            "username": "ann-canary", "password": "canary-p4ss", "host_key": FINGERPRINT,
        },
        "sftp_private_key": {
            "username": "ann-canary",
            "private_key": private_key(sealed=True),
            "passphrase": PASSPHRASE,
            "host_key": FINGERPRINT,
        },
        "oauth2_client_credentials": {
            "client_id": "client-canary",
            "client_secret": "canary-s3cret",
            "token_url": "https://login.hotel.example/oauth2/token",
            "scopes": "rooms.read rooms.write",
        },
        "json": {"document": '{"db": {"password": "canary-db", "ports": [54321, true]}}'},
        "totp": {"totp": SEED},
        "mailbox": {
            "username": "ann-canary", "password": "canary-p4ss", "folder": "canary-folder",
        },
    }  # fmt: skip
    return dict(examples[kind])


# What is put in place of good fields; nothing of it may be quoted by the refusal.
BAD: dict[str, list[dict[str, str]]] = {
    "login": [{"password": "canary\n"}, {"username": "canary\x07"}, {"totp": "canary 0189!"}],
    "value": [{"value": "canary\0"}],
    "basic_auth": [{"username": "canary:colon"}, {"password": "canary\r\n"}],
    "bearer_token": [{"token": "canary two"}, {"token": "canary\nHost: x"}, {"token": "canaryé"}],
    "api_key": [
        {"key_name": "canary: 1"}, {"key_name": "canary key"}, {"key_name": "Host"},
        {"key_value": "canary\r\nHost: evil"},
    ],
    "sftp_password": [
        {"password": "canary\n"}, {"host_key": "canary"},
        {"host_key": "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48"},
        {"host_key": "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIB" + "A" * 42},
    ],
    "sftp_private_key": [
        {"private_key": "canary"}, {"passphrase": "canary wrong"}, {"host_key": "canary"},
    ],
    "oauth2_client_credentials": [
        {"token_url": "http://canary.example/token"}, {"token_url": "canary"},
        {"token_url": "https://canary:pw@login.example/"}, {"token_url": "file:///canary"},
        {"token_url": "https://login.example/token?canary=1"}, {"scopes": 'a"canary'},
        {"client_id": "canary\n"},
    ],
    "json": [
        {"document": "canary"}, {"document": '{"canary": 1, "canary": 2}'},
        {"document": '{"a.b": "canary", "a": {"b": "canary"}}'}, {"document": "NaN"},
        {"document": '{"": "canary"}'}, {"document": '{"canary\\u0007": "x"}'},
        {"document": "[" * 40 + '"canary"' + "]" * 40}, {"document": "[" * 100_000},
        {"document": '["canary"'}, {"db.password": "canary-other"},
        {"document": "[" + ",".join("12345" for _ in range(501)) + "]"},
    ],
    "totp": [
        {"totp": "canary 0189!"}, {"totp": "otpauth://hotp/canary?secret=GEZDGNBVGY3TQOJQ"},
        {"totp": "+49 170 1234567"}, {"totp": "sms:+491701234567"}, {"totp": "493 029"},
        {"totp": "GEZDGNBV"}, {"totp": "otpauth-migration://offline?data=canary"},
    ],
    "mailbox": [{"password": "canary\r\nA1 LOGOUT"}, {"folder": "canary\n"}],
}  # fmt: skip
