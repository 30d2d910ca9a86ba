"""Large JSON is read item by item; what would have to be held whole is refused."""

from __future__ import annotations

import io
import json

import pytest

from agent.artifacts import json_stream
from agent.artifacts.artifact import Refused
from agent.artifacts.json_stream import blocks_of, has_object_at, items_at, lines_of

HAR = {"log": {"entries": [{"n": 1, "t": 0.5}, {"n": 2, "t": 10**12}], "pages": [], "x": {"y": 1}}}


def blocks(text: bytes) -> list[bytes]:
    return [text[at : at + 7] for at in range(0, len(text), 7)]


def test_items_come_one_after_the_other() -> None:
    found = list(items_at(blocks(json.dumps(HAR).encode()), "log.entries.item", "log.x"))
    assert found == [
        ("log.entries.item", {"n": 1, "t": 0.5}),
        ("log.entries.item", {"n": 2, "t": 10**12}),
        ("log.x", {"y": 1}),
    ]


def test_an_item_is_given_before_the_next_is_read() -> None:
    def source() -> list[bytes]:
        return blocks(b'{"log":{"entries":[{"n":1},')

    given = items_at(iter(source()), "log.entries.item")
    assert next(given) == ("log.entries.item", {"n": 1})
    with pytest.raises(Refused, match="not JSON"):
        next(given)


@pytest.mark.parametrize("text", [b"", b"{", b'{"log": {}} x', b'{"log": \xff}', b"not JSON"])
def test_what_is_not_json_is_refused(text: bytes) -> None:
    with pytest.raises(Refused, match="not JSON"):
        list(items_at(iter([text]), "log.entries.item"))


def test_what_cannot_be_held_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LARGEST_ITEM", 100)
    small = b'{"log": {"entries": [' + b'{"n": "12345"},' * 100 + b"{}]}}"
    assert len(list(items_at(blocks(small), "log.entries.item", largest=100))) == 101
    large = json.dumps({"log": {"entries": [{"n": "1" * 200}]}}).encode()
    with pytest.raises(Refused, match="larger than can be held"):
        list(items_at(blocks(large), "log.entries.item", largest=100))
    with pytest.raises(Refused, match="larger than can be held"):
        has_object_at(blocks(json.dumps({"a": "1" * 200}).encode()), "log")
    with pytest.raises(Refused, match="larger than can be held"):
        list(lines_of(io.BytesIO(b"short\n" + b"x" * 200)))


def test_an_object_is_seen_at_its_place_only() -> None:
    assert has_object_at(blocks(json.dumps(HAR).encode()), "log")
    for other in ({"log": []}, {"x": {"log": {}}}, [1], "log"):
        assert not has_object_at(blocks(json.dumps(other).encode()), "log")


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    text = b"\xef\xbb\xbf" + json.dumps(HAR).encode()
    assert len(list(items_at(blocks_of(io.BytesIO(text)), "log.entries.item"))) == 2


def test_lines_come_without_the_blank_ones() -> None:
    assert list(lines_of(io.BytesIO(b"a\n\n  \nb"))) == [b"a\n", b"b"]
