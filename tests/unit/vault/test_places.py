from __future__ import annotations

from dataclasses import fields, replace

import pytest

from agent.vault.pae import pae
from agent.vault.places import Place, ring_place, slot_place

PLACE = Place("vault", "project", "secret", 2, "test", "login", "restricted")
HASH = b"h" * 32


def test_the_fields_are_those_of_the_format_in_its_order() -> None:
    assert PLACE.key(5) == pae([b"dek.v1", b"vault", b"secret", b"2", b"5"])
    assert PLACE.meta() == pae([b"meta.v1", b"vault", b"project", b"secret", b"2"])
    names = (b"vault", b"project", b"secret", b"2", b"test", b"login", b"restricted")
    assert PLACE.payload(HASH) == pae([b"sec.v1", *names, HASH])
    assert ring_place("vault", 1) == pae([b"ring.v1", b"vault", b"1"])
    assert slot_place("vault", "s", "file", "{}") == pae(
        [b"slot.v1", b"vault", b"s", b"file", b"{}"]
    )


@pytest.mark.parametrize("name", [field.name for field in fields(Place)])
def test_every_field_of_its_identity_binds_the_payload(name: str) -> None:
    changed: str | int = 3 if name == "version" else "other"
    assert replace(PLACE, **{name: changed}).payload(HASH) != PLACE.payload(HASH)


def test_the_list_of_origins_binds_the_payload() -> None:
    assert PLACE.payload(b"i" * 32) != PLACE.payload(HASH)


@pytest.mark.parametrize("name", ["vault_id", "project_id", "secret_id", "version"])
def test_a_description_is_bound_to_its_row(name: str) -> None:
    changed: str | int = 3 if name == "version" else "other"
    assert replace(PLACE, **{name: changed}).meta() != PLACE.meta()


def test_no_kind_of_object_opens_as_another() -> None:
    places = [PLACE.key(1), PLACE.meta(), PLACE.payload(HASH), ring_place("vault", 1)]
    assert len({*places, slot_place("vault", "1", "file", "{}")}) == 5
