"""The database goes away under load and comes back: no run is lost, and none runs twice."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from agent.runs.claim import USUAL
from agent.runs.states import State
from tests.standins.hosts import Place, made_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.standins.hosts import Site
    from tests.standins.postgres import Cluster

RUNS = 30


@pytest.fixture
def place(tmp_path: Path, site: Site, postgresql: str) -> Iterator[Place]:
    made = made_place(tmp_path, site, postgresql)
    yield made
    made.end()


def under_load(place: Place) -> list[str]:
    """Have two workers in the middle of many runs, four of which hold."""
    made = [place.place(number, serial=f"account {number % 10}") for number in range(RUNS)]
    usual = {"ttl": USUAL.ttl, "renew": USUAL.renew, "fence": USUAL.fence}
    for host in ("first", "second"):
        place.crew(2, host=host, **usual)
    place.site.let_go(*range(6))
    place.site.wait(lambda: len(place.site.seen) > 20)
    return made


def ended(place: Place, made: list[str]) -> Counter[State]:
    place.ended(*made)
    assert len(place.runner.store.list(RUNS + 1)) == RUNS
    begun, done = place.site.times("/begin"), place.site.times("/end")
    assert set(begun) == set(range(RUNS))
    # None twice: judged by the site.
    assert set(begun.values()) == set(done.values()) == {1}
    states = Counter(place.state(run_id) for run_id in made)
    assert states[State.SUCCEEDED] <= len(done)
    assert set(states) <= {State.SUCCEEDED, State.INTERRUPTED}
    return states


def test_a_restart_of_a_few_seconds_has_no_effect(place: Place, cluster: Cluster) -> None:
    made = under_load(place)
    cluster.stop()
    time.sleep(3.0)
    cluster.start()
    place.site.let_go(*range(RUNS))
    assert ended(place, made)[State.SUCCEEDED] == RUNS


@pytest.mark.slow
def test_longer_and_what_goes_on_is_stopped_and_the_rest_waits(
    place: Place, cluster: Cluster
) -> None:
    made = under_load(place)
    cluster.stop()
    time.sleep(USUAL.fence + 1)
    place.site.let_go(*range(RUNS))
    time.sleep(5.0)
    seen = len(place.site.seen)
    time.sleep(2.0)
    assert len(place.site.seen) == seen
    cluster.start()
    states = ended_or_stopped(place, made)
    assert 1 <= states[State.INTERRUPTED] <= 4


def ended_or_stopped(place: Place, made: list[str]) -> Counter[State]:
    place.ended(*made)
    begun, done = place.site.times("/begin"), place.site.times("/end")
    assert set(begun) == set(range(RUNS))
    assert set(begun.values()) == {1}
    assert max(done.values()) == 1
    states = Counter(place.state(run_id) for run_id in made)
    # One may have done its last step when the database went, and not been able to say so.
    assert states[State.SUCCEEDED] <= len(done)
    assert set(states) <= {State.SUCCEEDED, State.INTERRUPTED}
    return states
