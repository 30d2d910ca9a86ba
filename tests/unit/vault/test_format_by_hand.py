"""A second reader of the stored format, written from its description; shares no code with it."""

from __future__ import annotations

import base64
import hmac
import json
import sqlite3
import struct
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.vault.new_secret import NewSecret
    from agent.vault.store import Vault


def encode(*fields: Any) -> bytes:
    pieces = [field if isinstance(field, bytes) else str(field).encode() for field in fields]
    sized = [struct.pack("<Q", len(piece)) + piece for piece in pieces]
    return struct.pack("<Q", len(pieces)) + b"".join(sized)


def opened(key: bytes, blob: bytes, aad: bytes) -> bytes:
    material = hmac.digest(key, b"runner.seal.v1\x01", "sha512")
    version, commit, nonce = blob[0], blob[1:33], blob[33:45]
    text, tag = blob[45:-16], blob[-16:]
    assert version == 1
    assert commit == hmac.digest(material[32:], nonce + aad, "sha256")
    decryptor = Cipher(algorithms.AES(material[:32]), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(aad)
    padded = decryptor.update(text) + decryptor.finalize()
    assert len(padded) % 256 == 0
    return padded[: padded.rindex(b"\x80")]


def read_by_hand(database: Path, key_file: Path) -> list[tuple[dict[str, Any], dict[str, str]]]:
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    vault = connection.execute("SELECT * FROM vault_meta").fetchone()
    slot = connection.execute("SELECT * FROM keyslot").fetchone()
    name = vault["vault_id"]
    key = base64.b64decode(key_file.read_text().splitlines()[0])
    root = opened(key, slot["wrapped"], encode("slot.v1", name, slot["id"], "file", slot["params"]))
    ring = json.loads(opened(root, vault["ring"], encode("ring.v1", name, vault["ring_gen"])))
    found = []
    for row in connection.execute(
        "SELECT * FROM secret JOIN secret_version ON id = secret_id AND version = current_version"
    ):
        ident, version = row["id"], row["version"]
        wrapping = base64.b64decode(ring["keys"][str(row["term"])])
        dek = opened(wrapping, row["dek"], encode("dek.v1", name, ident, version, row["term"]))
        place = (name, row["project_id"], ident, version)
        identity = (row["mode"], row["kind"], row["visibility"], row["policy_hash"])
        meta = json.loads(opened(dek, row["meta"], encode("meta.v1", *place)))
        found.append(
            (meta, json.loads(opened(dek, row["ct"], encode("sec.v1", *place, *identity))))
        )
    connection.close()
    return found


def test_the_file_and_its_key_are_enough_to_read_every_secret(
    database: Path, keys: Path, vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    vault.rotate(card.id, {"username": "bob", "password": "battery staple"})
    [(meta, values)] = read_by_hand(database, next(keys.iterdir()))
    assert (meta["name"], meta["origins"]) == ("Hotel admin", ["https://hotel.example"])
    assert values == {"username": "bob", "password": "battery staple"}
