"""A worker whose network to the database is cut, and which still reaches the site."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from agent.runs.claim import USUAL, LeaseTimes
from agent.runs.states import State
from tests.standins.crew import SHORT
from tests.standins.hosts import Place, made_place, running_site
from tests.standins.networks import machine, may_make_networks
from tests.standins.postgres import fresh_database, programs, running_cluster, sqlalchemys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.standins.networks import Machine

pytestmark = pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed")

ACCOUNT = "one account"


@pytest.fixture(scope="module")
def far() -> Iterator[Machine]:
    if not may_make_networks():
        pytest.skip("no network namespace can be made here: that takes root")
    with machine() as made:
        yield made


@pytest.fixture(scope="module")
def server(far: Machine) -> Iterator[str]:
    with running_cluster(far.to_database) as cluster:
        yield sqlalchemys(cluster.url)


@pytest.fixture
def place(tmp_path: Path, far: Machine, server: str) -> Iterator[Place]:
    with running_site(far.to_site) as site, fresh_database(server) as url:
        made = made_place(tmp_path, site, url)
        yield made
        far.mend()
        site.let_go(*range(9))
        made.end()


def cut_off(place: Place, far: Machine, times: LeaseTimes, *without: str) -> tuple[str, str, float]:
    """Cut a worker off in a run while another run of its account waits for somebody else.

    The site answers it after its fence and before anybody else could know that it is away. Gives
    the run, the one that waits, and when the network was cut.
    """
    reached = place.database
    place.database = reached.replace("@/", f"@{far.to_database}/").partition("?")[0]
    cut = place.place(1, serial=ACCOUNT)
    chosen = {"ttl": times.ttl, "renew": times.renew, "fence": times.fence}
    place.crew(1, *without, before=far.before, host="far", **chosen)
    place.site.wait_for("/hold", 1)
    place.database = reached
    waits = place.place(2, serial=ACCOUNT)
    place.site.let_go(2)
    place.crew(1, host="near", **chosen)
    far.cut()
    at = time.monotonic()
    time.sleep(times.fence + (times.ttl - times.fence) / 5)
    place.site.let_go(1)
    return cut, waits, at


def check_fenced(place: Place, far: Machine, times: LeaseTimes, away: float) -> None:
    cut, waits, at = cut_off(place, far, times)
    place.wait(lambda: place.state(cut).ended)
    assert time.monotonic() - at < times.ttl + 20  # the goal is +5 on a calm machine
    place.ended(waits)
    time.sleep(max(0.0, away - (time.monotonic() - at)))
    far.mend()
    # The one that was away works again when it carries out another run.
    place.started[-1].terminate()
    place.started[-1].wait()
    back = place.place(3, serial=ACCOUNT)
    place.site.let_go(3)
    place.ended(back)
    states = [place.state(run_id) for run_id in (cut, waits, back)]
    assert states == [State.INTERRUPTED, State.SUCCEEDED, State.SUCCEEDED]
    assert place.site.times("/begin") == {1: 1, 2: 1, 3: 1}
    assert place.site.times("/end") == {2: 1, 3: 1}
    error = place.runner.report(cut).error
    assert error is not None
    assert "stopped renewing" in error.message


def test_it_stops_its_run_by_itself_does_nothing_more_and_works_on_when_it_is_back(
    place: Place, far: Machine
) -> None:
    check_fenced(place, far, SHORT, away=2 * SHORT.ttl)


@pytest.mark.slow
def test_positive_control_without_the_fence_it_acts_while_another_may_have_begun(
    place: Place, far: Machine
) -> None:
    cut, waits, _ = cut_off(place, far, SHORT, "fence")
    place.site.wait_for("/end", 1)
    place.ended(cut, waits)
    far.mend()
    assert place.state(cut) is State.INTERRUPTED


@pytest.mark.slow
def test_with_the_usual_times_for_twenty_seconds(place: Place, far: Machine) -> None:
    check_fenced(place, far, USUAL, away=20.0)
