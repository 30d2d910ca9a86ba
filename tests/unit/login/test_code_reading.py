"""Which code a message gives: the one beside words for a code, and none rather than a wrong one."""

from __future__ import annotations

import pytest

from agent.login.code_reading import code_in, text_of_html

FOOT = "\n\nGrand Meridian, Seestr. 12, 12345 Berlin. © 2026. Tel. +49 30 1234567"


@pytest.mark.parametrize(
    ("subject", "body", "code"),
    [
        ("Your verification code", "Hello Ann,\n\n482913\n\nis valid for 10 min." + FOOT, "482913"),
        ("482 913 is your Hotel code", "", "482913"),
        ("G-482913 is your verification code", "", "482913"),
        ("Your code", "Your code is 2026", "2026"),
        ("Your code", "Your code is 004211 and expires at 14:30 on 12.11.2026." + FOOT, "004211"),
        ("Sign in", "Use 7K3M9Q to sign in. This code expires in 5 minutes." + FOOT, "7K3M9Q"),
        ("Hotel: one-time passcode", "Your passcode is 48291377. Reference: 1234567", "48291377"),
        ("Ihr Sicherheitscode", "Ihr Einmalcode lautet: 123-456." + FOOT, "123456"),
        ("Votre code", "Voici votre code de vérification :\n\n4 8 2 9 1 3" + FOOT, "482913"),
        ("Código de verificación", "Tu código de verificación es 482913", "482913"),
        ("Код подтверждения", "Ваш код подтверждения: 1234", "1234"),
        ("認証コード", "認証コード: 918273\n有効期限は10分です。", "918273"),
        ("您的验证码", "您的验证码是 918273。10分钟内有效。", "918273"),
        ("رمز التحقق", "رمز التحقق الخاص بك هو 918273", "918273"),
        ("קוד אימות", "קוד האימות שלך הוא 918273", "918273"),
    ],
)  # fmt: skip
def test_the_code_is_found(subject: str, body: str, code: str) -> None:
    assert code_in(subject, body) == code


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        (
            "Newsletter November 2026",
            "Rooms from 199.00 EUR. Order number 482913. Call 030 123456.",
        ),
        ("Your order 555123", "Your order 555123 has shipped." + FOOT),
        ("Security alert", "New sign-in from 203.0.113.7 on 2026-11-22 at 10:30. Call 555-0100."),
        ("Sign in", "Open https://hotel.example/login?code=482913 to sign in."),
        ("Welcome", "Ann, thank you for staying with us." + FOOT),
        ("", ""),
    ],
)
def test_a_message_without_a_code_gives_none(subject: str, body: str) -> None:
    assert code_in(subject, body) is None


def test_html_is_read_as_a_reader_sees_it() -> None:
    cells = "".join(f"<td><b>{digit}</b></td>" for digit in "482913")
    html = (
        "<html><head><title>111111</title><style>.a{color:#222222}</style></head><body>"
        f"<p>Enter this code:</p><table><tr>{cells}</tr></table><script>333333</script>"
        "<p>&copy; 2026</p></body></html>"
    )
    assert code_in("Sign in to Hotel", text_of_html(html)) == "482913"


def test_broken_html_is_read_too() -> None:
    assert code_in("Your code", text_of_html("<div><p>Your code: <b>482913</b><style>")) == "482913"
