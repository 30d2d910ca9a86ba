from __future__ import annotations

import pytest

from agent.errors import UsageError
from agent.vault.secret_types.login import Login
from agent.vault.totp import parse_key

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_a_login_without_a_second_factor_is_stored_as_entered() -> None:
    entered = {"username": " bob ", "password": " p\u00e4ss wort "}
    assert Login.validate(entered) == entered


@pytest.mark.parametrize(
    "pasted",
    [
        SEED,
        SEED.lower(),
        " ".join(SEED[start : start + 4] for start in range(0, 32, 4)),
        f"otpauth://totp/Hotel:bob?secret={SEED}&issuer=Hotel",
    ],
)
def test_every_way_to_paste_a_totp_key_is_stored_alike(pasted: str) -> None:
    stored = Login.validate({"username": "u", "password": "p", "totp": pasted})
    assert stored["totp"] == parse_key(SEED).uri()


def test_a_stored_login_is_stored_again_unchanged() -> None:
    stored = Login.validate({"username": "u", "password": "p", "totp": SEED})
    assert Login.validate(stored) == stored


def test_a_key_that_is_none_is_refused_and_not_quoted() -> None:
    with pytest.raises(UsageError) as refused:
        Login.validate({"username": "u", "password": "p", "totp": "CANARY5E1F!"})
    assert "CANARY" not in refused.value.message + refused.value.hint
