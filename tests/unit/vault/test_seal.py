from __future__ import annotations

import hmac
import json
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import VaultDamaged, WrongKey
from agent.vault.seal import JSON_STEP, STEP, expand, seal, unseal

WYCHEPROOF = Path(__file__).parents[4] / "shared" / "vectors" / "wycheproof"
KEY = bytes(range(32))
AAD = b"where it belongs"


def vectors(name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    path = WYCHEPROOF / name
    if not path.is_file():
        pytest.skip(f"{path} is not on this machine")
    groups = json.loads(path.read_text())["testGroups"]
    return [(group, test) for group in groups for test in group["tests"]]


@given(st.binary(max_size=3000), st.binary(max_size=80))
def test_what_was_sealed_is_unsealed(plaintext: bytes, aad: bytes) -> None:
    assert unseal(KEY, seal(KEY, plaintext, aad), aad) == plaintext


def test_the_form_is_version_one() -> None:
    blob = seal(KEY, b"value", AAD)
    assert blob[0] == 1
    assert len(blob) == 1 + 32 + 12 + STEP + 16


# Made once with the code of the first release; it must open in every later one.
RELEASED = bytes.fromhex(
    "01627a4b5c9f252269a6c7725cc9b1719ac39cd3aab4660d0d14ed4ecf94ab0f2d8c573f3b90382094fbfb6f"
    "724e1323606cce406ecf1078b5144fb1d46f5a25e124ac11b08b6b8273c86123bb21cd79e375c8dfa6d59de4"
    "672f1fd6ee79a99da802a558ff9ffa52034ef13a2da06912acb96d5b31bcd5819a14c2edfd843830a66ea7b3"
    "a933bde68da695a3c4661f0b8119f3844947c5a1e4d4d2b37e8da291e692c7a08005d66491b3716dec058acc"
    "d84f0b5ecd5e6f0ea2239aaef1c0ab62aa07758e670b9733d7e54433799ed67c86626460baabeaccdf160d6e"
    "9ce0da124054a76b915967b3b54d7be73c317befb1dadcb94e359aa9246f36ac65a333484b9ea0eb978c1c35"
    "3d687d9d3c4831d41e7bc7f6c3ad86c32b743a9680ec151ee6131e1459434e4b1a61a749d5e8ce915054b92f"
    "51686a349e6c087549"
)


def test_a_blob_of_the_first_release_still_opens() -> None:
    assert unseal(KEY, RELEASED, AAD) == b"sealed by the first release"


def test_every_changed_bit_and_every_truncation_is_refused() -> None:
    blob = seal(KEY, b"value", AAD)
    for position in range(len(blob)):
        for bit in (0x01, 0x80):
            changed = bytearray(blob)
            changed[position] ^= bit
            with pytest.raises((WrongKey, VaultDamaged)):
                unseal(KEY, bytes(changed), AAD)
        with pytest.raises(VaultDamaged):
            unseal(KEY, blob[:position], AAD)


def test_a_longer_blob_is_refused() -> None:
    blob = seal(KEY, b"value", AAD)
    for extra in (1, STEP, JSON_STEP):
        with pytest.raises(VaultDamaged):
            unseal(KEY, blob + bytes(extra), AAD)


def test_a_wrong_key_is_told_apart_from_damage() -> None:
    blob = seal(KEY, b"value", AAD)
    with pytest.raises(WrongKey):
        unseal(bytes(32), blob, AAD)
    with pytest.raises(WrongKey):
        unseal(KEY, blob, b"elsewhere")
    with pytest.raises(VaultDamaged):
        unseal(KEY, blob[:-1] + bytes([blob[-1] ^ 1]), AAD)


def test_a_blob_that_two_keys_could_open_is_refused_for_lack_of_a_commitment() -> None:
    # Positive control: GCM itself is content with a ciphertext made under the derived key.
    other = bytes(32)
    encryption = expand(other, b"runner.seal.v1", 64)[:32]
    nonce = os.urandom(12)
    sealed = AESGCM(encryption).encrypt(nonce, b"\x80".ljust(STEP, b"\0"), AAD)
    assert AESGCM(encryption).decrypt(nonce, sealed, AAD)
    genuine = seal(KEY, b"value", AAD)
    with pytest.raises(WrongKey):
        unseal(other, genuine[:33] + nonce + sealed, AAD)


def test_equal_values_differ_when_sealed() -> None:
    blobs = [seal(KEY, b"value", AAD) for _ in range(10_000)]
    assert len(set(blobs)) == len({blob[33:45] for blob in blobs}) == 10_000


@pytest.mark.parametrize("step", [STEP, JSON_STEP])
def test_values_of_any_short_length_are_stored_equally_long(step: int) -> None:
    assert len({len(seal(KEY, b"x" * length, AAD, step=step)) for length in range(201)}) == 1


def test_a_key_of_another_length_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal(b"short", b"value", AAD)


def decrypted(test: dict[str, Any]) -> bytes | None:
    names = ("key", "iv", "aad", "ct", "tag")
    key, nonce, aad, text, tag = (bytes.fromhex(test[name]) for name in names)
    try:
        return AESGCM(key).decrypt(nonce, text + tag, aad)
    except (InvalidTag, ValueError):
        return None


def test_the_cipher_agrees_with_wycheproof() -> None:
    # The library refuses nonces under 8 and over 128 bytes; ours always have 12.
    agreed = refused = 0
    for group, test in vectors("aes_gcm_test.json"):
        valid = test["result"] != "invalid"
        if valid and not 64 <= group["ivSize"] <= 1024:
            assert decrypted(test) is None
            refused += 1
        else:
            assert decrypted(test) == (bytes.fromhex(test["msg"]) if valid else None), test["tcId"]
            agreed += 1
    assert (agreed, refused) == (289, 27)


def test_the_key_derivation_agrees_with_wycheproof() -> None:
    checked = 0
    for _, test in vectors("hkdf_sha512_test.json"):
        ikm, salt, info = (bytes.fromhex(test[name]) for name in ("ikm", "salt", "info"))
        pseudorandom = hmac.digest(salt or bytes(64), ikm, "sha512")
        if test["result"] == "invalid":
            with pytest.raises(ValueError):
                expand(pseudorandom, info, test["size"])
        else:
            assert expand(pseudorandom, info, test["size"]).hex() == test["okm"], test["tcId"]
        checked += 1
    assert checked == 83
