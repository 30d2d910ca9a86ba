from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import UsageError
from agent.vault.declarations import apply, pending, read
from agent.vault.origin import OriginPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.vault.new_secret import NewSecret
    from agent.vault.store import Vault

EXAMPLES = Path(__file__).parents[3] / "secrets"
HOTEL: dict[str, Any] = {
    "name": "Hotel admin",
    "type": "login",
    "provider": "local",
    "origins": ["https://hotel.example"],
}
VALUES = {"username": "bob", "password": "correct horse"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "secrets"
    made.mkdir()
    return made


def write(folder: Path, file: str = "hotel.json", /, **changes: Any) -> Path:
    path = folder / file
    path.write_text(json.dumps({**HOTEL, **changes}))
    return path


def test_the_committed_examples_are_declarations() -> None:
    assert [one.name for one in read(EXAMPLES)] == ["Hotel admin"]


def test_no_python_file_stands_beside_the_declarations() -> None:
    assert list(EXAMPLES.rglob("*.py")) == []


def test_a_declaration_is_pending_until_its_values_were_given(folder: Path, vault: Vault) -> None:
    write(folder)
    [one] = pending(folder, vault)
    assert not vault.is_created
    card = vault.add(one.with_values(VALUES))
    assert (card.name, card.type, card.origins) == (one.name, one.type, one.origins)
    assert pending(folder, vault) == []
    applied = apply(folder, vault)
    assert (len(applied.declared), applied.pending, applied.differences) == (1, (), ())


def test_nothing_is_made_or_changed_without_values(folder: Path, vault: Vault) -> None:
    write(folder)
    applied = apply(folder, vault)
    assert [one.name for one in applied.pending] == ["Hotel admin"]
    assert not vault.is_created


def test_declared_fewer_origins_narrow_the_secret(
    folder: Path, vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    vault.add(a_login(origins=("https://hotel.example", "https://admin.hotel.example")))
    write(folder)
    [difference] = apply(folder, vault).differences
    assert difference.settled
    assert vault.card("Hotel admin").origins == OriginPolicy.parse(HOTEL["origins"])
    assert apply(folder, vault).differences == ()


def test_declared_more_origins_are_refused_and_need_the_value(
    folder: Path, vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    path = write(folder, origins=["https://hotel.example", "https://evil.example"])
    [difference] = apply(folder, vault).differences
    assert not difference.settled
    assert str(path) in difference.message
    assert "rotate" in difference.hint
    assert vault.cards() == [card]


def test_another_type_is_a_difference(
    folder: Path, vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    write(folder, type="value")
    [difference] = apply(folder, vault).differences
    assert (difference.settled, difference.card) == (False, card)


@pytest.mark.parametrize("field", ["username", "password", "totp", "value"])
def test_a_value_in_a_declaration_is_refused_and_not_quoted(folder: Path, field: str) -> None:
    path = write(folder, **{field: "canary-5e1f"})
    with pytest.raises(UsageError, match="never holds a value") as refused:
        read(folder)
    assert str(path) in refused.value.message
    assert field in refused.value.message
    assert "canary" not in refused.value.message + refused.value.hint
    assert refused.value.__suppress_context__


def test_a_value_is_told_before_anything_else_that_is_wrong(folder: Path) -> None:
    (folder / "bad.json").write_text('{"password": "canary-5e1f"}')
    with pytest.raises(UsageError, match="never holds a value"):
        read(folder)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"orgins": []}, "did you mean origins"),
        ({"type": "logn"}, "did you mean login"),
        ({"provider": "vault"}, "no provider 'vault'"),
        ({"origins": []}, "at least one origin"),
        ({"origins": "https://hotel.example"}, "origins is not of the right form"),
        ({"origins": ["http://hotel.example"]}, "not encrypted"),
        ({"name": ""}, "name is empty"),
        ({"name": 7}, "name is not of the right form"),
    ],
)
def test_what_is_wrong_is_said_with_the_file(
    folder: Path, changes: dict[str, Any], words: str
) -> None:
    path = write(folder, **changes)
    with pytest.raises(UsageError, match=words) as refused:
        read(folder)
    assert str(path) in refused.value.message


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"name": "a", "name": "b"}', "[" * 100_000, "\ufeff{}"]
)
def test_what_is_no_declaration_is_one_clear_error(folder: Path, text: str) -> None:
    (folder / "bad.json").write_text(text)
    with pytest.raises(UsageError, match=r"bad\.json"):
        read(folder)


def test_bytes_that_are_no_text_are_one_clear_error(folder: Path) -> None:
    (folder / "bad.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is not JSON"):
        read(folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = ("name", "type", "provider", "reference", "origins", "visibility", "$schema")
WRITTEN = st.binary(max_size=60) | st.dictionaries(st.sampled_from(FIELDS), JSON).map(
    lambda document: json.dumps(document).encode()
)


@given(WRITTEN)
@settings(max_examples=120, deadline=None)
def test_nothing_that_is_written_brings_out_another_error(written: bytes) -> None:
    with TemporaryDirectory() as place:
        (Path(place) / "any.json").write_bytes(written)
        with suppress(UsageError):
            read(Path(place))


def test_a_missing_field_is_named(folder: Path) -> None:
    (folder / "bad.json").write_text('{"name": "a", "type": "login"}')
    with pytest.raises(UsageError, match="origins is missing"):
        read(folder)


def test_one_name_is_declared_once(folder: Path) -> None:
    write(folder, "a.json")
    write(folder, "b.json", name="HOTEL admin")
    with pytest.raises(UsageError, match="declare one name"):
        read(folder)


def test_a_missing_folder_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a folder"):
        read(tmp_path / "none")
