"""One-time codes on pages of our own, of every make; and what only looks like one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.login.facts import RawGroup, RawLine
from agent.login.observation import FormKind, Observation
from tests.unit.login.looks import button, field, seen

if TYPE_CHECKING:
    from agent.login.facts import RawField

LEADS = {
    "en": "Enter the 6-digit code from your authenticator app",
    "de": "Geben Sie den Bestätigungscode aus Ihrer App ein",
    "fr": "Saisissez le code de vérification à 6 chiffres",
    "es": "Introduce el código de verificación",
    "it": "Inserisci il codice di verifica",
    "pt": "Digite o código de verificação",
    "nl": "Voer de verificatiecode in",
    "sv": "Ange verifieringskoden: engångskod",
    "pl": "Wpisz kod weryfikacyjny",
    "cs": "Zadejte ověřovací kód",
    "tr": "Doğrulama kodu girin",
    "ru": "Введите код подтверждения",
    "uk": "Введіть код підтвердження",
    "ja": "認証コードを入力してください",
    "zh": "请输入短信验证码",
    "ko": "인증 코드를 입력하세요",
    "ar": "أدخل رمز التحقق",
    "he": "הזן את קוד אימות",
    "vi": "Nhập mã xác minh",
    "id": "Masukkan kode verifikasi",
}


def boxes(count: int, **more: object) -> list[RawField]:
    kind = str(more.pop("kind", "text"))
    return [
        field(kind, box=(60 * n, 10, 40, 44), order=1000 + n, **more)  # type: ignore[arg-type]
        for n in range(count)
    ]


SINGLE = {
    "autocomplete": {"autocomplete": "one-time-code"},
    "name": {"name": "otp"},
    "name in parts": {"name": "token-otp_token"},
    "id": {"id": "verification_code", "maxlength": 6},
    "label": {"label": "Code"},
    "placeholder": {"placeholder": "123 456", "maxlength": 7, "shape": "numeric"},
    "digits": {"shape": "[0-9]* \\d{6}", "maxlength": 6},
    "nothing": {"name": "q7"},
    "number": {"kind": "number", "name": "code"},
    "phone keys": {"kind": "tel", "name": "passcode"},
    "hidden": {"kind": "password", "name": "code", "aria": "PIN"},
    "hidden token": {"kind": "password", "name": "otp_token", "label": "Token"},
}
BOXES = {
    "six": {"maxlength": 1},
    "four": {"count": 4, "maxlength": 1},
    "eight": {"count": 8, "maxlength": 1},
    "without a length": {},
    "of numbers": {"kind": "number"},
    "for phones": {"kind": "tel", "maxlength": 1, "shape": "numeric"},
    "hidden": {"kind": "password", "maxlength": 1},
    "labelled": {"maxlength": 1, "aria": "Digit"},
    "first takes a paste": {"maxlength": 1, "autocomplete": "one-time-code"},
}
Shape = tuple[str, str]
ASKING: list[Shape] = [(lead, make) for lead in LEADS for make in [*SINGLE, *BOXES]]


def page_of(lead: str, make: str) -> tuple[Observation, list[RawField]]:
    if make in SINGLE:
        more = dict(SINGLE[make])
        asked = [field(str(more.pop("kind", "text")), **more)]
    else:
        boxed = dict(BOXES[make])
        asked = boxes(int(boxed.pop("count", 6)), **boxed)
    beside = [field("checkbox", label="Don't ask again on this device")]
    line = RawLine(LEADS[lead], order=1)
    return seen(line, *asked, *beside, button("Back"), button("Verify")), asked


def test_nearly_every_code_is_found_whole_in_20_languages() -> None:
    missed, found = [], 0
    for lead, make in ASKING:
        observed, asked = page_of(lead, make)
        code = observed.form.code if observed.form else None
        spots = [spot.key for spot in code.spots] if code else []
        if spots == [f"d#{raw.key}" for raw in asked]:
            found += len(asked)
        else:
            missed.append((lead, make, len(asked)))
    total = found + sum(entry[2] for entry in missed)
    assert found / total >= 0.95, missed


def test_two_halves_are_one_code() -> None:
    halves = boxes(2, maxlength=3, shape="numeric")
    found = seen(RawLine(LEADS["pl"], order=1), *halves, button("OK"))
    assert found.form
    assert found.form.code
    assert len(found.form.code.spots) == 2


DECOYS = {
    "zip": {"label": "ZIP code", "maxlength": 5, "shape": "numeric"},
    "postal": {"name": "postal_code", "autocomplete": "postal-code", "maxlength": 5},
    "plz": {"label": "Postleitzahl", "maxlength": 5},
    "coupon": {"placeholder": "Coupon code"},
    "promo": {"name": "promo_code", "label": "Promo code"},
    "gift": {"label": "Gutscheincode"},
    "captcha": {"name": "captcha_code", "label": "Type the characters in the image"},
    "cvv": {"kind": "password", "name": "cvv", "maxlength": 3, "label": "CVV"},
    "cvc token": {
        "kind": "tel",
        "autocomplete": "cc-csc",
        "maxlength": 4,
        "label": "Security code",
    },
    "card": {"kind": "tel", "autocomplete": "cc-number", "label": "Card number"},
    "phone": {"kind": "tel", "label": "Phone number"},
    "area code": {"label": "Area code", "maxlength": 4},
    "country code": {"name": "countryCode", "maxlength": 4},
    "invite": {"label": "Invitation code"},
    "referral": {"label": "Referral code"},
    "search": {"kind": "search", "name": "q", "placeholder": "Search by code"},
    "tracking": {"label": "Tracking code"},
    "birth year": {"name": "year", "maxlength": 4, "shape": "numeric"},
    "優惠": {"placeholder": "优惠码"},
    "郵便番号": {"label": "郵便番号", "maxlength": 7},
}


@pytest.mark.parametrize("name", DECOYS)
@pytest.mark.parametrize("lead", ["", "Please enter your details"])
def test_what_only_looks_like_a_code_gets_no_answer(name: str, lead: str) -> None:
    more = dict(DECOYS[name])
    asked = field(str(more.pop("kind", "text")), **more)
    found = seen(RawLine(lead), asked, button("Continue"))
    assert found.form is None or found.form.code is None


@pytest.mark.parametrize("name", ["zip", "coupon", "phone", "search", "cvv", "captcha"])
def test_a_decoy_beside_a_code_is_left_alone(name: str) -> None:
    more = dict(DECOYS[name])
    decoy = field(str(more.pop("kind", "text")), group=2, **more)
    code = field(label="One-time code", maxlength=6)
    found = seen(RawLine(LEADS["en"]), decoy, button("Go", group=2), code, button("Verify"))
    assert found.form
    assert found.form.code
    assert found.form.code.key == f"d#{code.key}"


def test_a_code_beside_name_and_password_belongs_to_the_login() -> None:
    parts = (field(label="User"), field("password"), field(label="One-time code"))
    form = seen(*parts, button("Sign in")).form
    assert form
    assert form.kind is FormKind.LOGIN
    assert form.code
    assert form.code.key == f"d#{parts[2].key}"


def test_a_recovery_code_beside_it_is_not_the_code() -> None:
    code, recovery = field(label="Code", name="code"), field(label="Recovery code", name="recovery")
    form = seen(RawLine(LEADS["en"]), recovery, code, button("Verify")).form
    assert form
    assert form.code
    assert form.code.key == f"d#{code.key}"


@pytest.mark.parametrize(
    ("lead", "method"),
    [
        ("Open your authenticator app and type the code", "totp"),
        ("We sent a text message (SMS) with a verification code", "sms"),
        ("We sent a verification code to your email", "email"),
        ("Enter the verification code", ""),
    ],
)
def test_a_form_says_which_factor_its_code_is_of(lead: str, method: str) -> None:
    line = RawLine(lead, group=1)
    form = seen(line, field(label="Code", maxlength=6), button("Verify")).form
    assert form
    assert form.method == method


def test_the_box_that_spares_a_code_is_told_and_only_unticked() -> None:
    box = field("checkbox", label="Remember this device for 30 days")
    page = (RawLine(LEADS["en"]), field(label="Code"), button("Verify"))
    form = seen(*page, box).form
    assert form
    assert form.trust
    assert form.trust.key == f"d#{box.key}"
    ticked = field("checkbox", label="Remember this device for 30 days", length=1)
    form = seen(*page, ticked).form
    assert form
    assert form.trust is None


def test_a_quantity_column_is_no_code() -> None:
    cells = boxes(6, kind="number")
    found = seen(RawLine("Your cart"), *cells, RawGroup(1, words="cart"), button("Update"))
    assert found.form is None


def test_a_code_that_may_be_left_empty_is_no_trap() -> None:
    asked = {"label": "2FA code:", "name": "2fa", "placeholder": "If you have no 2FA, leave empty"}
    login = (field(label="Username"), field("password", label="Password"))
    found = seen(*login, field(**asked), button("Sign in")).form
    assert found is not None
    assert found.code is not None
    trap = {"label": "Leave empty", "name": "contact"}
    found = seen(*login, field(**trap), button("Sign in")).form
    assert found is not None
    assert found.code is None
