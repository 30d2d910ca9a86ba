"""What every second factor promises; a new line in the table is tested without a new test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from agent.login.account import Account, CodeSource
from agent.login.mfa import SECOND_FACTORS
from agent.vault.origin import OriginPolicy
from agent.vault.secret import Secret, SecretCard

if TYPE_CHECKING:
    from agent.login.second_factor import Desk

FOLDER = Path(__file__).parents[2] / "agent/login/mfa"
NAMES = list(SECOND_FACTORS)
KINDS = frozenset({"totp", "email", "sms", "recovery", ""})


def account(*fields: str, codes: str | None = None) -> Account:
    policy = OriginPolicy.parse(["https://hotel.example"])
    named = ("username", "password", *fields)
    card = SecretCard("id", "name", "login", named, policy, 1, "test", "restricted", "")
    source = CodeSource(codes, cast("Desk", None)) if codes else None  # type: ignore[arg-type]  # any name of the table
    return Account(Secret(card, "LOGIN"), source)


def test_every_file_has_its_line_and_every_line_its_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} - {"__init__"} == SECOND_FACTORS.modules()


@pytest.mark.parametrize("name", NAMES)
def test_it_says_which_challenges_it_answers(name: str) -> None:
    factor = SECOND_FACTORS[name]
    assert factor.kinds
    assert factor.kinds <= KINDS
    assert isinstance(factor.repeats, bool)


@pytest.mark.parametrize("name", NAMES)
def test_an_account_without_codes_has_none_of_them(name: str) -> None:
    assert not SECOND_FACTORS[name].fits(account())


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_the_account_that_has_what_it_needs_and_no_other(name: str) -> None:
    fields, codes = (("totp",), None) if name == "totp" else ((), name)
    methods = account(*fields, codes=codes).methods()
    assert [method.name for method in methods] == [name]


def test_the_key_of_the_secret_comes_before_codes_from_outside() -> None:
    methods = account("totp", codes="operator").methods()
    assert [method.name for method in methods] == ["totp", "operator"]
