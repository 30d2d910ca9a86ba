"""What a form is for, where one property alone would mislead."""

from __future__ import annotations

from typing import Any

from agent.login.facts import RawLine
from agent.login.forms import Verdict, judge_groups
from agent.login.groups import read_page
from agent.login.observation import FormKind, WayKind
from tests.unit.login.looks import button, field, look, seen


def _verdict(*parts: object) -> Verdict:
    (verdict,) = judge_groups(read_page(look(*parts), 0))
    return verdict


def _word(said: str, **more: Any) -> Any:
    return field("password", placeholder=said, **more)


def test_an_old_password_beside_new_ones_makes_a_change_without_any_other_word() -> None:
    verdict = _verdict(
        _word("current password", autocomplete="current-password"),
        _word("new password", autocomplete="new-password"),
        _word("confirm new password", autocomplete="new-password"),
    )
    assert verdict.kind == "change"
    assert verdict.current is not None
    assert verdict.current.raw.placeholder == "current password"


def test_a_current_password_that_is_confirmed_is_a_new_one() -> None:
    """Some sites put the token of a login on the fields of their sign-up form."""
    verdict = _verdict(
        field(label="Username", id="signup-username"),
        _word("Password", autocomplete="current-password"),
        _word("Confirm Password", autocomplete="current-password"),
        field("email", label="Email"),
        button("Sign Up"),
    )
    assert (verdict.kind, verdict.current) == ("signup", None)


def test_a_lone_field_whose_own_label_speaks_of_signing_in_is_a_first_step() -> None:
    form = seen(field(label="Sign in to the shop: account name"), button("Continue")).form
    assert form is not None
    assert form.kind is FormKind.IDENTIFIER


def test_a_social_security_number_that_is_typed_hidden_is_no_password() -> None:
    parts = [field("password", label="Social Security Number"), field("password", name="SSN_2")]
    verdict = _verdict(*parts, button("Next"))
    assert verdict.group.passwords == ()


def test_terms_of_service_are_recognised_in_italian() -> None:
    page = seen(
        RawLine("Nuove condizioni di servizio", heading=True),
        button("Accetto e continuo", kind="submit"),
    )
    assert WayKind.TERMS in {way.kind for way in page.ways}
