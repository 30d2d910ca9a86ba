"""Word matching: folded, whole words, open ends, scripts without spaces."""

from __future__ import annotations

import pytest

from agent.login.words import Words, fold, languages, split_name, vocabulary


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Contraseña", "contrasena"),
        ("  Nom d'utilisateur ", "nom d utilisateur"),
        ("HASŁO", "haslo"),
        ("Kullan\N{LATIN SMALL LETTER DOTLESS I}c\N{LATIN SMALL LETTER DOTLESS I}", "kullanici"),
        ("Bekræft kode", "bekraeft kode"),
        ("user_name-2", "user name 2"),
        ("メール", "メール"),
        ("Straße", "strasse"),
        ("비밀번호", "비밀번호"),
    ],
)
def test_folding_leaves_what_is_compared(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_folding_twice_changes_nothing() -> None:
    for text in ("Ünïcode", "パスワード", "Пароль", "كلمة السر", "비밀번호"):
        assert fold(fold(text)) == fold(text)


def test_names_are_parted_at_capitals() -> None:
    assert split_name("loginUserName2") == "login User Name2"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Password", "password"),
        ("Ihr Kennwort", "password"),
        ("Mot de passe", "password"),
        ("パスワード", "password"),
        ("密码", "password"),
        ("סיסמה", "password"),
        ("كلمة المرور", "password"),
        ("รหัสผ่าน", "password"),
        ("Benutzername", "username"),
        ("Nom d'utilisateur", "username"),
        ("Имя пользователя", "username"),
        ("用户名", "username"),
        ("Sign in", "sign_in"),
        ("Einloggen", "sign_in"),
        ("Giriş Yap", "sign_in"),
        ("ログイン", "sign_in"),
        ("Weiter", "go_on"),
        ("Cancel", "not_submit"),
        ("Abbrechen", "not_submit"),
        ("Continue with Google", "not_submit"),
        ("Show password", "not_submit"),
        ("Create account", "sign_up"),
        ("Zugang gesperrt", "locked"),
        ("Too many failed attempts", "rate_limited"),
        ("Zu viele Versuche. Bitte später erneut versuchen.", "rate_limited"),
        ("Please wait 5 minutes", "rate_limited"),
        ("Your password has expired", "expired"),
        ("パスワードの有効期限が切れました", "expired"),
        ("Mit Google anmelden", "with"),
        ("使用微信登录", "with"),
        ("Googleでログイン", "with"),
        ("Continue with Okta", "provider"),
        ("Use your password instead", "use_password"),
        ("Passwort verwenden", "use_password"),
        ("Versuche es auf andere Weise", "another"),
        ("Try another way", "another"),
        ("Enter code manually", "manual"),
        ("Saisir le code", "manual"),
        ("Autoriser", "consent"),
        ("Nur notwendige Cookies", "reject"),
        ("Tout refuser", "reject"),
        ("Plus tard", "dismiss"),
        ("Not now", "dismiss"),
        ("Diesem Gerät vertrauen", "trust"),
        ("Don't ask again on this computer", "trust"),
        ("Clé de sécurité", "passkey"),
        ("Approve the sign-in request on your phone", "elsewhere"),
        ("Scanne den QR-Code: scannen Sie den QR-Code", "elsewhere"),
        ("Wiederherstellungscode verwenden", "recovery_code"),
        ("Your account is locked.", "locked"),
        ("Compte verrouillé", "locked"),
        ("Cuenta bloqueada", "locked"),
        ("アカウントがロックされました", "locked"),
        ("Invalid username or password.", "wrong"),
        ("Falsches Passwort", "wrong"),
        ("Mot de passe incorrect", "wrong"),
        ("Contraseña incorrecta", "wrong"),
        ("Неверный пароль", "wrong"),
        ("Nieprawidłowe hasło", "wrong"),
        ("密码错误", "wrong"),
        ("パスワードが正しくありません", "wrong"),
        ("비밀번호가 일치하지 않습니다", "wrong"),
        ("كلمة المرور غير صحيحة", "wrong"),
        ("הסיסמה שגויה", "wrong"),
        ("Geçersiz şifre", "wrong"),
        ("Verification code", "second_factor"),
        ("Bestätigungscode", "second_factor"),
        ("Code de vérification", "second_factor"),
        ("認証コード", "second_factor"),
        ("Remember me", "remember"),
        ("Angemeldet bleiben", "remember"),
        ("Log out", "sign_out"),
        ("Abmelden", "sign_out"),
        ("I'm not a robot", "captcha"),
    ],
)
def test_a_text_speaks_of_its_kind(text: str, kind: str) -> None:
    assert kind in vocabulary().kinds(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Compass", "password"),
        ("Last login: yesterday", "locked"),
        ("3 guests are waiting", "wrong"),
        ("Wrongly dressed", "wrong"),
        ("Blog", "username"),
        ("Sign up", "sign_in"),
        ("Passport number", "code"),
        ("Postleitzahl", "code"),
        ("Good morning", "sign_out"),
        ("Mit freundlichen Grüßen", "with"),
        ("Sign in", "with"),
        ("Trust us", "trust"),
    ],
)
def test_a_text_does_not_speak_of_what_only_looks_alike(text: str, kind: str) -> None:
    assert kind not in vocabulary().kinds(text)


def test_names_written_together_are_found_by_their_pieces() -> None:
    words = vocabulary()
    assert "username" in words.name_kinds("txtuserid")
    assert "password" in words.name_kinds("ctl00$userpasswd")
    assert "second_factor" in words.name_kinds("token-otp_token")
    assert "search" in words.name_kinds("mainsearchbox")


def test_each_text_is_read_for_itself() -> None:
    words = Words({"en": {"two": ["sign in"]}}, {})
    assert words.kinds("sign", "in") == frozenset()
    assert words.kinds("please sign in") == {"two"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mit Konto anmelden", True),
        ("mit a b c d anmelden", True),
        ("mit a b c d e anmelden", False),
    ],
)
def test_a_gap_in_a_term_is_a_few_words_wide(text: str, *, found: bool) -> None:
    words = Words({"de": {"with": ["mit * anmelden"]}}, {})
    assert ("with" in words.kinds(text)) is found


EVERYWHERE = {
    "username", "phone", "password", "new", "code", "second_factor", "recovery_code", "not_code",
    "not_username", "captcha", "sign_in", "sign_up", "go_on", "cancel", "show", "resend", "forgot",
    "recovery", "remember", "trust", "sign_out", "search", "newsletter", "wrong", "locked",
    "rate_limited", "expired", "site_error", "use_password", "another", "manual", "with", "company",
    "passkey", "elsewhere", "app", "sms", "asks_access", "consent", "terms", "reject", "dismiss",
    "accept", "cookie", "tries_left", "leave_empty",
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(EVERYWHERE))
def test_a_kind_is_known_in_25_languages_at_least(kind: str) -> None:
    speaking = [code for code, terms in languages().items() if terms.get(kind)]
    assert len(speaking) >= 25


def test_every_kind_that_is_written_is_a_known_one() -> None:
    rare = {"email", "old", "not_submit", "stay", "news"}
    assert {kind for terms in languages().values() for kind in terms} == EVERYWHERE | rare


def test_every_term_is_found_in_itself() -> None:
    words = vocabulary()
    for terms_by_kind in languages().values():
        for kind, terms in terms_by_kind.items():
            for term in terms:
                assert kind in words.kinds(term.replace(" * ", " x ").replace("*", "")), term
