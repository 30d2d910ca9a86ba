"""A schedule cannot lock an account: one rejected password, one POST, and no more runs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.leak.job import Workplace

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site
    from tests.leak.job import Finished

pytestmark = pytest.mark.browser


class Schedule:
    """A person's folders, one account, and a task that is run again and again."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.place = Workplace(folder)
        self.site = site
        self.since = len(site.log)

    def store(self, account: Account) -> str:
        return self.place.store(account, self.site.origin)

    def run(self, secret: str) -> Finished:
        return self.place.call(*self.place.run_words(secret, self.site))

    @property
    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.site.log[self.since :])


@pytest.fixture
def schedule(tmp_path: Path, site: Site) -> Schedule:
    return Schedule(tmp_path / "user", site)


def test_after_one_rejection_the_next_run_opens_no_browser(
    schedule: Schedule,
) -> None:
    account = schedule.site.new_account(totp=True)
    secret = schedule.store(replace(account, password="not the password"))
    first = schedule.run(secret)
    assert (first.code, first.document["outcome"]) == (6, "bad_credentials")
    assert schedule.posts == 1
    requests = len(schedule.site.log)
    for _ in range(2):
        again = schedule.run(secret)
        assert (again.code, again.document["error"]["code"]) == (4, "secret_frozen")
        assert not any(b"chrom" in line.lower() for line in again.cmdlines)
    assert schedule.posts == 1
    assert len(schedule.site.log) == requests

    assert schedule.place.call("secrets", "unfreeze", secret).code == 0
    assert schedule.run(secret).code == 6
    assert schedule.posts == 2


def test_of_runs_that_start_together_one_types_the_wrong_password(schedule: Schedule) -> None:
    account = schedule.site.new_account(totp=True)
    secret = schedule.store(replace(account, password="not the password"))
    words = schedule.place.run_words(secret, schedule.site)
    started = [schedule.place.start(*words) for _ in range(2)]
    ended = [json.loads(process.communicate()[0]) for process in started]
    assert schedule.posts == 1
    # The other one was frozen: while it waited for its turn, or before its browser opened.
    endings = sorted((one["error"]["code"], one["outcome"]) for one in ended)
    assert endings == [("login_failed", "bad_credentials"), ("secret_frozen", "secret_frozen")]


def test_with_the_right_password_every_run_signs_in(schedule: Schedule) -> None:
    secret = schedule.store(schedule.site.new_account(totp=True))
    finished = schedule.run(secret)
    assert finished.code == 0, finished.stderr
    assert any(b"chrom" in line.lower() for line in finished.cmdlines)
    posts = schedule.posts
    assert posts
    assert schedule.run(secret).code == 0
    assert schedule.posts > posts
