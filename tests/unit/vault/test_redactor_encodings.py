"""Every class of value in every encoding: both matchers find it, and redaction removes it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from agent.vault.needles import Needles
from agent.vault.redactor import Redactor

# Loaded by path: under --import-mode=importlib a test folder is not on the import path.
_SPEC = importlib.util.spec_from_file_location("writings", Path(__file__).with_name("writings.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
writings = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(writings)

VALUES = {
    "username": "alice.o'neil+qa@exämple.com",
    "password": "hunter2-S3cret-XYZ",
    "hard password": 'p@ss "w0rd"&<é>+/=%\\Zq7',
    "code": "492816",
    "seed": "GEZDGNBVGY3TQOJQGEZDGNBV",
    "cookie": "s%3AKq9_x-7fPz.R2d2+/8aa==",
    "access token": "ya29.a0AfH6SMBx-7Qw_3kLmNoPqRsTuVwXyZ",
    "basic pair": "alice:open sesame",
    "emoji": "pass🔑word9",
    "combining": "cafe\u0301-cre\u0300me-42",
    "percent in it": "50%25off%zz&amp;\\u0041",
    "back slash at the end": "hunter22\\",
    "line end": "first line\nsecond line 22",
    "zero byte": "abc\0def12345",
    "one word": "correcthorse",
    "chinese": "我的密码很长吗",
}
AROUND = {
    "alone": (b"", b""),
    "in text": (b"before ", b" after"),
    "in broken UTF-8": (b"text \xff\xfe\x80 and ", b" \xc3( then"),
    "in json": (b'{"a": "x ', b' y", "b": [1, 2]}'),
}


_NUMERIC = ("deci", "hex", "hex ", "padd")


def _cases(table: dict[str, object]) -> list[tuple[str, str]]:
    return [(value, encoding) for value in VALUES for encoding in table]


def _applies(value: str, encoding: str) -> bool:
    """Leave out pairs that are no writing of that value: nothing can be found there."""
    if encoding == "C upper":
        return VALUES[value].upper().casefold() == VALUES[value].casefold()
    # HTML cannot say NUL: &#0; is U+FFFD. A value with <é> in it has no tags beside its own.
    return (value, encoding[:6]) not in {("zero byte", f"H {kind}") for kind in _NUMERIC} | {
        ("hard password", "S tags")
    }


def _both(value: str) -> tuple[Redactor, Needles]:
    redactor, needles = Redactor(), Needles()
    for matcher in (redactor, needles):
        matcher.add("SLOT.field", VALUES[value])
    return redactor, needles


def _check(value: str, written: bytes) -> None:
    redactor, needles = _both(value)
    for place, (before, after) in AROUND.items():
        text = before + written + after
        assert {f.label for f in redactor.find(text)} == {"SLOT.field"}, (place, text)
        assert needles.labels_in(text) == {"SLOT.field"}, (place, text)
        clean = redactor.redact(text)
        assert not needles.labels_in(clean), (place, clean)
        assert not redactor.find(clean), (place, clean)
        assert "\u2039SLOT.field\u203a".encode() in clean, place


@pytest.mark.parametrize(("value", "encoding"), _cases(writings.WRITINGS))
def test_a_value_is_found_and_removed_in_every_encoding(value: str, encoding: str) -> None:
    if not _applies(value, encoding):
        pytest.skip("not a writing of this value")
    _check(value, writings.WRITINGS[encoding](VALUES[value]))


@pytest.mark.parametrize(
    ("value", "encoding"), [c for c in _cases(writings.SPLIT) if c[0] not in ("zero byte",)]
)
def test_a_value_is_found_and_removed_when_split(value: str, encoding: str) -> None:
    if not _applies(value, encoding):
        pytest.skip("not a writing of this value")
    redactor, needles = _both(value)
    text = b"<p>before " + writings.SPLIT[encoding](VALUES[value]) + b" after</p>"
    assert redactor.find(text)
    assert needles.labels_in(text)
    clean = redactor.redact(text)
    assert not needles.labels_in(clean), clean
    assert clean.startswith(b"<p>before ")
    assert clean.endswith(b" after</p>")


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("levels", [1, 2, 3])
def test_json_stays_readable_and_keeps_the_rest(value: str, levels: int) -> None:
    document: object = {"keep": 'a "b" c\\d', "list": [1, 2.5, None, True], "v": VALUES[value]}
    for _ in range(levels):
        document = {"inner": json.dumps(document), "count": 3}
    redactor, needles = _both(value)
    clean = redactor.redact(json.dumps(document).encode())
    read = json.loads(clean)
    for _ in range(levels):
        assert read["count"] == 3
        read = json.loads(read["inner"])
    assert read == {
        "keep": 'a "b" c\\d',
        "list": [1, 2.5, None, True],
        "v": "\u2039SLOT.field\u203a",
    }
    assert not needles.labels_in(clean)


def test_without_the_decoders_the_encodings_would_be_missed() -> None:
    missed = [
        (value, encoding)
        for value, encoding in _cases(writings.WRITINGS)
        if VALUES[value].encode() not in writings.WRITINGS[encoding](VALUES[value])
    ]
    assert len(missed) > len(VALUES) * 20
