from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.tasks import Slot
from agent.vault.secret_types import SECRET_TYPES
from tests.secret_examples import good


def test_a_slot_needs_the_usual_fields_of_its_type_unless_it_lists_others() -> None:
    assert Slot().needed == ("username", "password")
    assert Slot(totp="required").needed == ("username", "password", "totp")
    assert Slot(type="value").needed == ("value",)
    assert Slot(fields=("password",)).needed == ("password",)


def test_a_slot_offers_what_its_secret_is_sure_to_have() -> None:
    assert Slot().offers("password")
    assert not Slot(totp="optional").offers("totp")
    assert not Slot(fields=("password",)).offers("username")


def test_a_slot_for_a_key_alone_asks_for_codes() -> None:
    assert Slot(type="totp").needed == ("totp",)
    assert Slot(type="totp", totp="required").needed == ("totp",)
    assert Slot(type="totp").offers("totp")


@pytest.mark.parametrize("kind", sorted(SECRET_TYPES))
def test_a_slot_takes_every_type_and_its_fields(kind: str) -> None:
    stored = SECRET_TYPES[kind].validate(good(kind))
    fields = tuple(name for name in stored if name != "totp")
    assert set(Slot(type=kind, fields=fields).needed) >= set(fields)


def test_a_slot_for_a_document_asks_for_paths() -> None:
    slot = Slot(type="json", fields=("db.password", "db.ports.0"))
    assert slot.needed == ("db.password", "db.ports.0")
    assert Slot(type="json").needed == ("document",)


@pytest.mark.parametrize(
    "parts",
    [
        {"type": "basic_auth", "totp": "required"},
        {"type": "json", "totp": "required"},
        {"type": "bearer_token", "fields": ("password",)},
        {"type": "login", "fields": ("totp",)},
        {"type": "json", "fields": ("",)},
        {"type": "no_such_type"},
    ],
)
def test_what_no_secret_of_the_type_has_cannot_be_asked_for(parts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Slot(**parts)
