"""Webhooks told of ends of runs, over a real vault, a real store and a receiver of this test."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from agent.errors import NotAllowed, NotFound, SecretMissing, UsageError
from agent.runner.delivering import RESTS, Delivering
from agent.runner.schedules import NewSchedule
from agent.runner.webhooks import NewWebhook
from agent.runs.tables import delivery, schedule
from agent.settings import Settings
from agent.vault.policy import Role
from agent.vault.signing import signature
from agent.wiring import build
from agent.wiring.tending import tend
from tests.unit.runner.test_orders import Desk, desk, order, runner, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent.runner import Runner
    from agent.runs.webhook_store import Delivery, Webhook

__all__ = ["desk", "runner"]


class Inbox(ThreadingHTTPServer):
    """A receiver that keeps what it is sent and answers what it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class Receiver(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): text for name, text in self.headers.items()}
        self.server.got.append((headers, body))
        status = self.server.answers.pop(0) if self.server.answers else 204
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    made = Inbox()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def sign(runner: Runner, hook: Webhook, message: bytes) -> str:
    return signature(runner.vault, hook.secret_id, message)


async def deliver(runner: Runner) -> int:
    return await Delivering(runner.store.webhooks, partial(sign, runner), 0.01, 0.02).deliver()


def ended_run(runner: Runner) -> str:
    runner.tasks.put(written())
    run = runner.orders.place(order(runner))
    runner.orders.cancel(run.id)
    return run.id


def hooked(runner: Runner, inbox: Inbox, *states: str) -> tuple[Webhook, str]:
    return runner.webhooks.add(NewWebhook("Desk", inbox.url, states, local=True))


def last(runner: Runner) -> Delivery:
    return runner.webhooks.deliveries("Desk")[0]


async def test_the_end_of_a_run_is_told_once_signed_and_without_a_value(
    runner: Runner, inbox: Inbox
) -> None:
    _hook, key = hooked(runner, inbox)
    run_id = ended_run(runner)
    assert await deliver(runner) == 1
    assert await deliver(runner) == 0
    [(headers, body)] = inbox.got
    told = json.loads(body)
    assert told["type"] == "run.cancelled"
    assert (told["data"]["run_id"], told["data"]["state"]) == (run_id, "cancelled")
    assert headers["webhook-id"] == run_id
    signed = f"{run_id}.{headers['webhook-timestamp']}.".encode() + body
    made = hmac.new(base64.b64decode(key.removeprefix("whsec_")), signed, hashlib.sha256)
    assert headers["webhook-signature"] == "v1," + base64.b64encode(made.digest()).decode()
    sent = last(runner)
    assert (sent.state, sent.tries, sent.status, sent.why) == ("delivered", 1, 204, "")
    for value in ("pw of Hotel admin", key):
        assert value not in body.decode() + str(headers) + repr(sent)


async def test_only_the_ends_that_were_asked_for_are_told(runner: Runner, inbox: Inbox) -> None:
    hooked(runner, inbox, "failed", "interrupted")
    ended_run(runner)
    assert await deliver(runner) == 0
    # Positive control: the same end is told where it was asked for.
    runner.webhooks.change("Desk", NewWebhook("Desk", inbox.url, ("cancelled",), local=True))
    ended_run(runner)
    assert await deliver(runner) == 1


async def test_a_receiver_that_fails_is_tried_again_and_each_try_is_noted(
    runner: Runner, inbox: Inbox
) -> None:
    hooked(runner, inbox)
    ended_run(runner)
    inbox.answers += [500, 302]
    await deliver(runner)
    assert (last(runner).state, last(runner).tries, last(runner).status) == ("delivered", 3, 204)
    assert len({headers["webhook-id"] for headers, _ in inbox.got}) == 1


async def test_a_message_rests_between_rows_of_tries_and_fails_at_last(
    desk: Desk, runner: Runner, inbox: Inbox
) -> None:
    hooked(runner, inbox)
    ended_run(runner)
    inbox.answers += [500] * 99
    for rest in range(len(RESTS) + 1):
        assert last(runner).state == "pending"
        assert await deliver(runner) == 1
        assert last(runner).tries == 3 * (rest + 1)
        assert await deliver(runner) == 0
        with desk.office.engine.begin() as connection:
            connection.execute(update(delivery).values(next_at=1.0))
    assert (last(runner).state, last(runner).why) == ("failed", "it answered 500")


async def test_a_message_that_one_deliverer_took_is_no_others(
    desk: Desk, runner: Runner, inbox: Inbox
) -> None:
    hooked(runner, inbox)
    ended_run(runner)
    [(_, message)] = runner.store.webhooks.due()
    assert runner.store.webhooks.due() == []
    assert await deliver(runner) == 0
    # Who took it may have died: after a while it is another's.
    with desk.office.engine.begin() as connection:
        connection.execute(update(delivery).values(next_at=1.0))
    assert await deliver(runner) == 1
    assert message.message_id == inbox.got[0][0]["webhook-id"]


async def test_a_message_goes_to_no_address_inside_unless_that_was_said(
    runner: Runner, inbox: Inbox
) -> None:
    with pytest.raises(UsageError, match="https"):
        runner.webhooks.add(NewWebhook("Desk", inbox.url))
    inside = inbox.url.replace("http://", "https://")
    runner.webhooks.add(NewWebhook("Desk", inside))
    runner.webhooks.test("Desk")
    await deliver(runner)
    assert "an address of this machine" in last(runner).why
    keys = "http://169.254.169.254/latest/meta-data"
    runner.webhooks.change("Desk", NewWebhook("Desk", keys, local=True))
    runner.webhooks.test("Desk")
    await deliver(runner)
    assert "that no step may reach" in last(runner).why
    assert inbox.got == []


async def test_a_test_message_says_so(runner: Runner, inbox: Inbox) -> None:
    hooked(runner, inbox)
    message_id = runner.webhooks.test("Desk")
    await deliver(runner)
    [(headers, body)] = inbox.got
    assert (headers["webhook-id"], json.loads(body)["type"]) == (message_id, "test")


def test_a_webhooks_key_goes_with_it_and_others_see_neither(
    desk: Desk, runner: Runner, inbox: Inbox
) -> None:
    hook, key = hooked(runner, inbox)
    assert key not in repr(runner.webhooks.list())
    theirs = desk.runner(project="night-shift")
    assert theirs.webhooks.list() == []
    with pytest.raises(NotFound):
        theirs.webhooks.delete(hook.id)
    with pytest.raises(NotAllowed):
        desk.runner(Role.EDITOR).webhooks.list()
    with pytest.raises(UsageError, match="already"):
        hooked(runner, inbox)
    runner.webhooks.delete("Desk")
    with pytest.raises(SecretMissing):
        runner.vault.card(hook.secret_id)


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.05)


async def test_beside_the_doors_what_is_due_is_started_and_its_end_is_told(
    tmp_path: Path, inbox: Inbox
) -> None:
    folders = {name: str(tmp_path) for name in ("RUNNER_HOME", "RUNNER_ANCHOR_FOLDER")}
    key = {"RUNNER_KEY_FILE": str(tmp_path / "key"), "RUNNER_PERSON": "ann"}
    keeper = build(Settings.load(folders | key, tmp_path))
    look = {"name": "Look", "steps": [{"type": "goto", "url": "https://hotel.example"}]}
    keeper.tasks.put(json.dumps(look).encode())
    hooked(keeper, inbox)
    keeper.schedules.add(NewSchedule("Often", "* * * * *", task="Look"))
    with keeper.store.engine.begin() as connection:
        connection.execute(update(schedule).values(next_at=time.time() - 1))
    tending = asyncio.create_task(tend(keeper))
    try:
        await eventually(lambda: len(keeper.orders.page().items) == 1)
        [run] = keeper.orders.page().items
        assert run.asked_by == "ann"
        keeper.orders.cancel(run.id)
        await eventually(lambda: last(keeper).state == "delivered")
    finally:
        tending.cancel()
        await asyncio.gather(tending, return_exceptions=True)
        keeper.store.engine.dispose()
    assert [headers["webhook-id"] for headers, _ in inbox.got] == [run.id]
