"""Exports of Google Authenticator: what is in them, and that a damaged one is only refused."""

from __future__ import annotations

import base64
from contextlib import suppress
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import UsageError
from agent.vault.otp_migration import read_export
from tests.unit.vault.exports import account, as_link, block, link, number

SEED = b"12345678901234567890"


def test_an_account_has_its_key_and_its_name() -> None:
    export = read_export(link(account(algorithm=2, digits=2)))
    one = export.only()
    assert (one.issuer, one.name, one.title) == (
        "Hotel", "ann@hotel.example", "Hotel: ann@hotel.example",
    )  # fmt: skip
    key = one.key()
    assert (key.seed, key.algorithm, key.digits, key.period) == (SEED, "SHA256", 8, 30)
    assert (export.part, export.parts, export.place) == (1, 1, "")
    assert "3456" not in repr(export)


@pytest.mark.parametrize(
    ("numbers", "algorithm", "digits"),
    [
        ({"algorithm": 0, "digits": 0}, "SHA1", 6),
        ({"algorithm": 1, "digits": 1}, "SHA1", 6),
        ({"algorithm": 3, "digits": 2}, "SHA512", 8),
    ],
)
def test_what_is_left_open_is_the_usual(
    numbers: dict[str, int], algorithm: str, digits: int
) -> None:
    key = read_export(link(account(**numbers))).only().key()
    assert (key.algorithm, key.digits) == (algorithm, digits)


def test_a_plus_that_became_a_space_is_put_back() -> None:
    seed = b"\xef\xbe\xfb" * 7
    whole = link(account(secret=seed))
    data = unquote(whole.partition("data=")[2])
    assert "+" in data
    start = whole.partition("data=")[0]
    urlsafe = data.replace("+", "-").replace("/", "_").rstrip("=")
    for written in (data, data.replace("+", " "), data.rstrip("="), urlsafe):
        assert read_export(f"{start}data={written}").only().key().seed == seed


def test_several_accounts_are_chosen_from() -> None:
    export = read_export(
        link(account(), account(name="bob", issuer=""), account(name="Hotel:bob"), parts=3, part=1)
    )
    assert export.place == " (part 2 of 3)"
    assert [one.title for one in export.accounts] == [
        "Hotel: ann@hotel.example", "bob", "Hotel: bob",
    ]  # fmt: skip
    assert export.choose("hotel: ANN@hotel.example").name == "ann@hotel.example"
    with pytest.raises(UsageError, match=r"part 2 of 3\) holds 3 accounts"):
        export.only()
    with pytest.raises(UsageError, match="no account"):
        export.choose("carol")


def test_two_accounts_of_one_name_are_not_guessed_between() -> None:
    with pytest.raises(UsageError, match="more than one"):
        read_export(link(account(), account(secret=b"another key that it is"))).choose(
            "ann@hotel.example"
        )


@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        ({"kind": 1, "counter": 5}, "HOTP"),
        ({"kind": 0}, "no kind"),
        ({"kind": 7}, "no kind"),
        ({"algorithm": 4}, "MD5"),
        ({"algorithm": 9}, "not known"),
        ({"digits": 3}, "not known"),
        ({"digits": 2**63}, "not known"),
    ],
)
def test_an_account_that_cannot_be_used_says_why_and_spoils_no_other(
    numbers: dict[str, int], why: str
) -> None:
    export = read_export(link(account(name="odd", **numbers), account()))
    with pytest.raises(UsageError, match=why):
        export.choose("odd").key()
    assert export.choose("ann@hotel.example").key().seed == SEED


def test_an_account_without_a_key_cannot_be_used() -> None:
    with pytest.raises(UsageError, match="no key"):
        read_export(link(account(secret=b""))).only().key()


def test_fields_of_later_versions_are_passed_over() -> None:
    later = (
        number(99, 2**64 - 1) + block(77, b"x") + b"\xe9\x06" + bytes(8) + b"\xed\x06" + bytes(4)
    )
    assert read_export(link(account(), more=later)).only().key().seed == SEED


CUT = base64.b64decode(unquote(link(account()).partition("data=")[2]))


@pytest.mark.parametrize(
    "written",
    [
        "",
        "otpauth-migration://",
        "otpauth-migration://offline?data=",
        "otpauth-migration://offline?data=%%%",
        "otpauth-migration://offline?data=AAAA&data=AAAA",
        "otpauth-migration://offline?data=\u00e9",
        as_link(number(2, 1)),
        as_link(number(1, 1)),
        as_link(block(3, b"x") + account()),
        as_link(account() + b"\x00"),
        as_link(account() + b"\x0b"),
        as_link(account() + b"\xff" * 12),
        as_link(account() + b"\x12\xff\xff\xff\xff\x7f"),
        as_link(block(1, number(1, 5))),
        as_link(block(1, block(6, b"x"))),
        as_link(block(1, block(2, b"\xff"))),
        as_link(account() * 101),
        link(account(), parts=3, part=3),
        link(account(), parts=0),
        link(account(), parts=2**60),
        link(account(secret=b"x" * 20_000)),
    ],
)
def test_what_is_damaged_is_refused_in_words(written: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_export(written)


def test_every_truncation_is_refused_or_is_whole() -> None:
    """Fields after the accounts may be missing: a cut there leaves a smaller whole message."""
    accounts = len(account())
    for end in range(len(CUT)):
        if end < accounts:
            with pytest.raises(UsageError):
                read_export(as_link(CUT[:end])).only().key()


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_bring_out_another_error(payload: bytes) -> None:
    with suppress(UsageError):
        for one in read_export(as_link(payload)).accounts:
            one.key()


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(CUT) - 1), st.binary(max_size=3), st.integers(0, 3))
def test_no_change_of_a_real_export_brings_out_another_error(
    at: int, put: bytes, taken: int
) -> None:
    with suppress(UsageError):
        for one in read_export(as_link(CUT[:at] + put + CUT[at + taken :])).accounts:
            one.key()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120))
def test_no_text_brings_out_another_error(text: str) -> None:
    for written in (
        text,
        f"otpauth-migration://offline?{text}",
        f"otpauth-migration://?data={text}",
    ):
        with suppress(UsageError):
            read_export(written)
