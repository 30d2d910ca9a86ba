from typing import Any

import pytest
from pydantic import ValidationError

from agent.steps.target import Column, Target


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"role": "link", "name": "Guests"}, "link “Guests”"),
        ({"role": "table"}, "table"),
        ({"role": "row", "nth": 1}, "row (number 2)"),
        ({"role": "row", "nth": -1}, "row (number 1 from the end)"),
        ({"label": "Date"}, "field “Date”"),
        ({"placeholder": "Room"}, "field with the placeholder “Room”"),
        ({"text": "Loading"}, "text “Loading”"),
        ({"test_id": "total"}, "element with the test id “total”"),
        ({"css": "#guests"}, "element “#guests”"),
        ({"xpath": "//tr"}, "element “//tr”"),
        ({"css": "tr", "frame": ["#a", "#b"]}, "element “tr” in the frame “#b” in the frame “#a”"),
        ({"css": "tr", "alternatives": [{"text": "x"}]}, "element “tr”"),
    ],
)
def test_a_target_is_named_in_words(written: dict[str, Any], words: str) -> None:
    assert Target.model_validate(written).words == words


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({}, "needs one of role"),
        ({"label": "a", "css": "b"}, "exactly one of label, css"),
        ({"name": "x", "css": "b"}, '"name" goes with "role" only'),
        ({"css": "b", "exact": True}, '"exact" does not go with "css"'),
        ({"role": "buton"}, "role"),
        ({"label": ""}, "at least 1"),
        ({"css": "b", "nth": "0"}, "nth"),
        ({"css": "b", "nth": True}, "nth"),
        ({"css": "b", "nth": 5000}, "nth"),
        ({"css": "b", "frame": []}, "frame"),
        ({"css": "b", "frame": 3}, "frame"),
        ({"css": "b", "alternatives": [{"css": "c", "frame": "f"}]}, "frame"),
        ({"css": "b", "alternatives": [{}]}, "needs one of role"),
        ({"css": "b", "attribute": "href"}, "attribute"),
    ],
)
def test_a_target_is_found_in_exactly_one_way(written: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Target.model_validate(written)


def test_a_column_stands_in_its_row_and_in_no_frame() -> None:
    with pytest.raises(ValidationError, match="frame"):
        Column.model_validate({"css": "td", "frame": "f"})


def test_a_column_may_read_an_attribute() -> None:
    assert Column(css="a", attribute="href").attribute == "href"


def test_control_characters_do_not_reach_a_title() -> None:
    assert "\x1b" not in Target(text="\x1b[31mred\nline").words
