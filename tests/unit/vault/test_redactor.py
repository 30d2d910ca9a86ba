"""The redactor beyond single encodings: odd values, neighbours, containers, marks, speed of use."""

from __future__ import annotations

import base64
import gzip
import io
import json
import threading
import zipfile
import zlib
from html import escape
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import ArtifactWithheld
from agent.vault.needles import Needles
from agent.vault.redactor import Found, Redactor

if TYPE_CHECKING:
    from collections.abc import Callable

PASSWORD = "hunter2-S3cret-XYZ"
MARK = "\u2039A.password\u203a"


def knowing(**values: str) -> Redactor:
    redactor = Redactor()
    for label, value in values.items():
        redactor.add(label.replace("__", "."), value)
    return redactor


def spans(redactor: Redactor, text: bytes) -> list[tuple[str, bytes]]:
    return [(found.label, text[found.start : found.end]) for found in redactor.find(text)]


def test_a_place_is_given_in_the_outermost_bytes() -> None:
    written = quote(json.dumps('p@ss "x" 1')[1:-1]).encode()
    text = b"/x?q=" + written + b"&y=1"
    assert spans(knowing(A__password='p@ss "x" 1'), text) == [("A.password", written)]


def test_a_whole_token_is_replaced_and_its_neighbours_stay() -> None:
    token = base64.b64encode(b"user:" + PASSWORD.encode() + b"tail")
    redactor = knowing(A__password=PASSWORD)
    text = b"Authorization: Basic " + token + b"\r\nHost: hotel.example"
    assert redactor.redact(text) == f"Authorization: Basic {MARK}\r\nHost: hotel.example".encode()
    url = b"https://hotel.example/reset/" + token.rstrip(b"=") + b"/now?x=1"
    assert redactor.redact(url) == f"https://hotel.example/reset/{MARK}/now?x=1".encode()


def test_an_address_can_still_be_read_after_redaction() -> None:
    redactor = knowing(A__password='p@ss/w?rd#1"&=')
    for written in (quote('p@ss/w?rd#1"&=', safe=""), quote(quote('p@ss/w?rd#1"&=', safe=""))):
        clean = redactor.redact_text(f"https://hotel.example:8/a/{written}/b?x=1&p={written}&z=2#f")
        parts = urlsplit(clean)
        assert (parts.hostname, parts.port, parts.fragment) == ("hotel.example", 8, "f")
        assert parts.path == f"/a/{MARK}/b"
        assert parts.query == f"x=1&p={MARK}&z=2"


def test_clean_bytes_are_returned_as_they_are() -> None:
    redactor = knowing(A__password=PASSWORD, A__code="492816", A__pin="1234")
    for text in (
        b"",
        b"\x00\xff\xfe\x80 bin \x1f\x8b",
        b'{"a": "\\u00e9 \\" \\\\ %41 &amp; &#65;", "t": 1732492816123.25}',
        b"<p>hunter 3 &copy; 49281 %7E \\x41</p>" * 50,
        "Zi\u0308mmer \U0001f511 frei".encode(),
    ):
        assert redactor.find(text) == ()
        assert redactor.redact(text) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("your code is 492816.", True),
        ('{"code":492816}', True),
        ("[492816]", True),
        ("x492816y", True),
        ("492 816", True),
        ("-492816", True),
        ("1732492816123", False),
        ("4928161", False),
        ("12.492816", False),
        ("492816.25", False),
        ("22:31:07.492816Z", False),
    ],
)
def test_a_code_is_found_as_a_number_of_its_own_and_not_in_a_time_stamp(
    text: str, *, found: bool
) -> None:
    redactor, needles = knowing(A__code="492816"), Needles()
    needles.add("A.code", "492816")
    assert bool(redactor.find(text.encode())) is found
    assert bool(needles.labels_in(text.encode())) is found


def test_a_code_right_behind_a_password_is_removed_as_well() -> None:
    redactor = knowing(A__password="hunter2", A__code="492816")
    assert redactor.redact_text("x=hunter2492816") == ("x=\u2039A.password\u203a\u2039A.code\u203a")


def test_a_bare_number_in_json_becomes_a_text_and_the_rest_stays() -> None:
    redactor = knowing(A__code="492816")
    text = b'{"n": 7, "code": 492816, "at": 1732492816123, "list": [492816, 1.5, true, null]}'
    assert json.loads(redactor.redact(text)) == {
        "n": 7,
        "code": "\u2039A.code\u203a",
        "at": 1732492816123,
        "list": ["\u2039A.code\u203a", 1.5, True, None],
    }


def test_lines_of_json_stay_lines_of_json() -> None:
    redactor = knowing(A__code="492816")
    lines = redactor.redact(b'{"a": 1}\n{"a": 492816}\nno json 492816\n').split(b"\n")
    assert lines[0] == b'{"a": 1}'
    assert json.loads(lines[1]) == {"a": "\u2039A.code\u203a"}
    assert lines[2:] == ["no json \u2039A.code\u203a".encode(), b""]


def test_a_value_made_by_half_an_escape_leaves_json_readable() -> None:
    redactor = knowing(A__password="nhunter22")
    assert json.loads(redactor.redact(b'{"a": "line\\nhunter22"}'))


@pytest.mark.parametrize("size", range(1, 8))
def test_a_short_value_is_found_only_where_it_stands_alone(size: int) -> None:
    value = "k7Qz2Xw"[:size]
    redactor, needles = knowing(A__pin=value), Needles()
    needles.add("A.pin", value)
    for text, least in ((f"pin: {value}!", 4), (f'{{"pin": "{value}"}}', 4), (f"ab{value}cd", 6)):
        for matcher in (redactor.find, needles.labels_in):
            assert bool(matcher(text.encode())) is (size >= least), (text, matcher)
    assert redactor.unsearchable == ({"A.pin"} if size < 4 else frozenset())


@pytest.mark.parametrize("value", ["Wq7z", "492816", "0815", "p\u00e9p\u00e9"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_short_value_is_found_in_other_writings_too(value: str, charset: str) -> None:
    redactor = knowing(A__pin=value)
    assert redactor.find(f"pin {value} end".encode(charset))
    assert redactor.find(b'{"x": "' + base64.b64encode(value.encode()) + b'"}')
    assert redactor.find("".join(f"&#{ord(c)};" for c in value).encode())


def test_a_short_word_in_another_case_is_left() -> None:
    assert knowing(A__pin="Test").find(b"a test, a TEST") == ()
    assert knowing(A__pin="Test").find(b"a Test")


def test_an_empty_value_is_nowhere() -> None:
    redactor = knowing(A__password="")
    assert redactor.find(b"anything") == ()
    assert redactor.unsearchable == frozenset()


def test_of_two_values_one_in_the_other_the_longer_is_marked() -> None:
    redactor = knowing(A__username="hunter", A__password="hunter2-long")
    assert redactor.redact_text("a hunter2-long b hunter c") == (
        "a \u2039A.password\u203a b \u2039A.username\u203a c"
    )


def test_values_that_overlap_leave_no_part_of_either() -> None:
    redactor = knowing(A__one="abcdefgh", A__two="efghijklmn")
    clean = redactor.redact_text("<abcdefghijklmn>")
    assert clean == "<\u2039A.two\u203a\u2039A.one\u203a>"


def test_one_value_under_two_labels_is_found_under_both() -> None:
    redactor = knowing(A__password=PASSWORD, B__password=PASSWORD)
    assert {found.label for found in redactor.find(PASSWORD.encode())} == {
        "A.password",
        "B.password",
    }


@pytest.mark.parametrize("before", [b"", b"x", b"%", b"\\", b"&", b"\xff", b"<", b"="])
@pytest.mark.parametrize("after", [b"", b"x", b"%", b"\\", b"&", b"\xff", b">", b"="])
def test_a_value_is_found_at_the_ends_and_next_to_any_sign(before: bytes, after: bytes) -> None:
    redactor = knowing(A__password=PASSWORD)
    text = before + PASSWORD.encode() + after
    kept = b"" if before == b"\\" else before  # a backslash alone would break the next sign
    assert redactor.redact(text) == kept + MARK.encode() + after


@pytest.mark.parametrize("shift", range(-20, 21, 5))
def test_a_value_across_a_64_kib_border_is_found(shift: int) -> None:
    redactor = knowing(A__password=PASSWORD)
    text = b"." * (65536 + shift) + PASSWORD.encode() + b"." * 70000
    assert redactor.find(text) == (
        Found("A.password", 65536 + shift, 65536 + shift + len(PASSWORD)),
    )


@pytest.mark.parametrize(
    "value", ["\u2039A.password\u203a", "A.password", "password", "[REDACTED]", "hidden", "A.pass"]
)
def test_a_value_equal_to_its_own_mark_still_goes(value: str) -> None:
    redactor, needles = knowing(A__password=value), Needles()
    needles.add("A.password", value)
    clean = redactor.redact(f"x {value} y".encode())
    assert not needles.labels_in(clean)
    assert clean.startswith(b"x ")
    assert clean.endswith(b" y")


def test_each_line_of_a_value_of_many_lines_is_known() -> None:
    value = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhk\nsecond0line0of0it\n-----END KEY-----"
    redactor = knowing(A__value=value)
    for line in value.splitlines():
        assert redactor.find(f"> {line}\r\n".encode()), line


def test_tags_between_the_parts_of_a_value_are_kept() -> None:
    redactor = knowing(A__password=PASSWORD)
    clean = redactor.redact(b"<p><b>hunter2-</b>\n<i>S3cret-XYZ</i></p>")
    assert clean == f"<p><b>{MARK}</b><i></i></p>".encode()


@pytest.mark.parametrize(
    ("shown", "box"),
    [
        ("password: hunter2-S3cret-XYZ.", "hunter2-S3cret-XYZ"),
        ("HUNTER2-s3CRET-xyz", "HUNTER2-s3CRET-xyz"),
        ("ZYX-terc3S-2retnuh", "ZYX-terc3S-2retnuh"),
        ("h u n t e r 2 - S 3 c r e t - X Y Z", "h u n t e r 2 - S 3 c r e t - X Y Z"),
        ("hunter2-\n   S3cret-XYZ", "hunter2-\n   S3cret-XYZ"),
        ("hun\u200bter2\u00ad-S3cret\u2060-XYZ", "hun\u200bter2\u00ad-S3cret\u2060-XYZ"),
        ("x \uff48unter2-S3cret-XYZ", "\uff48unter2-S3cret-XYZ"),
        ("68756e746572322d5333637265742d58595a", "68756e746572322d5333637265742d58595a"),
        ("is hunter2%2DS3cret%2dXYZ", "hunter2%2DS3cret%2dXYZ"),
    ],
)
def test_visible_text_is_searched_as_it_is_read(shown: str, box: str) -> None:
    redactor = knowing(A__password=PASSWORD)
    for text in (shown, f"\u00e9\U0001f511 {shown} \u00e9"):
        boxes = [text[found.start : found.end] for found in redactor.find_text(text)]
        assert box in boxes, boxes
        assert all(found.label == "A.password" for found in redactor.find_text(text))


def test_letters_with_marks_are_found_in_either_form() -> None:
    redactor = knowing(A__username="Ren\u00e9e M\u00fcller")
    for text in ("hi Rene\u0301e Mu\u0308ller!", "hi REN\u00c9E  M\u00dcLLER!"):
        (found,) = set(redactor.find_text(text))
        assert text[found.start : found.end] == text[3:-1]


def test_visible_text_without_a_value_gives_no_box() -> None:
    redactor = knowing(A__password=PASSWORD, A__pin="1234", A__code="492816")
    for text in ("", "hunter2", "12345 guests", "\u00e9\u00df\U0001f511 hunter3-S3cret-XYZ"):
        assert redactor.find_text(text) == ()


def zipped(body: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", body)
    return made.getvalue()


def raw_deflated(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, raw_deflated, zipped])
def test_packed_bodies_are_looked_into_and_plain_search_would_miss_them(pack: object) -> None:
    assert callable(pack)
    body = b"a line of text, and " + PASSWORD.encode() + b", and some more text\n" * 30
    redactor = knowing(A__password=PASSWORD)
    packed = pack(body)
    assert redactor.find(packed) == ()
    assert redactor.contains(packed) == {"A.password"}
    assert redactor.contains(pack(body.replace(b"S3", b"s4"))) == frozenset()


def test_bodies_packed_twice_or_behind_a_header_are_looked_into() -> None:
    redactor = knowing(A__password=PASSWORD)
    once = gzip.compress(PASSWORD.encode())
    assert redactor.contains(gzip.compress(zipped(once))) == {"A.password"}
    assert redactor.contains(b"--x\r\nContent-Type: a/b\r\n\r\n" + once + b"\r\n--x--")
    assert redactor.contains(once[:-6]) == {"A.password"}
    assert redactor.contains(b"plain " + PASSWORD.encode()) == {"A.password"}


def test_a_body_too_deep_to_be_looked_into_is_an_error_and_no_all_clear() -> None:
    body = PASSWORD.encode()
    for _ in range(8):
        body = gzip.compress(body)
    with pytest.raises(ArtifactWithheld):
        knowing(A__password=PASSWORD).contains(body)


def test_a_value_learnt_later_is_found_from_then_on() -> None:
    redactor = knowing(A__password=PASSWORD)
    assert redactor.find(b"code 492816") == ()
    redactor.add("A.code", "492816")
    assert spans(redactor, b"code 492816") == [("A.code", b"492816")]
    assert redactor.find(PASSWORD.encode())


def test_many_threads_may_learn_and_search_at_once() -> None:
    redactor = knowing(A__password=PASSWORD)
    missed: list[int] = []

    def work(number: int) -> None:
        value = f"value-{number:04d}-{number * 7919}"
        redactor.add(f"B.{number}", value)
        found = {hit.label for hit in redactor.find(f"{PASSWORD} {value}".encode())}
        if found != {"A.password", f"B.{number}"}:
            missed.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert missed == []


def test_neither_matcher_prints_a_value() -> None:
    needles = Needles()
    needles.add("A.password", PASSWORD)
    for shown in (repr(knowing(A__password=PASSWORD)), repr(needles)):
        assert PASSWORD not in shown
        assert "A.password" in shown


VALUE = st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=24).filter(
    lambda value: len(value.encode()) >= 6 and len(value.split()) == 1 and value.isprintable()
)
ENCODERS = st.sampled_from(
    [
        lambda v: v.encode(),
        lambda v: quote(v, safe="").encode(),
        lambda v: quote(quote(v), safe="").encode(),
        lambda v: json.dumps(v)[1:-1].encode(),
        lambda v: json.dumps(json.dumps(v))[3:-3].encode(),
        lambda v: "".join(f"&#x{ord(c):x};" for c in v).encode(),
        lambda v: base64.b64encode(b"\x00" + v.encode()),
        lambda v: base64.urlsafe_b64encode(v.encode()),
        lambda v: v.encode().hex().encode(),
        lambda v: v.encode("utf-16-le"),
    ]
)


@pytest.mark.parametrize(
    "after", [b"\xf4\x90\x80\x80", b"\xed\xa0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80"]
)
def test_bytes_that_only_look_like_utf8_hide_nothing(after: bytes) -> None:
    redactor = knowing(A__password="00000:")
    assert redactor.find(b"00000%3A" + after)
    assert redactor.redact(b"00000%3A" + after).endswith(after)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(value=VALUE, encode=ENCODERS, before=st.binary(max_size=12), after=st.binary(max_size=12))
def test_what_is_written_is_always_found_and_removed(
    value: str, encode: object, before: bytes, after: bytes
) -> None:
    assert callable(encode)
    if value.isdigit():
        before, after = b"(", b")"
    redactor, needles = knowing(A__password=value), Needles()
    needles.add("A.password", value)
    text = before + b" " + encode(value) + b" " + after
    assert redactor.find(text)
    assert needles.labels_in(text)
    clean = redactor.redact(text)
    assert not redactor.find(clean)
    assert not needles.labels_in(clean)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(body=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_input_makes_an_error_or_is_changed_without_reason(body: bytes) -> None:
    redactor, needles = knowing(A__password=PASSWORD, A__code="492816", A__pin="k7Qz"), Needles()
    assert redactor.redact(body) == body
    assert redactor.find_text(body.decode("latin-1")) == ()
    assert needles.labels_in(body) == frozenset()


WAYS: dict[str, Callable[[str], str]] = {
    "json": lambda text: json.dumps({"k": text}),
    "percent": lambda text: quote(text, safe=""),
    "html": lambda text: escape(text),
    "base64": lambda text: base64.b64encode(f"x{text}y".encode()).decode(),
    "hex": lambda text: text.encode().hex(),
}


@pytest.mark.parametrize("layers", list(product(WAYS, repeat=3)), ids="-".join)
def test_any_three_layers_are_undone_by_both_matchers(layers: tuple[str, ...]) -> None:
    value = 'p@ss"w0rd&<\u00e9>+/=%\\Zq7'
    text = value
    for layer in layers:
        text = WAYS[layer](text)
    document = json.dumps({"before": 1, "it": text, "after": [2]}).encode()
    redactor, needles = knowing(A__password=value), Needles()
    needles.add("A.password", value)
    assert redactor.find(document)
    assert needles.labels_in(document)
    clean = redactor.redact(document)
    assert not needles.labels_in(clean)
    read = json.loads(clean)
    assert (read["before"], read["after"]) == (1, [2])


@pytest.mark.parametrize("others", [{}, {"B__code": "492816", "C__pin": "7q-X"}])
@pytest.mark.parametrize(
    "page",
    [
        b"<p>p@ss&#32;<b>hunt</b>&amp;er&#45;2</p>",
        b"<p>hunt<b>&am</b>p;er-2</p>",
        b"&lt;b&gt;<p>hunt&lt;b&gt;&amp;er<i></i>-2</p>",
        b"<p>hu n&#32;t&amp<i>er&#0045;2</i></p>",
        b"<p>hunt&amp;amp;<i>er&#0045;</i>2</p>",
    ],
)
def test_references_and_tags_are_undone_in_either_order(
    page: bytes, others: dict[str, str]
) -> None:
    redactor = knowing(A__password="hunt&er-2", **others)
    assert {found.label for found in redactor.find(page)} == {"A.password"}
    assert redactor.find(page.replace(b"2", b"3")) == ()


def test_a_code_that_tags_and_references_split_is_found_beside_other_digits() -> None:
    page = b"<td>4</td><td>49<b>&#50;</b>816</td><td>7</td>"
    assert [found.label for found in knowing(A__code="492816").find(page)] == ["A.code"]


def test_a_place_inside_a_character_is_a_box_around_it() -> None:
    # written as one octet a letter, the value stands in the second half of another letter
    redactor = knowing(A__password="\u00a9abc-Wq7z!")
    text = "x \u00e9abc-Wq7z! y"
    assert {text[found.start : found.end] for found in redactor.find_text(text)} == {
        "\u00e9abc-Wq7z!"
    }


def test_many_values_are_found_as_well_once_much_was_searched() -> None:
    values = {f"S{number}__password": f"{number}-Wq7z!{number * 7919}" for number in range(12)}
    redactor = knowing(**values)
    filler = b"the guest list of today\n" * 60_000
    for _ in range(4):  # more than is searched before the spellings are put in a table
        assert redactor.find(filler) == ()
    for label, value in values.items():
        for written in (value.encode(), quote(value).encode(), value.encode().hex().encode()):
            found = redactor.find(filler[:500] + written + filler[:500])
            assert {each.label for each in found} == {label.replace("__", ".")}
