"""What every type of secret promises; a new one is tested here without a new test."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.vault import secret_types
from agent.vault.secret_types import SECRET_TYPES

TYPES = sorted(SECRET_TYPES)
CANARY = "GEZDGNBVGY3TQOJQ"  # text that is also a usable TOTP key


def filled(name: str, *, optional: bool = True) -> dict[str, str]:
    kind = SECRET_TYPES[name]
    return dict.fromkeys((*kind.required, *(kind.optional if optional else ())), CANARY)


def test_every_file_of_a_type_has_its_line() -> None:
    files = {path.stem for path in Path(secret_types.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == SECRET_TYPES.modules()


@pytest.mark.parametrize("name", TYPES)
def test_it_is_listed_under_its_own_name(name: str) -> None:
    assert SECRET_TYPES[name].name == name


@pytest.mark.parametrize("name", TYPES)
def test_its_fields_are_named_once_and_some_are_required_and_sensitive(name: str) -> None:
    kind = SECRET_TYPES[name]
    fields = (*kind.required, *kind.optional)
    assert kind.required
    assert len(set(fields)) == len(fields)
    assert kind.sensitive
    assert kind.sensitive <= set(fields)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("optional", [True, False])
def test_good_fields_are_kept_and_what_is_stored_can_be_stored_again(
    name: str, optional: object
) -> None:
    entered = filled(name, optional=bool(optional))
    stored = SECRET_TYPES[name].validate(entered)
    assert set(stored) == set(entered)
    assert all(isinstance(value, str) and value for value in stored.values())
    assert SECRET_TYPES[name].validate(stored) == stored


@pytest.mark.parametrize("name", TYPES)
def test_what_is_entered_is_not_changed_in_place(name: str) -> None:
    entered = filled(name)
    SECRET_TYPES[name].validate(entered)
    assert entered == filled(name)


@pytest.mark.parametrize("name", TYPES)
def test_a_missing_an_empty_and_an_unknown_field_are_refused_without_quoting(name: str) -> None:
    kind, good = SECRET_TYPES[name], filled(name)
    bad = [
        *({field: good[field] for field in good if field != absent} for absent in kind.required),
        *({**good, field: empty} for field in good for empty in ("", " ")),
        *({**good, field: CANARY + "\0"} for field in good),
        *({**good, field: CANARY + "\ud800"} for field in good),
        {**good, "no_such_field": CANARY},
    ]
    for fields in bad:
        with pytest.raises(UsageError) as refused:
            kind.validate(fields)
        assert CANARY not in refused.value.message + refused.value.hint
