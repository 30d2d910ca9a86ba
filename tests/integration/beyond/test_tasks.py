"""The tasks of this repository that need no browser, run as a user runs them; nothing leaks."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import SecretFrozen, TaskInvalid
from agent.planner import read_task
from agent.runs.options import RunOptions
from agent.settings import Settings
from agent.steps.remote.transfer import PIECE
from agent.steps.sandbox.walls import missing
from agent.wiring import build
from fixtures.login_site.serving import running_site
from tests.integration.beyond.desk import encodings
from tests.leak.job import ROOT, Finished, Workplace
from tests.leak.scan import find_in, find_under
from tests.standins.file_server import PASSWORD, FileServer, running_file_server
from tests.standins.web import running_web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from agent.runner import Runner
    from agent.runs.report import Report
    from fixtures.login_site.serving import Site
    from tests.standins.web import Reply, Sent

BIG = 48 * PIECE


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    with running_file_server(tmp_path_factory.mktemp("files")) as running:
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path / "user")


@contextmanager
def house_of(place: Workplace) -> Iterator[Runner]:
    """Open the user's data folder in this process: quicker than a command for each look."""
    runner = build(Settings.load(place.environ, place.folder))
    yield runner
    runner.vault._engine.dispose()


def store(place: Workplace, kind: str, origin: str, fields: Mapping[str, str]) -> str:
    with house_of(place) as runner:
        return runner.add_secret("It", kind, fields, [origin]).id


def run(place: Workplace, task: Path, binding: str, *more: str) -> Finished:
    return place.call(
        "run", str(task), "--bind", binding, "--output", str(place.folder / "out"), "--json",
        "--no-input", *more,
    )  # fmt: skip


def leaks(place: Workplace, canaries: Mapping[str, str], done: Finished) -> list[Any]:
    found = find_under(place.scanned, canaries)
    for where, said in (
        ("standard output", done.stdout), ("standard error", done.stderr),
        ("command lines", b"\n".join(done.cmdlines)), ("environments", b"\n".join(done.environs)),
    ):  # fmt: skip
        found += find_in(said, canaries, where)
    return found


def without_browser(done: Finished) -> bool:
    assert done.cmdlines, "the processes were not watched"
    return not any(re.search(rb"chrom|playwright", line) for line in done.cmdlines)


def test_guests_are_read_by_a_client_of_the_web_service(site: Site, place: Workplace) -> None:
    account = site.new_account(totp=False)
    client = {
        "client_id": account.username,
        "client_secret": account.password,
        "token_url": f"{site.origin}/api/token",
    }
    secret = store(place, "oauth2_client_credentials", site.origin, client)
    task = ROOT / "tasks/guests-by-api.json"
    done = run(place, task, f"HOTEL_API={secret}", "--input", f"site={site.origin}")
    assert done.code == 0, done.stderr.decode()
    guests = done.document["result"]["guests"]
    assert len(guests["names"]) == len(guests["rooms"]) > 0
    assert without_browser(done)
    assert leaks(place, {"id": account.username, "secret": account.password}, done) == []
    with house_of(place) as runner:
        used = [row for row in runner.vault.trail().rows() if row["action"] == "revealed"]
    assert {row["origin"] for row in used} == {site.origin}
    assert {row["run_id"] for row in used} == {done.document["run_id"]}


@pytest.mark.skipif(bool(missing()), reason=f"code cannot be walled in: {missing()}")
def test_code_counts_what_the_web_service_gave(site: Site, place: Workplace) -> None:
    account = site.new_account(totp=False)
    fields = {"username": account.username, "password": account.password}
    secret = store(place, "basic_auth", site.origin, fields)
    words = (ROOT / "tasks/rooms-sorted.json", f"HOTEL_API={secret}")
    done = run(place, *words, "--input", f"site={site.origin}", "--allow-code")
    assert done.code == 0, done.stderr.decode()
    assert sum(done.document["result"]["floors"].values()) > 0
    (printed,) = (place.folder / "out").rglob("printed-1.txt")
    assert printed.read_text("utf-8").endswith("rooms, for ‹HOTEL_API.username›\n")
    assert without_browser(done)
    assert leaks(place, fields, done) == []


def test_a_list_is_left_on_the_file_server(server: FileServer, place: Workplace) -> None:
    kind, fields = secret_of(server)
    secret = store(place, kind, server.origin, fields)
    task = ROOT / "tasks/rooms-to-the-office.json"
    done = run(place, task, f"OFFICE={secret}", "--input", f"server={server.origin}")
    assert done.code == 0, done.stderr.decode()
    assert (server.inbox / "rooms.txt").read_text() == "101\n102\n103\n"
    assert "rooms.txt" in [one["name"] for one in done.document["result"]["there"]]
    assert without_browser(done)
    lines = fields["private_key"].splitlines()
    assert leaks(place, {f"line {n}": line for n, line in enumerate(lines[1:-1])}, done) == []


def secret_of(server: FileServer) -> tuple[str, dict[str, str]]:
    fields = {"username": server.user, "host_key": server.host_key()}
    return "sftp_private_key", fields | {"private_key": server.private_key}


def test_an_upload_that_is_killed_goes_on_and_the_file_is_right(
    server: FileServer, place: Workplace, tmp_path: Path
) -> None:
    content = os.urandom(BIG)
    (tmp_path / "big.bin").write_bytes(content)
    step = {
        "type": "sftp", "slot": "OFFICE", "url": server.origin, "action": "put",
        "file": {"path": "big.bin"}, "path": "big.bin", "save_as": "sent", "timeout": 120,
    }  # fmt: skip
    task = tmp_path / "upload.json"
    slots = {"OFFICE": {"type": "sftp_private_key"}}
    task.write_text(json.dumps({"name": "Upload", "slots": slots, "steps": [step]}), "utf-8")
    kind, fields = secret_of(server)
    secret = store(place, kind, server.origin, fields)
    words = ("run", str(task), "--bind", f"OFFICE={secret}", "--json", "--no-input")
    process = place.start(*words)
    begun = until_begun(server)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (part,) = server.inbox.glob(".big.bin.*.part")
    assert PIECE < begun <= part.stat().st_size < BIG
    assert not (server.inbox / "big.bin").exists()
    done = place.call(*words)
    assert done.code == 0, done.stderr.decode()
    sent = done.document["result"]["sent"]
    assert sent["resumed_from"] >= PIECE
    there = hashlib.sha256((server.inbox / "big.bin").read_bytes()).hexdigest()
    assert there == hashlib.sha256(content).hexdigest() == sent["sha256"]
    assert list(server.inbox.glob(".*.part")) == []


def until_begun(server: FileServer) -> int:
    """Wait until some pieces of the upload are there; give how much that is."""
    for _ in range(6_000):
        for part in server.inbox.glob(".big.bin.*.part"):
            size = part.stat().st_size
            if size > 2 * PIECE:
                return size
        time.sleep(0.005)  # nothing tells when another process writes
    raise AssertionError("the upload did not begin")


async def test_a_busy_service_is_given_its_time_and_a_post_is_sent_once(place: Workplace) -> None:
    arrived: list[float] = []
    async with running_web() as web:

        def busy(status: int, after: str) -> Callable[[Sent], Reply]:
            def answer(_sent: Sent) -> Reply:
                arrived.append(time.monotonic())
                return status, {"content-type": "application/json", "retry-after": after}, b"1"

            return answer

        # Three attempts of one step, then those of its retry, which begins anew.
        for status in (429, 503, 500, 502, 200):
            web.replies.append(busy(status, "1" if status == 429 else "0"))
        get = {"type": "http", "url": web.origin, "local": True, "save_as": "got"}
        again = get | {"retry": {"attempts": 2, "wait": 0}}
        with house_of(place) as runner:
            report = await carried_out(runner, place, again)
            assert (report.outcome, report.result) == ("passed", {"got": 1}), report.error
            assert len(arrived) == 5
            assert arrived[1] - arrived[0] >= 1, "Retry-After is a second"
            web.replies = [busy(503, "0")]
            post = {"type": "http", "url": web.origin, "local": True, "method": "POST"}
            report = await carried_out(runner, place, post)
            assert report.outcome == "step_failed"
            assert len(arrived) == 6
            with pytest.raises(TaskInvalid, match="POST is not sent twice"):
                await carried_out(runner, place, post | {"retry": {}})


async def carried_out(runner: Runner, place: Workplace, *steps: dict[str, Any]) -> Report:
    task = place.folder / "steps.json"
    task.write_text(json.dumps({"name": "x", "steps": steps}))
    return await runner.run(runner.plan(task, {}, {}), RunOptions())


def test_a_request_with_a_password_or_a_field_of_a_secret_may_not_ask_to_be_tried_again(
    place: Workplace,
) -> None:
    field = {"X-Key": {"secret": "S", "field": "value"}}
    ways = {"basic_auth": {"basic_auth": "S"}, "value": {"headers": field}}
    task = place.folder / "again.json"
    for kind, way in ways.items():
        for more, right in (({}, True), ({"retry": {}}, False)):
            step = {"type": "http", "url": "https://api.example"} | way | more
            slots = {"S": {"type": kind}}
            task.write_text(json.dumps({"name": "x", "slots": slots, "steps": [step]}))
            with ExitStack() as wrong:
                if not right:
                    told = "a step that uses a secret is not tried again"
                    wrong.enter_context(pytest.raises(TaskInvalid, match=told))
                read_task(task)


async def test_a_request_with_a_token_is_tried_again_where_the_task_says_so(
    place: Workplace,
) -> None:
    async with running_web() as web:
        good = {"content-type": "application/json"}
        web.replies = [lambda _sent: (404, {}, b""), lambda _sent: (200, good, b"7")]
        step = {"type": "http", "url": web.origin, "bearer_token": "S", "save_as": "got"}
        task = place.folder / "again.json"
        slots = {"S": {"type": "bearer_token"}}
        steps = [step | {"retry": {"attempts": 2, "wait": 0}}]
        task.write_text(json.dumps({"name": "x", "slots": slots, "steps": steps}))
        with house_of(place) as runner:
            card = runner.add_secret("It", "bearer_token", {"token": "t0ken-8f2a91"}, [web.origin])
            report = await runner.run(runner.plan(task, {"S": card.id}, {}), RunOptions())
    assert (report.outcome, report.result) == ("passed", {"got": 7}), report.error
    assert len(web.seen) == 2


async def test_a_service_that_echoes_a_secret_in_every_form_leaves_none(place: Workplace) -> None:
    secret = "Zq8!m/R2+vX w7pLk-ünï"
    spelled = encodings(secret)
    async with running_web() as web:
        echo = {name: text.decode("utf-8", "replace") for name, text in spelled.items()}
        echo.pop("gzip in base64")  # of a page: what it packs itself is its own to show
        web.says(200, json.dumps(echo, ensure_ascii=False).encode())
        web.says(500, json.dumps(echo).encode(), retry_after="0")
        step = {"type": "http", "url": web.origin, "method": "POST", "save_as": "echo"}
        step |= {"json": {"in": {"secret": "ONE", "field": "value"}}}
        slots = {"ONE": {"type": "value"}}
        task = place.folder / "echo.json"
        steps = [step, step | {"save_as": "again"}]
        task.write_text(json.dumps({"name": "Echo", "slots": slots, "steps": steps}))
        with house_of(place) as runner:
            card = runner.add_secret("It", "value", {"value": secret}, [web.origin])
            plan = runner.plan(task, {"ONE": card.id}, {})
            report = await runner.run(plan, RunOptions(output=place.folder / "out"))
    assert [step.outcome for step in report.steps] == ["passed", "step_failed"]
    assert json.loads(web.seen[0].body) == {"in": secret}
    assert find_under(place.scanned, {"secret": secret}) == []
    said = json.dumps(report.document(), ensure_ascii=False)
    assert list(find_in(said.encode(), {"secret": secret}, "report")) == []
    assert said.count("‹ONE.value›") > 10


async def test_after_a_rejected_password_no_later_run_sends_it(
    place: Workplace, server: FileServer
) -> None:
    if not server.has_password:
        pytest.skip("a server with an account of its own needs root")
    async with running_web() as web:
        web.says(401)
        steps = {
            "basic_auth": {"type": "http", "url": web.origin, "basic_auth": "S"},
            "sftp_password": {
                "type": "sftp", "slot": "S", "url": server.origin, "action": "list", "path": ".",
            },
        }  # fmt: skip
        fields = {"username": server.user, "password": "not-the-password"}
        for kind, step in steps.items():
            task = place.folder / f"{kind}.json"
            slots = {"S": {"type": kind}}
            task.write_text(json.dumps({"name": kind, "slots": slots, "steps": [step]}))
            held = fields | ({"host_key": server.host_key()} if kind != "basic_auth" else {})
            with house_of(place) as runner:
                card = runner.add_secret(kind, kind, held, [str(step["url"])])
                plan = runner.plan(task, {"S": card.id}, {})
                report = await runner.run(plan, RunOptions())
                assert report.outcome == "bad_credentials"
                with pytest.raises(SecretFrozen, match=f"{kind} is frozen: {step['url']} rejected"):
                    runner.plan(task, {"S": card.id}, {})
    assert len(web.seen) == 1


def test_the_readers_find_what_is_planted(place: Workplace) -> None:
    (place.folder / "out" / "planted.txt").write_text(PASSWORD[::-1])
    assert [leak.form for leak in find_under(place.scanned, {"p": PASSWORD})] == ["reversed"]
