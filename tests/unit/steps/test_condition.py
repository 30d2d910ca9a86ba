from typing import Any

import pytest

from agent.errors import StepFailed
from agent.steps.condition import Condition, compared
from agent.steps.context import StepContext


def context(**results: Any) -> StepContext:
    async def nothing(_: str) -> None: ...

    return StepContext(None, nothing, nothing, results=results)  # type: ignore[arg-type]  # no page


@pytest.mark.parametrize(
    ("value", "test", "wanted", "holds"),
    [
        ("3", "equals", 3, True),
        (3, "equals", "3", True),
        (3.5, "equals", 3, False),
        (True, "equals", "true", True),
        (None, "equals", "", False),
        ([1], "differs", 1, True),
        ("Ann Lee", "contains", "Lee", True),
        (["a", "b"], "contains", "b", True),
        ([1, 2], "count", 2, True),
        ({}, "count", 0, True),
        ("10", "more_than", 9, True),
        (9, "less_than", 9, False),
    ],
)
def test_a_value_is_compared(value: Any, test: str, wanted: Any, holds: bool) -> None:  # noqa: FBT001 - a table
    assert compared(value, test, wanted, "results.x") is holds


@pytest.mark.parametrize(
    ("value", "test", "wanted"),
    [("ten", "more_than", 9), (3, "count", 1), (3, "contains", "3"), (None, "less_than", 1)],
)
def test_a_test_that_cannot_be_asked_fails_the_step(value: Any, test: str, wanted: Any) -> None:
    with pytest.raises(StepFailed, match="cannot be asked of it"):
        compared(value, test, wanted, "results.x")


@pytest.mark.parametrize(
    ("written", "holds"),
    [
        ({"value": "results.n", "equals": 3}, True),
        ({"not": {"value": "results.n", "equals": 3}}, False),
        (
            {
                "all": [
                    {"value": "results.n", "more_than": 2},
                    {"value": "results.n", "less_than": 4},
                ]
            },
            True,
        ),
        (
            {"any": [{"value": "results.n", "more_than": 3}, {"value": "results.n", "equals": 3}]},
            True,
        ),
        (
            {"all": [{"value": "results.n", "more_than": 3}, {"value": "results.no", "count": 1}]},
            False,
        ),
        ({"value": "results.no", "exists": False}, True),
        ({"value": "results.none", "exists": True}, False),
        ({"value": "results.none", "equals": None}, True),
    ],
)
async def test_conditions_of_values(written: dict[str, Any], holds: bool) -> None:  # noqa: FBT001 - a table
    condition = Condition.model_validate(written)
    assert await condition.holds(context(n=3, none=None)) is holds
    assert condition.words
    assert not condition.looks_at_page


def test_a_condition_knows_whether_it_needs_a_page() -> None:
    deep = {"any": [{"not": {"target": {"text": "x"}}}, {"value": "results.n", "equals": 1}]}
    condition = Condition.model_validate(deep)
    assert condition.looks_at_page
    assert condition.words == "(not (text “x” is visible)) or (results.n equals 1)"
