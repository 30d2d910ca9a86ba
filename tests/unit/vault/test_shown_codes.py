"""Codes that a person sees: recorded, and kept apart from those that runs type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from agent.errors import RunnerError, SecretUnfit
from agent.vault.new_secret import NewSecret
from agent.vault.origin import Origin, OriginPolicy
from agent.vault.reveal import Receiver, claim_code
from agent.vault.shown_codes import code_for_person
from agent.vault.totp import code_at, parse_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from agent.vault.store import Vault

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NOW = 1_800_000_000.0
HERE = Receiver((Origin.parse("https://hotel.example"),), "steps[1] sign_in")


def test_the_code_is_that_of_its_window_and_the_look_is_in_the_audit(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    code = code_for_person(vault, card.name, now=NOW + 3)
    assert code.text == code_at(parse_key(SEED), int(NOW // 30))
    assert (code.opens_at, code.closes_at) == (NOW, NOW + 30)
    row = vault.trail().rows()[-1]
    assert (row["action"], row["outcome"], row["object"]) == ("shown", "allowed", card.id)
    detail = json.loads(row["detail"])
    assert (detail["field"], detail["step"]) == ("totp", "shown to a person")
    assert code.text not in repr(code)


def test_no_run_types_a_code_that_was_shown_and_none_is_shown_that_a_run_has(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    shown = code_for_person(vault, card.id, now=NOW)
    assert code_for_person(vault, card.id, now=NOW + 1) == shown
    with vault.open_for_run({"LOGIN": card.ref}, "run-1") as opened:
        typed = claim_code(opened["LOGIN"], HERE, now=NOW + 2)
    assert typed.opens_at == shown.closes_at
    assert code_for_person(vault, card.id, now=NOW + 3).opens_at == typed.closes_at


def test_a_code_with_hardly_any_time_left_is_passed_over(
    vault: Vault, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    assert code_for_person(vault, card.id, now=NOW + 26).opens_at == NOW + 30


def test_a_secret_without_a_key_has_no_code(vault: Vault) -> None:
    origins = OriginPolicy.parse(["https://hotel.example"])
    vault.add(NewSecret("Plain", "value", {"value": "canary"}, origins))
    with pytest.raises(SecretUnfit, match="no TOTP key"):
        code_for_person(vault, "Plain", now=NOW)


def test_no_code_is_shown_when_the_look_cannot_be_recorded(
    vault: Vault, engine: Engine, a_login: Callable[..., NewSecret]
) -> None:
    card = vault.add(a_login())
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER no_looks BEFORE INSERT ON audit WHEN NEW.action = 'shown' "
            "BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises((RunnerError, OperationalError)):
        code_for_person(vault, card.id, now=NOW)
