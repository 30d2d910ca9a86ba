from agent.tasks.positions import Places, scan
from agent.tasks.problems import path_text, problem


def test_a_path_is_written_as_people_do() -> None:
    assert path_text(()) == "task"
    assert path_text(("steps", 2, "target", "lable")) == "steps[2].target.lable"
    assert path_text(("$schema",)) == "$schema"
    assert path_text(("slots", "my slot", "x")) == 'slots["my slot"].x'
    assert "\n" not in path_text(("a\nb",))


def test_a_problem_stands_at_the_value_or_at_the_key() -> None:
    _, places = scan('{"a": 1}')
    assert (problem(places, ("a",), "x").line, problem(places, ("a",), "x").column) == (1, 7)
    assert problem(places, ("a",), "x", at_key=True).column == 2
    assert problem(Places(), ("a",), "x").line == 0
