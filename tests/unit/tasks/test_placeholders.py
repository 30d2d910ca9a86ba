import pytest

from agent.tasks.placeholders import (
    MISPLACED,
    did_you_mean,
    faults,
    names_in,
    quoted,
    secret_objects,
    substitute,
    substitute_all,
)

INPUTS = {"date": "2026-11-22", "site": "https://hotel.example", "tricky": "${inputs.date}"}


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("plain", "plain"),
        ("${inputs.date}", "2026-11-22"),
        ("${inputs.site}/d/${inputs.date}?x", "https://hotel.example/d/2026-11-22?x"),
        ("$${inputs.date}", "${inputs.date}"),
        ("$$${inputs.date}", "$${inputs.date}"),
        ("costs $5 {x} $", "costs $5 {x} $"),
        ("${inputs.tricky}", "${inputs.date}"),
    ],
)
def test_inputs_are_put_in_once_and_what_they_bring_is_left_alone(text: str, becomes: str) -> None:
    assert list(faults(text, INPUTS, ())) == []
    assert substitute(text, INPUTS) == becomes


@pytest.mark.parametrize(
    "text",
    [
        "${MANAGEMENT_LOGIN}",
        "${MANAGEMENT_LOGIN.password}",
        "${inputs.MANAGEMENT_LOGIN}",
        "${secrets.password}",
        "${secret}",
        "${slots.x}",
        "a ${SECRETS.x",
    ],
)
def test_a_secret_is_refused_in_a_text(text: str) -> None:
    assert list(faults(text, INPUTS, ("MANAGEMENT_LOGIN",))) == [MISPLACED]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${inputs.dat}", 'did you mean "date"?'),
        ("${results.guests}", "means nothing here"),
        ("${}", "means nothing here"),
        ("${inputs.date", "not closed"),
        ("${inputs.date.year}", "means nothing here"),
        ("${ inputs.date }", "not closed"),
        ("${1+1}", "means nothing here"),
    ],
)
def test_any_other_placeholder_is_refused(text: str, said: str) -> None:
    (fault,) = faults(text, INPUTS, ())
    assert said in fault


def test_only_texts_change_in_a_piece_of_json() -> None:
    written = {"${inputs.date}": ["${inputs.date}", 7, None, {"x": "$${"}]}
    changed = substitute_all(written, INPUTS)
    assert changed == {"${inputs.date}": ["2026-11-22", 7, None, {"x": "${"}]}


def test_the_inputs_a_text_asks_for_are_listed() -> None:
    assert list(names_in("${inputs.a}$${inputs.b}${inputs.c")) == ["a"]


def test_a_secret_object_is_found_wherever_it_stands() -> None:
    written = {"a": [{"secret": "X", "field": "password"}], "b": {"secret": {"css": "td"}}}
    assert list(secret_objects(written)) == [("a", 0)]


def test_a_word_is_shown_on_one_line_and_not_at_length() -> None:
    assert "\n" not in quoted("a\nb\x1b[31m")
    assert "\x1b" not in quoted("a\nb\x1b[31m")
    assert len(quoted("x" * 500)) < 70


def test_the_nearest_word_is_offered_else_all_of_a_few() -> None:
    assert did_you_mean("lable", ["label", "text"]) == '; did you mean "label"?'
    assert did_you_mean("zzz", ["label", "text"]) == "; known: label, text"
    assert did_you_mean("LABEL", ["label"]) == '; did you mean "label"?'
    assert did_you_mean("zzz", []) == ""
