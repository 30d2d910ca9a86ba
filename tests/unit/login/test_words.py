"""Word matching: folded, whole words, open ends, scripts without spaces."""

from __future__ import annotations

import pytest

from agent.login.words import Words, fold, split_name, vocabulary


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
        ("Too many failed attempts", "locked"),
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
    words = Words({"inside": {}, "two": {"en": ["sign in"]}})
    assert words.kinds("sign", "in") == frozenset()
    assert words.kinds("please sign in") == {"two"}
