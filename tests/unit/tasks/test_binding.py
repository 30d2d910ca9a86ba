import json
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from agent.errors import OriginRefused, RunnerError, SecretUnfit, SlotUnbound, UsageError
from agent.tasks import BoundTask, bind, load_text
from agent.vault.origin import OriginPolicy
from agent.vault.secret import SecretCard

LOGIN = ("username", "password", "totp")


def card(
    *, kind: str = "login", fields: tuple[str, ...] = LOGIN, origin: str = "https://hotel.example"
) -> SecretCard:
    return SecretCard(
        id="5f0c6f0e-7d0c-4f5e-9d0a-000000000001",
        name="Hotel admin",
        type=kind,
        fields=fields,
        origins=OriginPolicy.parse([origin]),
        version=1,
        mode="test",
        visibility="restricted",
        created_at="2026-11-22T00:00:00Z",
    )


def bound(
    secrets: Mapping[str, SecretCard],
    inputs: Mapping[str, str] | None = None,
    *,
    slots: Mapping[str, Any] | None = None,
    asked: Mapping[str, Any] | None = None,
) -> BoundTask:
    document = {
        "name": "x",
        "slots": slots if slots is not None else {"A": {"totp": "required"}},
        "inputs": asked or {},
        "steps": [{"type": "press", "key": "Enter"}],
    }
    return bind(load_text(json.dumps(document), "t.json"), secrets, inputs or {})


def test_a_task_is_bound_to_cards_and_typed_inputs() -> None:
    ready = bound(
        {"A": card()},
        {"n": "7"},
        asked={"n": {"type": "integer"}, "date": {"type": "date", "default": "2026-11-22"}},
    )
    assert ready.inputs == {"n": 7, "date": "2026-11-22"}
    assert ready.texts() == {"n": "7", "date": "2026-11-22"}
    assert ready.cards["A"].name == "Hotel admin"


def test_what_is_bound_stays_as_it_is() -> None:
    ready = bound({"A": card()})
    with pytest.raises(FrozenInstanceError):
        ready.cards = {}  # type: ignore[misc]  # what this test is about
    with pytest.raises(TypeError):
        ready.cards["B"] = card()  # type: ignore[index]  # what this test is about


def test_all_unbound_slots_are_named_with_what_to_add() -> None:
    with pytest.raises(SlotUnbound) as caught:
        bound({}, slots={"A": {}, "B": {"type": "value"}})
    assert "2 slots have no secret bound: A (login), B (value)" in caught.value.message
    assert "--bind A=SECRET --bind B=SECRET" in caught.value.hint
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    ("secrets", "inputs", "said"),
    [
        ({"A": card(), "B": card()}, {}, 'no slot "B"'),
        ({"a": card()}, {}, 'did you mean "A"?'),
        ({"A": card()}, {"m": "1"}, "no inputs at all"),
    ],
)
def test_a_slot_or_input_the_task_does_not_have_is_a_usage_error(
    secrets: dict[str, SecretCard], inputs: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        bound(secrets, inputs)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("bad", "said", "hint"),
    [
        (card(kind="value", fields=("value",)), "of type value", "secrets add --type login"),
        (card(fields=("username", "password")), "has no TOTP key", "secrets rotate"),
        (card(fields=("username",)), "needs password, totp", "secrets rotate"),
    ],
)
def test_an_unfit_secret_is_named_with_what_it_lacks(bad: SecretCard, said: str, hint: str) -> None:
    with pytest.raises(SecretUnfit) as caught:
        bound({"A": bad})
    assert "slot A" in caught.value.message
    assert '"Hotel admin"' in caught.value.message
    assert said in caught.value.message
    assert hint in caught.value.hint


def test_totp_is_asked_for_only_where_the_slot_requires_it() -> None:
    plain = card(fields=("username", "password"))
    assert bound({"A": plain}, slots={"A": {"totp": "optional"}})


@pytest.mark.parametrize(
    ("allowed", "wanted"),
    [
        ("https://hotel.example", "https://evil.example"),
        ("https://hotel.example", "https://hotel.example.evil.example"),
        ("https://example.com", "https://*.example.com"),
        ("https://hotel.example", "https://hotel.example:8443"),
    ],
)
def test_a_slot_for_a_site_the_secret_is_not_for_is_refused(allowed: str, wanted: str) -> None:
    with pytest.raises(OriginRefused) as caught:
        bound({"A": card(origin=allowed)}, slots={"A": {"origins": [wanted]}})
    assert "slot A is for" in caught.value.message
    assert allowed in caught.value.hint


def test_a_slot_for_a_site_of_the_secret_is_bound() -> None:
    slots = {"A": {"origins": ["https://www.example.com"]}}
    assert bound({"A": card(origin="https://*.example.com")}, slots=slots)


def test_an_origin_made_of_an_input_is_checked_with_the_value_of_this_run() -> None:
    slots, asked = {"A": {"origins": ["${inputs.site}"]}}, {"site": {}}
    assert bound({"A": card()}, {"site": "https://hotel.example"}, slots=slots, asked=asked)
    with pytest.raises(OriginRefused):
        bound({"A": card()}, {"site": "https://evil.example"}, slots=slots, asked=asked)
    with pytest.raises(UsageError, match="not usable"):
        bound({"A": card()}, {"site": "file:///etc/passwd"}, slots=slots, asked=asked)


def test_every_wrong_input_is_named_and_none_repeated() -> None:
    asked = {"n": {"type": "integer"}, "d": {"type": "date"}, "s": {}, "o": {"required": False}}
    with pytest.raises(UsageError) as caught:
        bound({"A": card()}, {"n": "hunter2", "d": "22.11.2026"}, asked=asked)
    assert caught.value.message.splitlines() == [
        "input n: expected a whole number, like 7",
        "input d: expected a date, like 2026-11-22",
        "input s: a value is needed; add --input s=…",
    ]
    assert not isinstance(caught.value, SecretUnfit)
    assert isinstance(caught.value, RunnerError)


def test_the_paths_a_slot_needs_are_looked_for_in_the_document_that_is_bound() -> None:
    slots = {"A": {"type": "json", "fields": ["db.password", "db.hosts.0"]}}
    whole = card(kind="json", fields=("document", "db.password", "db.hosts.0"))
    assert bound({"A": whole}, slots=slots).cards["A"] is whole
    with pytest.raises(SecretUnfit) as caught:
        bound({"A": card(kind="json", fields=("document", "db.password"))}, slots=slots)
    assert "needs db.hosts.0" in caught.value.message


def test_the_paths_of_a_document_kept_elsewhere_are_known_when_it_is_fetched() -> None:
    slots = {"A": {"type": "json", "fields": ["db.password"]}}
    elsewhere = replace(card(kind="json", fields=("document",)), source="aws_secrets_manager")
    assert bound({"A": elsewhere}, slots=slots).cards["A"] is elsewhere
    with pytest.raises(SecretUnfit):
        bound({"A": replace(elsewhere, source="local")}, slots=slots)


def test_a_slot_for_a_file_server_is_bound_to_a_secret_for_that_server_only() -> None:
    fields = ("username", "password", "host_key")
    slots = {"A": {"type": "sftp_password", "origins": ["sftp://files.hotel.example:2222"]}}
    right = card(kind="sftp_password", fields=fields, origin="sftp://files.hotel.example:2222")
    assert bound({"A": right}, slots=slots).cards["A"] is right
    for other in ("sftp://files.hotel.example", "https://files.hotel.example:2222"):
        with pytest.raises(OriginRefused):
            bound({"A": card(kind="sftp_password", fields=fields, origin=other)}, slots=slots)
