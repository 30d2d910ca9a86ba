from __future__ import annotations

from typing import Any

import pytest

from agent.errors import StepFailed
from agent.steps.json_path import look_up, read_path

CONTENT: dict[str, Any] = {
    "guests": [{"name": "Ann", "in": {"room": 1}}, {"name": "Bob"}, 7],
    "a b": {"x.y": None, "it's": 2},
    "empty": [],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", CONTENT),
        ("$.guests[0].name", "Ann"),
        ("$.guests[-1]", 7),
        ("$.guests[*].name", ["Ann", "Bob"]),
        ("$.guests[*].in.room", [1]),
        ("$['a b']['x.y']", None),
        ('$["a b"]["it\'s"]', 2),
        ("$.empty[*]", []),
        ("$.empty[*].more", []),
        ("$['a b'].*", [None, 2]),
    ],
)
def test_a_path_finds_what_stands_there(path: str, value: Any) -> None:
    assert look_up(CONTENT, path) == value


@pytest.mark.parametrize("path", ["$.guest", "$.guests.name", "$.guests[3]", "$.guests[0][0]"])
def test_a_place_that_is_not_there_is_an_error_without_the_content(path: str) -> None:
    with pytest.raises(StepFailed, match="there is nothing at") as caught:
        look_up(CONTENT, path)
    assert "Ann" not in caught.value.message


@pytest.mark.parametrize(
    "path", ["", "guests", "$guests", "$.", "$..a", "$[?(@.a)]", "$[a]", "$[1:2]", "$.a b", "$[0",
             "$.a()", "$" + ".a" * 600]
)  # fmt: skip
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        read_path(path)


def test_a_path_that_matches_too_much_is_stopped() -> None:
    with pytest.raises(StepFailed, match="more than"):
        look_up([[0] * 200] * 200, "$[*][*]")
