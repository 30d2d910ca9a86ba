from __future__ import annotations

import os
import subprocess
import sys

import pytest

from agent.runs.worker import is_gone, this_worker


def renamed(worker: str, place: int, text: str) -> str:
    parts = worker.split(":")
    parts[place] = text
    return ":".join(parts)


def test_the_calling_process_is_not_gone() -> None:
    assert not is_gone(this_worker())


def test_a_process_that_ended_is_gone_also_while_nobody_has_reaped_it() -> None:
    program = "from agent.runs.worker import this_worker as w; import sys; sys.stdout.write(w())"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        worker = child.stdout.read().decode()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(worker)
    assert is_gone(worker)


def test_a_process_number_given_to_another_process_does_not_keep_a_run() -> None:
    assert is_gone(renamed(this_worker(), 4, "1"))


@pytest.mark.parametrize("place", [1, 2])
def test_a_worker_of_another_boot_or_namespace_is_left_to_its_lease(place: int) -> None:
    worker = renamed(renamed(this_worker(), 3, "999999999"), place, "elsewhere")
    assert not is_gone(worker)


def test_positive_control_the_same_number_here_is_gone() -> None:
    assert is_gone(renamed(this_worker(), 3, "4194305"))


@pytest.mark.parametrize("worker", ["", "worker-1", "host::::", "host:::12:"])
def test_a_name_of_another_form_is_never_judged(worker: str) -> None:
    assert not is_gone(worker)
