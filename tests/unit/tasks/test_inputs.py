import pytest
from pydantic import ValidationError

from agent.tasks.input import Input
from agent.tasks.inputs import InputType, Scalar, as_text, convert, fits


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("string", "", ""),
        ("integer", "-7", -7),
        ("integer", 7, 7),
        ("number", "7.5", 7.5),
        ("number", 7, 7),
        ("boolean", "True", True),
        ("boolean", False, False),
        ("date", "2026-11-22", "2026-11-22"),
    ],
)
def test_text_and_json_values_become_the_type(
    kind: InputType, given: Scalar, value: Scalar
) -> None:
    assert convert(kind, given) == value
    assert type(convert(kind, given)) is type(value)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("integer", "7.0"),
        ("integer", "\N{ARABIC-INDIC DIGIT SEVEN}"),
        ("integer", "1" * 5000),
        ("integer", True),
        ("integer", 7.5),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "1_000"),
        ("boolean", "yes"),
        ("boolean", 1),
        ("date", "2026-02-30"),
        ("date", "20261122"),
        ("date", "2026-W47-7"),
        ("date", "22.11.2026"),
        ("string", 7),
    ],
)
def test_another_kind_is_refused_without_being_repeated(kind: InputType, given: Scalar) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        convert(kind, given)
    assert str(given) not in str(caught.value)


def test_in_the_file_a_number_is_written_without_quotes() -> None:
    with pytest.raises(ValueError, match="without quotes"):
        fits("integer", "7")
    assert fits("date", "2026-11-22") == "2026-11-22"


def test_a_value_goes_into_a_text_as_people_write_it() -> None:
    assert [as_text(value) for value in (True, False, 7, 7.5, "x")] == [
        "true",
        "false",
        "7",
        "7.5",
        "x",
    ]


def test_an_input_without_a_default_is_required_unless_it_says_otherwise() -> None:
    assert Input().is_required
    assert not Input(default="x").is_required
    assert not Input(required=False).is_required
    assert Input(required=False).value(None) == ""
    assert Input(default="x").value(None) == "x"


def test_only_the_listed_values_are_taken() -> None:
    floor = Input(type="integer", enum=(1, 2))
    assert floor.value("2") == 2
    with pytest.raises(ValueError, match="one of 1, 2"):
        floor.value("3")


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "integer", "default": "7"},
        {"type": "date", "default": "today"},
        {"type": "boolean", "default": 1},
        {"type": "integer", "enum": ["x"]},
        {"enum": ["a"], "default": "b"},
        {"default": "a", "required": True},
        {"default": None, "enum": [None]},
        {"type": "secret"},
        {"secret": "X"},
    ],
)
def test_an_input_that_contradicts_itself_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Input.model_validate(wrong)
