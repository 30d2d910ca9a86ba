"""A canary login goes through the main job; then everything the job left is read.

The canaries are the username, the password, the TOTP key and every code the ledger gave out. They
are searched in each encoding of the matrix in the data folder, the output folder, TMPDIR, HOME, the
shared-memory folder, standard output and error, and the command lines and environments of the
process tree; pictures are read by OCR.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from PIL import Image

from fixtures.login_site.serving import running_site
from tests.leak.job import TASK, Finished, Workplace
from tests.leak.kills import kill_runs
from tests.leak.scan import Leak, find_in, find_under, pictures_under, seen_in, words_read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.login_site.accounts import Account
    from fixtures.login_site.serving import Site

pytestmark = pytest.mark.browser

STEPS: list[dict[str, Any]] = json.loads(TASK.read_text("utf-8"))["steps"]
# Before, in and after the sign-in; the other steps are slow together.
FIRST = {"goto", "sign_in", "fill", "extract"}
EACH = [
    pytest.param(at, id=step["type"], marks=() if step["type"] in FIRST else (pytest.mark.slow,))
    for at, step in enumerate(STEPS)
]
NOWHERE = {"css": "#no-such-place"}
MOMENTS = 10


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path / "user")


def codes_given(place: Workplace, key: str) -> list[str]:
    """Every code the ledger gave out, and its neighbours, made again from the key."""
    with sqlite3.connect(place.folder / "home" / "runner.db") as database:
        counters = [row[0] for row in database.execute("SELECT last_counter FROM totp_ledger")]
    database.close()
    assert len(counters) <= 1
    return [pyotp.HOTP(key).at(count + by) for count in counters for by in (-1, 0, 1)]


def canaries_of(place: Workplace, account: Account) -> dict[str, str]:
    codes = codes_given(place, account.totp_key) if account.totp_key else []
    return {
        "username": account.username,
        "password": account.password,
        "totp key": account.totp_key,
        **{f"code {number}": code for number, code in enumerate(codes)},
    }


def leaks_of(place: Workplace, account: Account, *said: Finished) -> list[Leak]:
    canaries = canaries_of(place, account)
    leaks = find_under(place.scanned, canaries)
    for finished in said:
        leaks += find_in(finished.stdout, canaries, "standard output")
        leaks += find_in(finished.stderr, canaries, "standard error")
        leaks += find_in(b"\n".join(finished.cmdlines), canaries, "a command line")
        leaks += find_in(b"\n".join(finished.environs), canaries, "an environment")
    return leaks


def ocr_leaks(place: Workplace, account: Account) -> list[str]:
    canaries = canaries_of(place, account)
    found = []
    for name, picture in pictures_under(place.scanned):
        text = words_read(picture)
        found += [f"{name}: {label}" for label, value in canaries.items() if seen_in(text, value)]
    return found


def broken_at(step: int, folder: Path) -> Path:
    """The demo task with its ``step`` made to fail."""
    task = json.loads(TASK.read_text("utf-8"))
    broken = task["steps"][step]
    if broken["type"] == "goto":
        broken["url"] = "http://127.0.0.1:9/"
    elif broken["type"] == "sign_in":
        broken["expect"] = NOWHERE
    elif broken["type"] == "screenshot":
        task["steps"].insert(step + 1, {"type": "click", "target": NOWHERE, "timeout": 0.5})
    elif "url" in broken:
        broken["url"] = "**/no-such-place"
    else:
        broken["target"] = NOWHERE
    broken["timeout"] = 8 if broken["type"] == "sign_in" else 0.5
    path = folder / f"broken-{step}.json"
    path.write_text(json.dumps(task), "utf-8")
    return path


def test_a_finished_run_leaves_no_canary_anywhere(site: Site, place: Workplace) -> None:
    account = site.new_account(totp=True)
    secret = place.store(account, site.origin)
    run = place.call(*place.run_words(secret, site))
    assert run.code == 0, run.stderr.decode()
    assert run.document["result"]["guests"]
    assert {line["state"] for line in run.document["artifacts"]} == {"kept"}
    assert any(cmd for cmd in run.cmdlines if b"chrom" in cmd), "the browser was not watched"
    assert leaks_of(place, account, run) == []
    pictures = list(pictures_under(place.scanned))
    assert len(pictures) >= len(STEPS)
    assert ocr_leaks(place, account) == []


def test_the_readers_find_what_is_planted(site: Site, place: Workplace) -> None:
    account = site.new_account(totp=True)
    place.store(account, site.origin)
    (place.folder / "out" / "planted.txt").write_text(f"token={account.password[::-1]}")
    leaks = leaks_of(place, account)
    assert [(leak.name, leak.form) for leak in leaks] == [("password", "reversed")]


def test_a_code_that_every_jpeg_spells_is_no_leak_but_one_in_its_comment_is(
    tmp_path: Path,
) -> None:
    for said, found in ((b"nothing", False), (b"code 456789.", True)):
        Image.new("RGB", (64, 64), "white").save(tmp_path / "a.jpeg", comment=said)
        assert b"456789" in (tmp_path / "a.jpeg").read_bytes()
        assert bool(find_under([tmp_path], {"code": "456789"})) is found


@pytest.mark.parametrize("step", EACH)
def test_a_run_that_fails_at_a_step_leaves_no_canary(
    site: Site, place: Workplace, tmp_path: Path, step: int
) -> None:
    account = site.new_account(totp=True)
    secret = place.store(account, site.origin)
    run = place.call(*place.run_words(secret, site, broken_at(step, tmp_path)))
    assert run.code in {1, 6}, run.stderr.decode()
    statuses = [line["status"] for line in run.document["steps"]]
    assert statuses.count("failed") == 1
    assert "not_run" in statuses or statuses[-1] == "failed"
    assert leaks_of(place, account, run) == []


def test_a_rejected_password_leaves_no_canary(site: Site, place: Workplace) -> None:
    account = site.new_account(totp=True)
    wrong = type(account)(account.username, account.password + "-old", account.totp_key)
    secret = place.store(wrong, site.origin)
    run = place.call(*place.run_words(secret, site))
    assert (run.code, run.document["outcome"]) == (6, "bad_credentials")
    assert leaks_of(place, wrong, run) == []
    assert ocr_leaks(place, wrong) == []


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_killed_run_leaves_no_canary_after_one_restart(site: Site, place: Workplace) -> None:
    account = site.new_account(totp=True)
    killed = kill_runs(place, site, account, MOMENTS)
    restart = place.call("runs", "list", "--json")
    assert restart.code == 0
    assert killed == MOMENTS
    states = [line["status"] for line in json.loads(restart.stdout)]
    assert "running" not in states
    assert "interrupted" in states
    assert leaks_of(place, account, restart) == []
    shutil.rmtree(place.folder)
