"""One-time codes: the vectors of the RFCs, and keys in every form that sites hand out."""

from __future__ import annotations

import base64
import hmac
import random
import struct
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import UsageError
from agent.vault.totp import ALGORITHMS, TotpKey, code_at, parse_key

if TYPE_CHECKING:
    from collections.abc import Iterator

ASCII_SEED = b"12345678901234567890"
SEEDS = {"SHA1": ASCII_SEED, "SHA256": (ASCII_SEED * 2)[:32], "SHA512": (ASCII_SEED * 4)[:64]}
BASE32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

# RFC 6238 appendix B: time, then the code by each algorithm.
RFC_6238 = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]
# RFC 4226 appendix D.
RFC_4226 = [
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
]


@pytest.mark.parametrize("algorithm", SEEDS)
@pytest.mark.parametrize("row", RFC_6238)
def test_codes_are_those_of_rfc_6238(row: tuple[int, str, str, str], algorithm: str) -> None:
    key = TotpKey(SEEDS[algorithm], algorithm, digits=8)
    expected = dict(zip(SEEDS, row[1:], strict=True))[algorithm]
    assert code_at(key, key.counter_at(row[0])) == expected


@pytest.mark.parametrize(("counter", "code"), list(enumerate(RFC_4226)))
def test_codes_are_those_of_rfc_4226(counter: int, code: str) -> None:
    assert code_at(TotpKey(ASCII_SEED), counter) == code


def reference(key: TotpKey, counter: int) -> str:
    """RFC 4226 section 5.3, written from its text."""
    mac = hmac.digest(key.seed, struct.pack(">Q", counter), key.algorithm.lower())
    at = mac[-1] & 15
    number = struct.unpack(">I", mac[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**key.digits:0{key.digits}d}"


def test_5000_random_keys_and_counters_agree_with_a_reference_made_from_the_text() -> None:
    drawn = random.Random(6238)  # noqa: S311 - the cases must be the same every time
    for _ in range(5000):
        seed = drawn.randbytes(drawn.randint(1, 70))
        key = TotpKey(seed, drawn.choice(list(ALGORITHMS)), drawn.randint(6, 8))
        counter = drawn.choice([drawn.randrange(2**31), drawn.randrange(2**63)])
        assert code_at(key, counter) == reference(key, counter)


def test_a_key_of_80_bits_makes_codes_and_is_not_called_weak() -> None:
    key = parse_key("GEZDGNBVGY3TQOJQ")
    assert len(key.seed) == 10
    assert not key.weak
    assert code_at(key, 1) == reference(key, 1)


def test_a_shorter_key_makes_codes_and_is_called_weak() -> None:
    key = parse_key("GEZDGNBVGY3TQ")
    assert len(key.seed) == 8
    assert key.weak
    assert code_at(key, 1) == reference(key, 1)


@pytest.fixture
def zones() -> Iterator[list[str]]:
    """Set the process's time zone; the zone of before is put back."""
    patch = pytest.MonkeyPatch()
    yield ["America/New_York", "Europe/London", "Australia/Lord_Howe", "UTC"]
    patch.undo()
    time.tzset()


def test_the_repeated_hour_of_the_end_of_summer_time_changes_nothing(zones: list[str]) -> None:
    key = TotpKey(ASCII_SEED)
    first = 1_762_056_000  # two hours before New York repeats an hour, 2025-11-02
    moments = range(first, first + 4 * 3600, 30)
    patch = pytest.MonkeyPatch()
    seen = []
    for zone in zones:
        patch.setenv("TZ", zone)
        time.tzset()
        seen.append([code_at(key, key.counter_at(moment)) for moment in moments])
    patch.undo()
    assert len(moments) == 480
    assert seen == [[reference(key, moment // 30) for moment in moments]] * len(zones)


@pytest.mark.parametrize(
    "text",
    [
        BASE32,
        BASE32.lower(),
        "gezd gnbv gy3t qojq GEZD GNBV GY3T QOJQ",
        "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ",
        "GEZD\u2013GNBV\u00a0GY3T\tQOJQ\nGEZDGNBV GY3TQOJQ",
        f"  {BASE32}\n",
        f"{BASE32}====",
        f"{BASE32} = = =",
        f"otpauth://totp/Hotel:alice?secret={BASE32}&issuer=Hotel",
        f"OTPAUTH://TOTP/Hotel%3Aalice?secret={BASE32.lower()}",
        f"otpauth://totp/?secret={BASE32}",
        f"otpauth://totp?secret={BASE32}",
        f"otpauth://totp/x?secret={BASE32}%3D%3D&algorithm=sha1&digits=6&period=30",
        f"otpauth://totp/x?secret={BASE32}&algorithm=HmacSHA1&image=https%3A%2F%2Fx.example%2Fi",
        f"otpauth://totp/x?SECRET={BASE32}&algorithm=SHA-1#there",
        f"  otpauth://totp/x?secret={BASE32}&&counter=5\n",
    ],
)
def test_a_key_is_read_in_every_form_people_paste(text: str) -> None:
    assert parse_key(text) == TotpKey(ASCII_SEED)


def test_padding_may_be_missing_right_or_too_much() -> None:
    for size in range(1, 21):
        seed = ASCII_SEED[:size]
        whole = base64.b32encode(seed).decode()
        for text in (whole, whole.rstrip("="), whole + "==="):
            assert parse_key(text).seed == seed


def test_a_link_gives_algorithm_digits_and_period() -> None:
    text = f"otpauth://totp/x?secret={BASE32}&algorithm=sha512&digits=8&period=60"
    assert parse_key(text) == TotpKey(ASCII_SEED, "SHA512", 8, 60)


def test_two_issuers_are_a_note_and_no_error() -> None:
    text = f"otpauth://totp/Hotel:alice?secret={BASE32}&issuer="
    assert parse_key(text + "Other").notes == ("the otpauth:// link names two different issuers",)
    assert parse_key(text + "Hotel").notes == ()


LINK = f"otpauth://totp/x?secret={BASE32}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" - ", "empty"),
        ("====", "position 1"),
        ("GEZDGNB1", "position 8"),
        ("GEZD GNB0", "position 9"),
        ("  GEZ!GNBV", "position 6"),
        ("GEZD=GNB", "position 6"),
        ("GEZDGNB\u017f", "position 8"),
        ("GEZDGNB\u0131", "position 8"),
        ("GEZDGN\u200bBV", "position 7"),
        ("\uff27EZDGNBV", "position 1"),
        ("GEZDGNBVG", "cut off"),
        ("GEZDGNBVGY3", "cut off"),
        ("GEZDGNBVGY3TQO", "cut off"),
        ("A" * 5000, "too long"),
        (f"otpauth://hotp/x?secret={BASE32}&counter=1", "HOTP"),
        (f"otpauth://motp/x?secret={BASE32}", "time-based"),
        ("otpauth://totp/x", "no secret="),
        ("otpauth://totp/x?secret=", "no secret="),
        ("otpauth://totp/x?secret=GEZDGNB1", "position 8"),
        (f"{LINK}&secret=AAAAAAAA", "twice"),
        (f"{LINK}&SECRET=AAAAAAAA", "twice"),
        (f"{LINK}&digits=6&digits=6", "twice"),
        (f"{LINK}&digits=5", "6 to 8"),
        (f"{LINK}&digits=9", "6 to 8"),
        (f"{LINK}&digits=", "6 to 8"),
        (f"{LINK}&digits=\u0667", "6 to 8"),
        (f"{LINK}&digits=six", "6 to 8"),
        (f"{LINK}&period=9", "10 to 120"),
        (f"{LINK}&period=121", "10 to 120"),
        (f"{LINK}&period=-30", "10 to 120"),
        (f"{LINK}&period=30.0", "10 to 120"),
        (f"{LINK}&period={'9' * 400}", "10 to 120"),
        (f"{LINK}&algorithm=MD5", "algorithm"),
        (f"{LINK}&algorithm=", "algorithm"),
        (f"{LINK}&encoder=steam", "encoder"),
        ("steam://GEZDGNBVGY3TQOJQ", "another kind"),
        ("otpauth-migration://offline?data=CjEKCkhl", "another kind"),
        ("https://hotel.example/?secret=GEZDGNBV", "another kind"),
    ],
)
def test_what_is_no_key_is_refused_with_the_reason_and_without_the_key(
    text: str, reason: str
) -> None:
    with pytest.raises(UsageError) as refused:
        parse_key(text)
    shown = f"{refused.value.message} {refused.value.hint}"
    assert reason in shown
    assert "GEZD" not in shown
    assert refused.value.__context__ is None or refused.value.__suppress_context__


def test_a_key_prints_without_its_seed() -> None:
    key = TotpKey(ASCII_SEED)
    assert f"{key} {key!r} {[key]}" == "TotpKey(***) TotpKey(***) [TotpKey(***)]"


def test_a_code_of_a_counter_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        code_at(TotpKey(ASCII_SEED), -1)


def test_identities_differ_when_any_part_of_a_key_does() -> None:
    keys = [TotpKey(b"a" * 10), TotpKey(b"a" * 11), TotpKey(b"a" * 10, "SHA256")]
    keys += [TotpKey(b"a" * 10, digits=7), TotpKey(b"a" * 10, period=60)]
    assert len({key.identity() for key in keys}) == len(keys)
    assert TotpKey(b"a" * 10, notes=("x",)).identity() == keys[0].identity()


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    seed=st.binary(min_size=1, max_size=80),
    algorithm=st.sampled_from(sorted(ALGORITHMS)),
    digits=st.integers(6, 8),
    period=st.integers(10, 120),
)
def test_the_stored_form_reads_back_as_the_same_key(
    seed: bytes, algorithm: str, digits: int, period: int
) -> None:
    key = TotpKey(seed, algorithm, digits, period)
    assert parse_key(key.uri()) == key
    assert parse_key(key.uri()).uri() == key.uri()


@settings(max_examples=300, derandomize=True, deadline=None)
@given(text=st.text(max_size=60) | st.text(max_size=60).map(lambda tail: LINK + "&" + tail))
def test_no_pasted_text_makes_any_other_error(text: str) -> None:
    with suppress(UsageError):
        parse_key(text)
