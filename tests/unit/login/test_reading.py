"""From the facts of a look to the form to fill: the form is decided before the field."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

from agent.login.facts import RawButton, RawChallenge, RawField, RawGroup, RawLine, RawLink, RawLook
from agent.login.observation import FormKind, Observation, Spot
from agent.login.observe import selector_of, selector_of_path
from agent.login.reading import Traffic, read

NUMBERS = count(100)


def _field(kind: str = "text", group: int = 1, **more: Any) -> RawField:
    number = next(NUMBERS)
    place = more.pop("order", number)
    return RawField(number, f"1/{number}", kind, group=group, order=place, **more)


def _button(text: str, group: int = 1, kind: str = "submit", **more: Any) -> RawButton:
    number = next(NUMBERS)
    return RawButton(number, f"1/{number}", kind, text, group=group, order=number, **more)


def _look(*parts: object, **more: Any) -> RawLook:
    def of(kind: type) -> tuple[Any, ...]:
        return tuple(part for part in parts if isinstance(part, kind))

    groups = {f.group for f in of(RawField)}
    named = of(RawGroup)
    plain = tuple(RawGroup(g) for g in groups - {g.key for g in named})
    return RawLook(
        document="d",
        url="https://a.example/x",
        title="",
        ready="complete",
        status=200,
        fields=of(RawField),
        buttons=of(RawButton),
        groups=(*named, *plain),
        links=of(RawLink),
        lines=of(RawLine),
        challenges=of(RawChallenge),
        **more,
    )


def _read(*parts: object) -> Observation:
    return read((_look(*parts),), Traffic())


def test_a_login_form_is_read_with_its_fields_and_button() -> None:
    name, word = _field(label="User"), _field("password", label="Password")
    back, go = _button("Back"), _button("Sign in")
    form = _read(name, word, back, go).form
    assert form is not None
    assert form.kind is FormKind.LOGIN
    assert form.username is not None
    assert form.username.key == f"d#{name.key}"
    assert form.submit is not None
    assert form.submit.text == "Sign in"


def test_the_nearest_text_before_the_password_is_the_username_without_words() -> None:
    far, near, word = _field(), _field(), _field("password")
    form = _read(far, near, word, _button("Go")).form
    assert form is not None
    assert form.username is not None
    assert form.username.key == f"d#{near.key}"


def test_a_hidden_field_is_a_trap() -> None:
    trap = _field("password", veiled=True)
    gone = _field("password", usable=False)
    word = _field("password")
    form = _read(_field(), trap, gone, word, _button("Log in")).form
    assert form is not None
    assert form.password is not None
    assert form.password.key == f"d#{word.key}"


def test_a_sign_up_form_is_not_a_login() -> None:
    sign_up = (
        _field(label="First name"),
        _field(label="Last name"),
        _field("email", label="Email"),
        _field("password", label="Choose a password"),
        _field("password", label="Repeat the password"),
        _button("Create account"),
    )
    seen = _read(*sign_up)
    assert seen.form is None
    assert seen.new_passwords


def test_the_login_is_chosen_beside_a_sign_up_form() -> None:
    login = (_field(group=2), _field("password", group=2), _button("Log in", group=2))
    sign_up = (
        _field("email"),
        _field("password", autocomplete="new-password"),
        _button("Sign up"),
    )
    form = _read(*sign_up, *login).form
    assert form is not None
    assert form.key == "d#2"


def test_a_newsletter_is_not_an_identifier() -> None:
    assert _read(_field("email", label="Your email"), _button("Subscribe")).form is None


def test_a_search_box_is_not_an_identifier() -> None:
    assert _read(_field(name="q", placeholder="Search"), _button("Search")).form is None


def test_a_forgotten_password_page_is_not_an_identifier() -> None:
    heading = RawLine("Reset your password", heading=True)
    assert _read(heading, _field("email", label="Email"), _button("Send")).form is None


def test_an_identifier_page_is_read() -> None:
    heading = RawLine("Sign in", heading=True)
    form = _read(heading, _field("email", label="Email"), _button("Next")).form
    assert form is not None
    assert form.kind is FormKind.IDENTIFIER


def test_a_code_page_is_read() -> None:
    line = RawLine("Open your authenticator app")
    form = _read(line, _field(label="Code", maxlength=6), _button("Verify")).form
    assert form is not None
    assert form.kind is FormKind.CODE


def test_a_code_typed_hidden_is_a_code() -> None:
    form = _read(_field("password", name="otp_token", label="One-time code"), _button("OK")).form
    assert form is not None
    assert form.kind is FormKind.CODE


def test_boxes_are_one_code_in_order() -> None:
    boxes = [
        _field(maxlength=1, box=(50 * n, 10, 40, 40), aria=f"Digit {n}", order=n + 1)
        for n in range(6)
    ]
    form = _read(RawLine("Enter the 6-digit code"), *boxes, _button("Confirm")).form
    assert form is not None
    assert form.code is not None
    assert [spot.key for spot in form.code.spots] == [f"d#{box.key}" for box in boxes]


def test_other_codes_are_not_answered() -> None:
    for label in ("Zip code", "Promo code", "Country code", "CVV security code", "Phone"):
        assert _read(_field("tel", label=label, maxlength=6), _button("Apply")).form is None, label
    card = _field("tel", label="Security code", autocomplete="cc-csc", maxlength=4)
    assert _read(card, _button("Pay")).form is None


def test_a_code_beside_the_password_is_read_when_it_says_so() -> None:
    fields = (_field(label="User"), _field("password"), _field(name="2fa", label="2FA"))
    form = _read(*fields, _button("Sign in")).form
    assert form is not None
    assert form.code is not None
    other = _read(*fields[:2], _field(name="company_code", label="Company code"), _button("Go"))
    assert other.form is not None
    assert other.form.code is None


def test_a_way_out_is_a_sign_of_success_only_without_a_form() -> None:
    out = RawLink("Log out", "/logout")
    assert _read(out).signed_in
    assert _read(_button("Sign out", group=0)).signed_in
    assert not _read(out, _field(), _field("password"), _button("Log in")).signed_in


def test_an_invisible_captchas_badge_is_none() -> None:
    badge = RawChallenge("div", "grecaptcha-badge")
    assert not _read(badge).captcha
    assert _read(RawChallenge("iframe", "https://x.example/recaptcha/anchor")).captcha


def test_plain_text_is_no_notice_and_marked_text_is() -> None:
    seen = _read(RawLine("Welcome"), RawLine("Ojoj", alarm=True), RawLine("Wrong password"))
    assert [notice.text for notice in seen.notices] == ["Ojoj", "Wrong password"]


def test_the_form_of_a_frame_is_found() -> None:
    inner = replace(_look(_field(), _field("password"), _button("Log in")), document="inner")
    form = read((_look(RawLine("Outer")), inner), Traffic()).form
    assert form is not None
    assert form.password is not None
    assert form.password.spots[0].frame == 1


def test_paths_become_selectors() -> None:
    assert selector_of_path("1/2/3") == "xpath=/*[1]/*[2]/*[3]"
    assert selector_of_path("1/2/s/3/1") == (
        "xpath=/*[1]/*[2] >> css=:scope > :nth-child(3):not(:light(* > *)) >> xpath=./*[1]"
    )
    assert selector_of(Spot(0, "1/2", "k", "input", "password")).endswith("='password']")
    assert "'" not in selector_of(Spot(0, "1/2", "k", "in'put", "text")).partition(">>")[0]
