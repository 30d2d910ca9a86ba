import pytest

from agent.errors import StepFailed
from agent.tasks.paths import Scope, ValuePath

SCOPE = Scope(
    {"date": "2026-11-22", "n": 3, "yes": True},
    {"guests": [{"name": "Ann", "Room no": "101"}, {"name": None}], "odd": "${inputs.date}"},
    {"item": {"link": "/a"}},
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("inputs.n", 3),
        ("results.guests[0].name", "Ann"),
        ("results.guests[-2]['Room no']", "101"),
        ("results.guests[1].name", None),
        ("item.link", "/a"),
    ],
)
def test_a_path_leads_to_a_value(path: str, value: object) -> None:
    assert SCOPE.look_up(path) == value


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("results.guest", "known: guests, odd"),
        ("results.guests[2]", "the list has 2 entries"),
        ("results.guests.name", "the list has 2 entries"),
        ("results.guests[0].age", "known: Room no, name"),
        ("results.guests[0].name.x", "neither an object nor a list"),
        ("nothing", "there is no"),
        ("results.guests[0", "not a path"),
        ("results.__class__", "there is no"),
        ("__class__", "there is no"),
        ("a+b", "not a path"),
        ("", "not a path"),
    ],
)
def test_one_that_leads_nowhere_says_how_far_it_came(path: str, told: str) -> None:
    with pytest.raises(StepFailed, match=told.replace("(", ".")):
        SCOPE.look_up(path)


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("a ${results.guests[0]['Room no']} b", "a 101 b"),
        ("${inputs.n}${inputs.yes}", "3true"),
        ("${results.guests[1].name}", ""),
        ("${results.odd}", "${inputs.date}"),
        ("$${inputs.n}", "${inputs.n}"),
    ],
)
def test_values_are_put_into_texts_once(text: str, becomes: str) -> None:
    assert SCOPE.put_into(text) == becomes


def test_a_list_is_no_text_but_may_be_a_value() -> None:
    with pytest.raises(StepFailed, match="is a list, which is no text"):
        SCOPE.put_into("${results.guests}")
    assert SCOPE.put_into({"a": ["${results.guests}"]}, as_value=True) == {
        "a": [SCOPE.results["guests"]]
    }
    assert SCOPE.put_into("$${x}", as_value=True) == "${x}"


def test_only_some_keys_of_a_step_take_values_as_they_are() -> None:
    written = {"value": "${inputs.n}", "name": "${inputs.n}", "then": ["${inputs.n}"]}
    assert SCOPE.put_into_step(written, {"value"}, {"then"}) == {
        "value": 3,
        "name": "3",
        "then": ["${inputs.n}"],
    }


def test_the_root_of_a_path_is_what_must_be_there() -> None:
    assert ValuePath.parse("results.a.b[0]").root == "results.a"
    assert ValuePath.parse("item.a").root == "item"
