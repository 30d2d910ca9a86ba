from __future__ import annotations

import pytest

from agent.errors import UsageError
from agent.runs.retention import Rule, chosen, seconds_of
from agent.runs.run import Outline

DAY = 86_400.0
NOW = 100 * DAY


def outline(name: str, days: float, task: str = "guests", state: str = "succeeded") -> Outline:
    ended = None if state in ("queued", "running") else NOW - days * DAY
    return Outline(name, task, "test", state, NOW - days * DAY - 5, ended)


RUNS = [
    outline("now", 0, state="running"),
    outline("queue", 1, state="queued"),
    outline("a", 2),
    outline("b", 10),
    outline("rooms", 20, task="rooms"),
    outline("c", 40),
    outline("old-and-going-on", 50, state="running"),
    outline("d", 60),
]


@pytest.mark.parametrize(
    ("rule", "gone"),
    [
        (Rule(keep=1), ["a", "b", "c", "d"]),
        (Rule(keep=4), ["c", "d"]),
        (Rule(keep=100), []),
        (Rule(older=30 * DAY), ["c", "d"]),
        (Rule(older=5 * DAY), ["b", "c", "d"]),
        (Rule(older=10 * DAY), ["c", "d"]),
        (Rule(keep=6, older=5 * DAY), ["d"]),
        (Rule(keep=1, older=50 * DAY), ["d"]),
    ],
)
def test_a_run_goes_only_where_no_rule_keeps_it(rule: Rule, gone: list[str]) -> None:
    assert [run.id for run in chosen(RUNS, rule, NOW)] == gone


def test_what_goes_on_what_waits_and_the_newest_of_a_task_never_go() -> None:
    everything = Rule(older=0.0)
    assert [run.id for run in chosen(RUNS, everything, NOW + DAY)] == ["a", "b", "c", "d"]
    assert [run.id for run in chosen(RUNS, everything, NOW + DAY, frozenset({"b"}))] == [
        "a",
        "c",
        "d",
    ]
    live = Outline("live", "guests", "live", "failed", 0.0, 1.0)
    assert chosen([*RUNS, live], Rule(keep=1), NOW)[-1].id == "d"


@pytest.mark.parametrize(
    ("age", "seconds"), [("1s", 1), ("90m", 5400), ("12h", 43_200), ("30d", 30 * DAY)]
)
def test_an_age_is_read(age: str, seconds: float) -> None:
    assert seconds_of(age) == seconds


@pytest.mark.parametrize("age", ["", "30", "d", "0d", "-1d", "1.5d", "30 d", "1y", "9999999d"])
def test_what_is_no_age_is_refused(age: str) -> None:
    with pytest.raises(UsageError):
        seconds_of(age)
