from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import TYPE_CHECKING

import brotli
import pytest
import zstandard

from agent.artifacts.bodies import LARGEST_BODY, clean_body, suffix_of
from tests.unit.artifacts.conftest import PASSWORD, USERNAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.vault.open import RunSecrets


@pytest.mark.parametrize(
    ("media_type", "file", "suffix"),
    [
        ("text/html; charset=utf-8", "resources/a.html", "html"),
        ("application/problem+json", "resources/a.json", "json"),
        ("image/png", "resources/a.png", None),
        ("font/woff2", "resources/a.woff2", None),
        ("application/octet-stream", "resources/a.txt", None),
        ("x-unknown", "resources/a.jsonl", "jsonl"),
        ("", "resources/a.bin", None),
    ],
)
def test_only_text_is_kept(media_type: str, file: str, suffix: str | None) -> None:
    assert suffix_of(media_type, file) == suffix


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"a\x00b", mtime=0), b"PK\x03\x04...", b"a\x00b", b"\xff\xfe\xfd", b"%PDF-1.7"],
)
def test_what_cannot_be_read_is_dropped(secrets: RunSecrets, content: bytes) -> None:
    assert clean_body(content, "txt", secrets.redactor) is None


@pytest.mark.parametrize(
    "pack", [gzip.compress, brotli.compress, zstandard.compress, zlib.compress]
)
def test_a_packed_body_is_kept_unpacked(
    secrets: RunSecrets, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(f"ein längerer Satz für {USERNAME}".encode() * 3)
    clean = clean_body(packed, "txt", secrets.redactor)
    assert clean == "ein längerer Satz für ‹LOGIN.username›".encode() * 3


def test_a_packed_body_that_holds_too_much_is_dropped(secrets: RunSecrets) -> None:
    assert clean_body(gzip.compress(bytes(LARGEST_BODY + 1)), "txt", secrets.redactor) is None


def test_json_stays_json(secrets: RunSecrets) -> None:
    body = {"user": USERNAME, "access_token": "abc", "nested": [{"echo": PASSWORD}], "city": "Lyon"}
    clean = clean_body(json.dumps(body).encode(), "json", secrets.redactor)
    assert clean is not None
    assert json.loads(clean) == {
        "user": "‹LOGIN.username›",
        "access_token": "[REDACTED]",
        "nested": [{"echo": "‹LOGIN.password›"}],
        "city": "Lyon",
    }


def test_clean_bodies_keep_every_byte(secrets: RunSecrets) -> None:
    body = b'{ "city" : "Lyon",\n "n": [1, 2.50] }'
    assert clean_body(body, "json", secrets.redactor) == body


def test_html_is_masked_in_fields_attributes_and_split_text(secrets: RunSecrets) -> None:
    letters = "".join(f"<b>{letter}</b>" for letter in USERNAME)
    escapes = "".join(f"\\{ord(letter):06x}" for letter in USERNAME)
    page = (
        f'<input type=hidden name=t value="v1"><a href="/x?token=1&q=ok">go</a><p>{letters}</p>'
        f"<style>p::after{{content:'{escapes}'}}</style>"
    )
    clean = clean_body(page.encode(), "html", secrets.redactor)
    assert clean is not None
    text = clean.decode()
    assert 'value="[REDACTED]"' in text
    assert 'href="/x?token=[REDACTED]&amp;q=ok"' in text
    assert "<b>‹LOGIN.username›</b><b></b>" in text
    assert "<style></style>" in text


def test_a_page_without_a_value_is_changed_by_rule_alone(secrets: RunSecrets) -> None:
    same = "<p class='x'>5 &lt; 6</p><!-- <a href=\"/?token=1\"> --><script>a<b</script>" * 3
    assert clean_body(same.encode(), "html", secrets.redactor) == same.encode()
    style = "<STYLE data-token='abc'>p { background: url(data:image/png;base64,QUJD) }</STYLE>"
    page = f'<a href="/x?token=abcdefgh1&q=ok">go</a>{style}<a href="/x">there</a>'
    clean = clean_body(page.encode(), "html", secrets.redactor)
    assert clean == (
        b'<a href="/x?token=[REDACTED]&amp;q=ok">go</a>'
        b'<STYLE data-token="[REDACTED]">p { background: url(data:,) }</STYLE>'
        b'<a href="/x">there</a>'
    )


def test_messages_are_joined_per_direction(secrets: RunSecrets) -> None:
    half = len(USERNAME) // 2
    lines = [
        {"type": "send", "opcode": 1, "data": USERNAME[:half]},
        {"type": "receive", "opcode": 1, "data": "hello"},
        {"type": "send", "opcode": 1, "data": USERNAME[half:]},
        {"type": "receive", "opcode": 2, "data": base64.b64encode(b"binary").decode()},
    ]
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    clean = clean_body(body, "jsonl", secrets.redactor)
    assert clean is not None
    messages = [json.loads(line)["data"] for line in clean.splitlines()]
    assert messages == ["‹LOGIN.username›", "hello", "", "[REDACTED]"]
