"""What a field is for, by the words around it: the same for recordings that are read and made."""

from __future__ import annotations

import re

# In order: what matches an earlier kind is no later one. JavaScript reads them as Python does.
WORDS = {
    "password": r"pass ?w(?:or)?d|\bpass(?!eng|port|age|ion|iv)|(?<!com)(?<!by)pass\b|\bpwd?\b"
    r"|kennwort|passwort|contrase|mot de passe|\bsenha\b|wachtwoord|parola|heslo|haslo|hasło"
    r"|пароль|密码|パスワード|비밀번호",
    "totp": r"\botp\b|\btotp\b|\bmfa\b|\b2fa\b|one.?time|authenticat|verification|two.?factor"
    r"|security code|einmal|\bcode\b|\btan\b",
    "value": r"secret|token|api.?key|\bpin\b|\bcvv\b|\bcvc\b|card.?number|\biban\b|\bssn\b"
    r"|private.?key|credential|security answer",
    "username": r"user|e.?mail|login|account|benutzer|usuario|identif|phone|anmelde",
}
NO_CODE = r"post|zip|promo|coupon|voucher|country|area|language|booking"
_PATTERNS = {kind: re.compile(words, re.IGNORECASE) for kind, words in WORDS.items()}
_NO_CODE = re.compile(NO_CODE, re.IGNORECASE)


def kind_by_words(text: str) -> str | None:
    """Say what a field is for, by its label, its name or how it is found; ``None`` for no secret.

    The kinds are those of ``WORDS``.
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-]", " ", text)
    found = next((kind for kind, words in _PATTERNS.items() if words.search(spaced)), None)
    return None if found == "totp" and _NO_CODE.search(spaced) else found
