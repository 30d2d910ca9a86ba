"""TOTP keys as people enter them: in any form, and what is no such key."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import UsageError
from agent.vault.totp import parse_key
from agent.vault.totp_entry import read_key, stored_form
from tests.unit.vault.exports import account, link

BASE32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
SEED = b"12345678901234567890"
WEAK = "GEZDGNBV"


@pytest.mark.parametrize(
    "written",
    [BASE32, "gezd gnbv gy3t qojq gezd gnbv gy3t qojq", f"otpauth://totp/x?secret={BASE32}",
     f"  OTPAUTH://TOTP/Hotel:ann?secret={BASE32}&issuer=Hotel\n", link(account())],
)  # fmt: skip
def test_a_key_is_stored_one_way_however_it_is_entered(written: str) -> None:
    stored = stored_form(written)
    assert parse_key(stored).seed == SEED
    assert stored == stored_form(BASE32)
    assert stored_form(stored) == stored


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=1", "HOTP"),
        (link(account(kind=1, counter=1)), "HOTP"),
        (link(account(algorithm=4)), "MD5"),
        (link(account(), account(name="bob")), "2 accounts"),
        ("+49 170 1234567", "SMS"),
        ("0170/1234567", "SMS"),
        ("(020) 7946 0018", "base32|SMS"),
        ("SMS:+491701234567", "SMS"),
        ("tel:+491701234567", "SMS"),
        ("493029", "SMS"),
        ("493 029", "SMS"),
        ("22334455", "SMS"),
        ("https://hotel.example/qr.png", "another kind"),
        ("otpauth://steam/x?secret=GEZDGNBVGY3TQOJQ", "not for a time-based"),
    ],
)
def test_what_makes_no_codes_by_time_is_refused_in_words(written: str, why: str) -> None:
    with pytest.raises(UsageError) as refused:
        stored_form(written)
    said = f"{refused.value.message} {refused.value.hint}"
    assert any(word in said for word in why.split("|")), said


def test_a_weak_key_needs_somebodys_word_and_keeps_it() -> None:
    with pytest.raises(UsageError, match="40 bits") as refused:
        stored_form(WEAK)
    assert "weak=accepted" in refused.value.hint
    accepted = stored_form(f"otpauth://totp/x?secret={WEAK}&weak=accepted")
    assert accepted == read_key(WEAK).accepted().uri()
    assert stored_form(accepted) == accepted
    assert parse_key(accepted).seed == parse_key(WEAK).seed
    for word in ("", "no", "yes"):
        with pytest.raises(UsageError):
            stored_form(f"otpauth://totp/x?secret={WEAK}&weak={word}")


def test_a_key_of_80_bits_is_not_weak() -> None:
    assert "weak" not in stored_form("GEZDGNBVGY3TQOJQ")
    assert "weak" not in stored_form("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&weak=accepted")


def refusal(text: str) -> str:
    """What a person is told; nothing where the key is taken, and taken again as stored."""
    try:
        stored = stored_form(text)
    except UsageError as refused:
        return refused.message + refused.hint
    assert stored_form(stored) == stored
    return ""


TEXTS = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="ABCDEFGHabcdefgh234567189 -=", max_size=40),
    st.text(alphabet="otpauh:/?&=%secrtdigpliom0123456789+ ", max_size=60).map(
        lambda text: f"otpauth://totp/x?secret={BASE32}&{text}"
    ),
)


@settings(max_examples=600, deadline=None)
@given(TEXTS)
def test_no_text_brings_out_another_error_and_none_is_quoted(text: str) -> None:
    assert BASE32 not in refusal(text)
