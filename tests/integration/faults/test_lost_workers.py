"""Workers that are killed or stand still, on machines whose processes nobody else can look at."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from agent.runs.claim import USUAL
from agent.runs.states import State
from tests.standins.crew import SHORT
from tests.standins.hosts import EXECUTABLE, freeze, killed
from tests.standins.processes import free_ports, kill_workers_of

if TYPE_CHECKING:
    from tests.standins.hosts import Place, Process

ACCOUNT = "one account"
# Until a lease ends, somebody looks, and the next worker begins; the machine may be slow.
SOON = SHORT.ttl + 15


def begun(place: Place, number: int, *without: str, host: str = "first") -> tuple[str, Process]:
    """Have a run held in its second step by a worker of another machine."""
    run_id = place.place(number, serial=ACCOUNT)
    worker = place.crew(1, *without, host=host)
    place.site.wait_for("/hold", number)
    place.wait(lambda: place.runner.store.get(run_id).step == 1)
    return run_id, worker


def test_a_killed_workers_run_is_interrupted_in_its_step_and_frees_its_account(
    place: Place,
) -> None:
    lost, worker = begun(place, 1)
    waits = place.place(2, serial=ACCOUNT)
    other = place.crew(2, host="second")
    killed(worker)
    place.site.let_go(1, 2)
    place.wait(lambda: place.state(lost).ended, SOON)
    place.ended(waits)
    assert (place.state(lost), place.state(waits)) == (State.INTERRUPTED, State.SUCCEEDED)
    error = place.runner.report(lost).error
    assert error is not None
    assert "in step 2" in error.message
    assert other.poll() is None
    # Of one account never two at once, judged by the site: the second began after the first fell.
    assert place.site.seen == [
        ("/begin", 1), ("/hold", 1), ("/begin", 2), ("/hold", 2), ("/end", 2),
    ]  # fmt: skip


def test_a_killed_workers_run_that_may_begin_anew_is_begun_by_another(place: Place) -> None:
    place.store(on_lost="requeue")
    lost, worker = begun(place, 1)
    killed(worker)
    place.site.let_go(1)
    place.crew(1, host="second")
    place.ended(lost)
    run = place.runner.store.get(lost)
    assert (run.state, run.attempt) == (State.SUCCEEDED, 2)
    assert place.site.seen == [
        ("/begin", 1), ("/hold", 1), ("/begin", 1), ("/hold", 1), ("/end", 1),
    ]  # fmt: skip


def test_a_server_that_is_killed_with_its_worker_and_started_again_goes_on_with_what_waits(
    place: Place,
) -> None:
    port, other = free_ports()
    serve = [EXECUTABLE, "serve", "--no-input", f"--port={port}", f"--artifacts-port={other}"]
    server = place.start(serve)
    lost = place.place(1, serial=ACCOUNT)
    place.site.wait_for("/hold", 1)
    waits = place.place(2, serial=ACCOUNT)
    killed(server)
    kill_workers_of(place.home)
    assert (place.state(lost), place.state(waits)) == (State.RUNNING, State.QUEUED)
    place.site.let_go(1, 2)
    place.start(serve)
    place.wait(lambda: place.state(lost).ended, USUAL.ttl + 15)
    place.ended(waits)
    assert (place.state(lost), place.state(waits)) == (State.INTERRUPTED, State.SUCCEEDED)
    assert place.site.times("/end") == {2: 1}


def woken(place: Place, *without: str) -> tuple[str, str]:
    """Freeze a worker in a run, let another take the run over and do the next, and wake it."""
    place.store(on_lost="requeue")
    lost, asleep = begun(place, 1, *without)
    freeze(place, asleep)
    place.site.let_go(1, 2)
    other = place.crew(1, host="second")
    place.wait(lambda: place.site.times("/hold")[1] == 2)
    place.ended(lost)
    killed(other)
    asleep.send_signal(signal.SIGCONT)
    later = place.place(2, serial=ACCOUNT)
    place.ended(later)
    return lost, later


def test_a_worker_that_wakes_does_nothing_more_and_what_it_writes_is_refused(place: Place) -> None:
    lost, later = woken(place)
    run = place.runner.store.get(lost)
    # The other's attempt is the one that counts; the one that woke did its next run, and no more.
    assert (run.state, run.attempt) == (State.SUCCEEDED, 2)
    assert place.state(later) is State.SUCCEEDED
    assert place.site.times("/end") == {1: 1, 2: 1}


@pytest.mark.slow
def test_positive_control_without_the_fence_it_acts_and_still_cannot_write(place: Place) -> None:
    lost, _ = woken(place, "fence")
    place.site.wait(lambda: place.site.seen.count(("/end", 1)) == 2)
    assert place.runner.store.get(lost).attempt == 2


USUALLY = {"ttl": USUAL.ttl, "renew": USUAL.renew, "fence": USUAL.fence}


@pytest.mark.slow
def test_with_the_usual_times_a_killed_workers_run_is_interrupted_within_twenty_seconds(
    place: Place,
) -> None:
    lost = place.place(1, serial=ACCOUNT)
    place.crew(1, host="second", **USUALLY)
    place.site.wait_for("/hold", 1)
    place.wait(lambda: place.runner.store.get(lost).step == 1)
    watcher = place.crew(1, host="third", **USUALLY)
    place.wait(lambda: len(place.runner.orders.workers()) == 2)
    killed(place.started[0])
    took = place.wait(lambda: place.state(lost).ended)
    assert place.state(lost) is State.INTERRUPTED
    assert watcher.poll() is None
    assert took < 20 + 5  # five for a machine that has much else to do


@pytest.mark.slow
def test_with_the_usual_times_a_worker_frozen_for_forty_seconds_does_nothing_after_waking(
    place: Place,
) -> None:
    lost = place.place(1, serial=ACCOUNT)
    asleep = place.crew(1, host="first", **USUALLY)
    place.site.wait_for("/hold", 1)
    freeze(place, asleep)
    begun = time.monotonic()
    waits = place.place(2, serial=ACCOUNT)
    place.site.let_go(1, 2)
    other = place.crew(1, host="second", **USUALLY)
    place.ended(lost, waits)
    time.sleep(max(0.0, 40.0 - (time.monotonic() - begun)))
    killed(other)
    woken_at = time.monotonic()
    asleep.send_signal(signal.SIGCONT)
    later = place.place(3, serial=ACCOUNT)
    place.site.let_go(3)
    place.ended(later)
    states = [place.state(one) for one in (lost, waits, later)]
    assert states == [State.INTERRUPTED, State.SUCCEEDED, State.SUCCEEDED]
    # After it woke, every request is of the run it took then.
    assert {one.number for one in place.site.requests if one.at > woken_at} == {3}
    assert place.site.times("/end") == {2: 1, 3: 1}
