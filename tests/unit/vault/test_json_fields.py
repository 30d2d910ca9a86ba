"""Documents and the paths of the values in them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import UsageError
from agent.vault.json_fields import MOST, canonical, fields_of, leaves, parse
from agent.vault.secret_types import SECRET_TYPES

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        ({"a": {"b": "x"}}, {"a.b": "x"}),
        ({"hosts": ["a", {"b": "c"}]}, {"hosts.0": "a", "hosts.1.b": "c"}),
        ({"n": 12.5, "i": 7, "yes": True}, {"n": "12.5", "i": "7", "yes": "true"}),
        ({"none": None, "empty": "", "list": [], "object": {}}, {}),
        ({"with space": "x", "ünï": "y"}, {"with space": "x", "ünï": "y"}),
        (["x"], {"0": "x"}),
        ("alone", {}),
        (7, {}),
        ({"document": "x", "totp": "y"}, {}),
        ({"deeper": {"document": "x", "totp": "y"}}, {"deeper.document": "x", "deeper.totp": "y"}),
    ],
)
def test_each_value_has_the_path_of_keys_and_positions(
    document: Any, fields: dict[str, str]
) -> None:
    assert fields_of(parse(json.dumps(document))) == fields


def test_the_document_is_kept_in_the_order_it_was_written() -> None:
    assert canonical(parse('{ "b": 1,\n "a": "\\u00fc" }')) == '{"b":1,"a":"ü"}'


def test_as_many_values_as_may_be_are_kept_and_one_more_is_refused() -> None:
    assert len(fields_of(["x"] * MOST)) == MOST
    with pytest.raises(UsageError, match="more than"):
        fields_of(["x"] * (MOST + 1))


def test_values_without_a_path_are_searched_for_with_the_whole() -> None:
    kind = SECRET_TYPES["json"]
    stored = kind.validate(
        {"document": '{"totp": "canary-seed", "document": "canary-d", "a": "b"}'}
    )
    assert set(kind.spellings("document", stored["document"])) == {
        stored["document"], "canary-seed", "canary-d",
    }  # fmt: skip
    assert kind.spellings("a", "true") == ()


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_any_document_is_stored_or_refused_in_words(tree: Any) -> None:
    with suppress(UsageError):
        stored = SECRET_TYPES["json"].validate({"document": json.dumps(tree)})
        assert json.loads(stored["document"]) == tree
        assert SECRET_TYPES["json"].validate(stored) == stored
        assert set(stored) - {"document"} == set(fields_of(tree))
        assert set(fields_of(tree).values()) <= set(leaves(tree))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='{}[]":,0123456789.eE+- truefalsn\\u"ab', max_size=60))
def test_no_text_brings_out_another_error(text: str) -> None:
    with suppress(UsageError):
        SECRET_TYPES["json"].validate({"document": text})
