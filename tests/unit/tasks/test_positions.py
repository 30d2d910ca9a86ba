import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.tasks.positions import DEEPEST, Malformed, Places, scan

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 2]))
@settings(max_examples=150, deadline=None)
def test_what_json_reads_is_read_the_same(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    assert scan(text)[0] == value


def test_a_value_and_its_key_are_found_again_by_their_path() -> None:
    text = '{\n  "steps": [\n    {"type": "goto"},\n    {"typo": 7}\n  ]\n}'
    _, places = scan(text)
    assert places.of(("steps", 1, "typo")) == (4, 14)
    assert places.of(("steps", 1, "typo"), at_key=True) == (4, 6)
    assert places.of(("steps", 1, "missing")) == (4, 5)


def test_a_document_that_was_never_text_has_no_places() -> None:
    assert Places().of(("steps", 1)) == (0, 0)


def test_lines_end_as_on_any_system() -> None:
    _, places = scan('{\r\n"a": 1,\r"b": 2}')
    assert places.of(("a",)) == (2, 6)
    assert places.of(("b",)) == (3, 6)


def test_a_repeated_key_is_listed_and_the_first_one_counts() -> None:
    value, places = scan('{"a": 1, "a": {"b": [2]}, "c": 3}')
    assert value == {"a": 1, "c": 3}
    assert [path for path, _ in places.repeated] == [("a",)]
    assert ("a", "b") not in places.values


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("", 1, 1, "the file ends here"),
        ("{", 1, 2, "a key in double quotes"),
        ('{"a"', 1, 5, '":" after the key'),
        ('{"a": 1', 1, 8, "the file ends here"),
        ('{"a": 1 "b": 2}', 1, 9, "a comma or the end of the object"),
        ('{"a": 1,\n}', 1, 8, "a comma before"),
        ("[1,\n2,]", 2, 2, "a comma before"),
        ("[1 2]", 1, 4, "a comma or the end of the list"),
        ("{'a': 1}", 1, 2, "only double quotes"),
        ('{\n// why\n"a": 1}', 2, 1, "no comments"),
        ('{"a": NaN}', 1, 7, "a value"),
        ('{"a": Infinity}', 1, 7, "a value"),
        ('{"a": 01}', 1, 8, "a comma or the end"),
        ('{"a": .5}', 1, 7, "a value"),
        ('{"a": True}', 1, 7, "a value"),
        ('{"a": "x\ny"}', 1, 7, "no closing quote"),
        ('{"a": "\\x"}', 1, 7, "wrong escape"),
        ('{"a": "\\ud800"}', 1, 7, "surrogate"),
        ('{"a": 1e999}', 1, 7, "too large"),
        ('{"a": ' + "9" * 5000 + "}", 1, 7, "a number of more than"),
        ("{} {}", 1, 4, "nothing may follow"),
        ("\ufeff{}", 1, 1, "a value"),
    ],
)
def test_what_is_not_strict_json_is_placed(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(Malformed) as caught:
        scan(text)
    assert said in caught.value.message
    assert Places(text).line_column(caught.value.offset) == (line, column)


def test_deep_nesting_is_refused_before_python_gives_up() -> None:
    assert scan("[" * DEEPEST + "]" * DEEPEST)
    with pytest.raises(Malformed, match="nested"):
        scan("[" * 100_000)


def test_half_a_mebibyte_of_open_quotes_takes_no_time() -> None:
    with pytest.raises(Malformed):
        scan('["' + '\\"x' * 170_000)
