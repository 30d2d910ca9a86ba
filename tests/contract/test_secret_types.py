"""What every type of secret promises; a new one needs only its line in ``secret_examples``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.vault import secret_types
from agent.vault.new_secret import NewSecret
from agent.vault.open import Bound, RunSecrets
from agent.vault.origin import OriginPolicy
from agent.vault.secret import SecretCard
from agent.vault.secret_type import Entry, Use
from agent.vault.secret_types import SECRET_TYPES
from tests.secret_examples import BAD, good

TYPES = sorted(SECRET_TYPES)


def required(name: str) -> dict[str, str]:
    """The example without what may be left out; a key that needs its passphrase keeps it."""
    keep = (*SECRET_TYPES[name].required, "passphrase")
    return {field: value for field, value in good(name).items() if field in keep}


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
    assert not kind.sensitive & kind.public
    assert all(kind.may_hold(field) for field in fields)
    assert {field for field in fields if kind.hides(field)} >= kind.sensitive


@pytest.mark.parametrize("name", TYPES)
def test_it_says_what_it_is_used_in_and_how_each_field_is_entered(name: str) -> None:
    kind = SECRET_TYPES[name]
    assert kind.uses
    assert all(isinstance(use, Use) for use in kind.uses)
    assert all(part.title and isinstance(part.entry, Entry) for part in kind.parts)
    assert (Use.TOTP in kind.uses) == any(part.entry is Entry.TOTP for part in kind.parts)
    assert kind.schemes <= {"https", "http", "sftp", "imaps", "imap"}
    assert ("sftp" in kind.schemes) == (Use.SFTP in kind.uses)
    assert ("imaps" in kind.schemes) == (Use.MAIL in kind.uses)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("example", [good, required])
def test_good_fields_are_kept_and_what_is_stored_can_be_stored_again(
    name: str, example: object
) -> None:
    assert callable(example)
    entered = example(name)
    stored = SECRET_TYPES[name].validate(entered)
    assert set(stored) >= set(entered)
    assert all(isinstance(value, str) and value for value in stored.values())
    assert all(SECRET_TYPES[name].may_hold(field) for field in stored)
    assert SECRET_TYPES[name].validate(stored) == stored


@pytest.mark.parametrize("name", TYPES)
def test_what_is_entered_is_not_changed_in_place(name: str) -> None:
    entered = good(name)
    SECRET_TYPES[name].validate(entered)
    assert entered == good(name)


@pytest.mark.parametrize("name", TYPES)
def test_a_missing_an_empty_and_an_unknown_field_are_refused_without_quoting(name: str) -> None:
    kind, filled = SECRET_TYPES[name], good(name)
    bad = [
        *({f: filled[f] for f in filled if f != absent} for absent in kind.required),
        *({**filled, field: empty} for field in filled for empty in ("", " ")),
        *({**filled, field: "canary\0"} for field in filled),
        *({**filled, field: "canary\ud800"} for field in filled),
        {**filled, "no_such_field": "canary"},
    ]
    for fields in bad:
        with pytest.raises(UsageError) as refused:
            kind.validate(fields)
        assert "canary" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("name", TYPES)
def test_bad_values_are_refused_without_quoting(name: str) -> None:
    assert BAD[name]
    for wrong in BAD[name]:
        with pytest.raises(UsageError) as refused:
            SECRET_TYPES[name].validate({**good(name), **wrong})
        assert "canary" not in refused.value.message + refused.value.hint, wrong


@pytest.mark.parametrize("name", TYPES)
def test_neither_what_is_entered_nor_what_is_opened_is_printed(name: str) -> None:
    origins = OriginPolicy.parse([f"{min(SECRET_TYPES[name].schemes)}://localhost"])
    new = NewSecret("x", name, good(name), origins)
    card = SecretCard(
        "id", "x", name, tuple(good(name)), origins, 1, "test", "restricted", "2026-01-01"
    )
    bound = Bound("SLOT", card, None, good(name))  # type: ignore[arg-type]  # nothing is released
    with RunSecrets([bound]) as secrets:
        printed = f"{new!r} {bound!r} {secrets['SLOT']!r} {secrets.redactor!r}"
    for field, value in good(name).items():
        if field not in SECRET_TYPES[name].public:
            assert value not in printed


@pytest.mark.parametrize("name", TYPES)
def test_every_value_that_is_secret_is_searched_for_and_no_public_one(name: str) -> None:
    kind = SECRET_TYPES[name]
    origins = OriginPolicy.parse([f"{min(kind.schemes)}://localhost"])
    stored = kind.validate(good(name))
    card = SecretCard(
        "id", "x", name, tuple(stored), origins, 1, "test", "restricted", "2026-01-01"
    )
    bound = Bound("SLOT", card, None, stored)  # type: ignore[arg-type]  # nothing is released
    with RunSecrets([bound]) as secrets:
        for field, value in stored.items():
            found = secrets.redactor.find(value.encode())
            sought = field not in kind.public and value != "true"
            assert bool(found) == sought, field
            assert bool(secrets.needles.labels_in(value.encode())) == sought, field


@pytest.mark.parametrize("name", TYPES)
def test_the_manual_lists_its_fields_and_its_uses(name: str) -> None:
    kind = SECRET_TYPES[name]
    manual = (Path(__file__).parents[2] / "docs" / "secrets.md").read_text(encoding="utf-8")
    (row,) = [line for line in manual.splitlines() if line.startswith(f"| `{name}` |")]
    _, _, fields, uses, _ = row.split("|")
    assert set(re.findall(r"`([a-z_]+)`", fields)) == {part.name for part in kind.parts}
    optional = {part.name for part in kind.parts if not part.required}
    assert set(re.findall(r"\*`([a-z_]+)`\*", fields)) == optional
    assert {use.strip() for use in uses.split(",")} == {use.value for use in kind.uses}
