"""Controls that lead on are told apart by what they say and by the page they stand on."""

from __future__ import annotations

import pytest

from agent.login.facts import RawButton, RawLayer, RawLine, RawLink
from agent.login.observation import Observation, Way, WayKind
from tests.unit.login.looks import button, field, link, seen

LOGIN = (field(label="User"), field("password", label="Password"), button("Log in"))
CODE = (RawLine("Enter the code from your authenticator app"), field(label="Code", maxlength=6))


def texts(found: Observation, *kinds: WayKind) -> list[str]:
    return [way.button.text for way in found.ways if not kinds or way.kind in kinds]


def only(found: Observation) -> Way:
    assert len(found.ways) == 1
    return found.ways[0]


@pytest.mark.parametrize(
    "text",
    [
        "Continue with Google", "Sign in with SSO", "Mit Microsoft anmelden", "Company login",
        "Se connecter avec FranceConnect", "使用微信登录", "Googleでログイン", "Log in with Okta",
        "Single Sign-On", "Войти через Яндекс", "Google ile giriş yap", "카카오로 로그인",
        "تسجيل الدخول باستخدام Google", "Inloggen met je werkaccount", "SAML login",
    ],
)  # fmt: skip
def test_a_provider_is_a_way_beside_a_form(text: str) -> None:
    assert only(seen(*LOGIN, button(text, kind="button"))).kind is WayKind.PROVIDER


def test_a_provider_known_by_its_address_is_a_way_with_its_host() -> None:
    way = only(seen(*LOGIN, link("Keycloak", "https://id.example:8443/auth/oidc/start", 1)))
    assert way.kind is WayKind.PROVIDER
    assert way.host == "id.example:8443"


@pytest.mark.parametrize(
    "text",
    [
        "Follow us on Facebook", "Google", "Sign up with Google", "Forgot password?", "Help",
        "Share on Twitter", "Create account", "Privacy", "Show password", "Resend code",
        "Download for Apple", "Skip to content",
    ],
)  # fmt: skip
def test_other_links_beside_a_form_lead_nowhere(text: str) -> None:
    assert seen(*LOGIN, link(text, "https://www.example.com/#x")).ways == ()


def test_a_forms_own_button_is_never_a_way() -> None:
    found = seen(field(label="User"), field("password"), button("Sign in with password"))
    assert found.form
    assert found.form.submit
    assert found.ways == ()


@pytest.mark.parametrize("text", ["Log in", "Anmelden", "Se connecter", "ログイン", "Войти"])
def test_a_sign_in_link_leads_on_from_a_page_without_a_form(text: str) -> None:
    way = only(seen(RawLine("Welcome"), link(text, "https://a.example/login")))
    assert (way.kind, way.host) == (WayKind.SIGN_IN, "a.example")


def test_continuing_by_mail_opens_a_form_where_there_is_none() -> None:
    found = seen(button("Continue with Google"), button("Continue with email"))
    assert texts(found, WayKind.SIGN_IN) == ["Continue with email"]
    assert texts(found, WayKind.PROVIDER) == ["Continue with Google"]


def test_a_password_can_be_asked_for_where_a_page_offers_a_code() -> None:
    link_ = link("Use your password instead")
    assert texts(seen(*CODE, link_), WayKind.PASSWORD) == ["Use your password instead"]
    assert texts(seen(*LOGIN, link("Use your password")), WayKind.PASSWORD) == []


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("Authenticator app", "totp"),
        ("Text message to •• 12", "sms"),
        ("Email a code to j…@example.com", "email"),
        ("Use a recovery code", "recovery"),
        ("Security key", "passkey"),
        ("Approve on your phone", "push"),
        ("Codice di recupero", "recovery"),
        ("認証アプリ", "totp"),
    ],
)
def test_second_factors_can_be_chosen_by_button(text: str, method: str) -> None:
    found = seen(RawLine("Two-step verification: choose a method"), button(text))
    assert only(found).method == method


def test_second_factors_can_be_chosen_by_radio_button_and_submit() -> None:
    app = field("radio", label="Authenticator app")
    mail = field("radio", label="Email")
    back, go = button("Back"), button("Next")
    found = seen(RawLine("Choose how to verify your identity (two-step)"), app, mail, back, go)
    chosen = [way for way in found.ways if way.kind is WayKind.METHOD]
    assert [(way.method, way.submit.text if way.submit else "") for way in chosen] == [
        ("totp", "Next"),
        ("email", "Next"),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Try another way", WayKind.ANOTHER),
        ("Andere Methode wählen", WayKind.ANOTHER),
        ("Enter code manually", WayKind.MANUAL),
    ],
)
def test_other_ways_to_prove_it_are_told(text: str, kind: WayKind) -> None:
    page = (RawLine("Check your phone: approve the request in your authenticator app"),)
    assert only(seen(*page, button(text))).kind is kind


def test_a_dashboard_offers_no_methods() -> None:
    page = (RawLine("Orders"), button("Email the guest"), button("Text message"), link("Phone"))
    assert seen(*page).ways == ()


ASKS = RawLine("Guest app wants to access your account", heading=True)


@pytest.mark.parametrize("words", [("Deny", "Allow"), ("Abbrechen", "Zulassen")])
def test_consent_is_given_by_the_right_button(words: tuple[str, str]) -> None:
    line = RawLine("Die Anwendung möchte auf Ihr Konto zugreifen")
    found = seen(ASKS, line, *(button(word) for word in words))
    assert texts(found, WayKind.CONSENT) == [words[1]]


def test_agreeing_without_being_asked_for_access_is_no_consent() -> None:
    assert texts(seen(RawLine("Order 12"), button("Approve")), WayKind.CONSENT) == []


BANNER = RawLayer(7, "cookie-banner", "We use cookies to improve your experience")


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (("Accept all", "Reject all"), "Reject all"),
        (("Accept all cookies", "Only necessary", "Settings"), "Only necessary"),
        (("Alle akzeptieren", "Ablehnen"), "Ablehnen"),
        (("Accept", "Close"), "Close"),
        (("Tout accepter", "Continuer sans accepter"), "Continuer sans accepter"),
        (("OK",), "OK"),
    ],
)
def test_a_cookie_banner_is_left_by_what_agrees_to_least(
    words: tuple[str, ...], chosen: str
) -> None:
    bar = [button(word, 0, "button", layer=7) for word in words]
    found = seen(*LOGIN, BANNER, *bar)
    assert texts(found, WayKind.DISMISS) == [chosen]


@pytest.mark.parametrize(
    ("layer", "words", "chosen"),
    [
        ("What's new in version 9", ("Show me", "Not now"), "Not now"),
        ("Take a tour of the app", ("Next", "Skip tour"), "Skip tour"),
        ("Subscribe to our newsletter", ("Subscribe", "No thanks"), "No thanks"),
        ("Neu in dieser Version", ("Mehr", "Verstanden"), "Verstanden"),
    ],
)
def test_a_dialog_is_left_by_what_closes_it(
    layer: str, words: tuple[str, ...], chosen: str
) -> None:
    parts = [button(word, 0, "button", layer=7) for word in words]
    found = seen(RawLayer(7, "modal", layer, modal=True), *parts)
    assert texts(found, WayKind.DISMISS) == [chosen]


def test_a_cross_without_text_closes() -> None:
    cross = RawButton(9, "1/9", "button", "×", name="btn-close", layer=7)
    found = seen(RawLayer(7, "modal", "News for you", modal=True), cross)
    assert only(found).kind is WayKind.DISMISS


def test_a_dialog_that_holds_the_login_is_not_closed() -> None:
    user, word = field(label="User", layer=7), field("password", layer=7)
    go = button("Log in", layer=7)
    layer = RawLayer(7, "modal login-modal", "Log in", modal=True)
    assert seen(layer, user, word, go, button("Close", kind="button", layer=7)).ways == ()


def test_terms_are_neither_accepted_nor_put_aside() -> None:
    page = (RawLine("Our terms and conditions have changed"), button("Accept"), button("Not now"))
    found = seen(*page)
    assert texts(found, WayKind.DISMISS, WayKind.CONSENT) == []
    assert texts(found, WayKind.TERMS) == ["Accept"]
    assert found.terms


def test_terms_with_a_box_are_accepted_by_the_box_and_the_button_after_it() -> None:
    box = field("checkbox", label="I agree to the terms of use")
    found = seen(RawLine("New terms of use"), box, link("Cancel"), button("Continue"))
    way = found.way(WayKind.TERMS)
    assert way
    assert way.submit
    assert (way.button.text, way.submit.text) == ("I agree to the terms of use", "Continue")


def test_a_yes_or_no_question_of_a_provider_is_answered_with_yes() -> None:
    question = RawLine("続ける: Grand Meridian?", heading=True)
    found = seen(question, button("キャンセル"), button("続ける"))
    assert texts(found, WayKind.CONSENT) == ["続ける"]


def test_links_to_other_sites_are_ways_on_a_page_to_sign_in() -> None:
    there = link("Continue · Keyring", "https://id.example/start")
    page = (there, link("Continue · Help", "https://a.example/help"))
    assert texts(seen(*page, title="Sign in"), WayKind.PROVIDER) == ["Continue · Keyring"]
    assert seen(*page, title="Weather").ways == ()


def test_consent_at_a_providers_own_address_is_no_provider() -> None:
    there = "https://a.example/oauth/authorize"
    found = seen(ASKS, button("Deny", target=there), button("Allow", target=there))
    assert [(way.kind, way.button.text) for way in found.ways] == [(WayKind.CONSENT, "Allow")]


def test_a_question_after_the_login_is_answered_with_no() -> None:
    found = seen(RawLine("Stay signed in?", heading=True), button("Yes"), button("No", 0, "button"))
    assert texts(found, WayKind.DISMISS) == ["No"]


def test_a_device_is_never_trusted_on_the_way() -> None:
    found = seen(RawLine("Trust this device?"), button("Trust this device"), button("Not now"))
    assert texts(found) == ["Not now"]


def test_a_form_under_something_is_covered() -> None:
    user = field(label="User", covered=True)
    assert seen(user, field("password"), button("Log in")).covered
    assert not seen(*LOGIN).covered


def test_what_a_page_without_a_form_waits_for_is_told() -> None:
    assert seen(RawLine("Insert your security key and touch it")).passkey
    assert seen(RawLine("Approve the sign-in on your phone")).elsewhere
    assert not seen(*LOGIN, RawLine("Approve the sign-in on your phone")).elsewhere


def test_links_that_nobody_sees_are_no_ways() -> None:
    hidden: RawLink = link("Log in", "https://a.example/login", visible=False)
    assert seen(hidden).ways == ()
