"""Runs that sign in, some at a time: beside plain Playwright with as many at a time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.browser.find import find_browser
from agent.runner.orders import Order
from agent.runs.options import RunOptions
from agent.runs.states import State
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from benchmarks.by_hand import Job, sign_in_by_hand
from benchmarks.login import PERIOD, ROOM
from benchmarks.scale_ground import ground_on, told, until, working

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.scale_ground import Ground
    from fixtures.login_site.serving import Site

TASK: Final = Path(__file__).parent / "login.json"
GOAL: Final = 0.9
AT_ONCE: Final = (1, 2, 4)
_NAME: Final = "Sign in to the hotel"
_PLAIN: Final = RunOptions(pictures="off")


def logins(server: str, site: Site, folder: Path, *, quick: bool) -> Iterator[str]:
    """Measure how many sign-ins are through in a time, both ways in turn."""
    rounds, each = (2, 2) if quick else (5, 3)
    yield f"sign-ins with a code, {rounds} rounds; throughput beside plain Playwright, goal {GOAL}"
    with ground_on(server, folder) as ground:
        ground.runner.tasks.put(TASK.read_bytes())
        for at_once in AT_ONCE:
            yield asyncio.run(_measured(ground, site, (at_once, rounds, each * max(at_once, 2))))


async def _measured(ground: Ground, site: Site, size: tuple[int, int, int]) -> str:
    at_once, rounds, count = size
    ours, theirs = [], []
    async with working(ground, concurrency=at_once):
        for _ in range(rounds + 1):
            jobs = [_job(site, ground) for _ in range(count)]
            theirs.append(await _by_hand(jobs, at_once))
            orders = [await asyncio.to_thread(_stored, ground, site) for _ in range(count)]
            ours.append(await _by_workers(ground, orders))
    ratios = [bare / mine for mine, bare in zip(ours[1:], theirs[1:], strict=True)]
    per = 60 * count / min(ours[1:])
    return told(f"{at_once} browsers at a time", ratios, f"{per:.0f} a minute at best")


async def _by_hand(jobs: Sequence[Job], at_once: int) -> float:
    free = asyncio.Semaphore(at_once)

    async def one(job: Job) -> None:
        async with free:
            await sign_in_by_hand(job)

    await _room()
    since = time.perf_counter()
    await asyncio.gather(*(one(job) for job in jobs))
    return time.perf_counter() - since


async def _by_workers(ground: Ground, orders: Sequence[Order]) -> float:
    await _room()
    since = time.perf_counter()
    placed = [await asyncio.to_thread(ground.runner.orders.place, order) for order in orders]
    await until(lambda: not ground.runner.store.active(), 0.1)
    took = time.perf_counter() - since
    for run in placed:
        ended = await asyncio.to_thread(ground.runner.store.get, run.id)
        if ended.state is not State.SUCCEEDED:
            raise RuntimeError(ended.report)
    return took


async def _room() -> None:
    """Wait until the window of a code has room, as both sides make one."""
    left = PERIOD - time.time() % PERIOD
    if left < ROOM:
        await asyncio.sleep(left)


def _job(site: Site, ground: Ground) -> Job:
    out = ground.settings.home / "by-hand" / str(time.monotonic_ns())
    out.mkdir(parents=True)
    account = site.new_account(totp=True)
    named = account.username, account.password, account.totp_key
    return Job(site.origin, *named, str(find_browser().path), str(out))


def _stored(ground: Ground, site: Site) -> Order:
    account = site.new_account(totp=True)
    fields = {"username": account.username, "password": account.password}
    fields["totp"] = account.totp_key
    origins = OriginPolicy.parse([site.origin])
    name = f"account {time.monotonic_ns()}"
    card = ground.runner.keep(NewSecret(name, "login", fields, origins))
    bound, inputs = {"MANAGEMENT_LOGIN": card.id}, {"site": site.origin}
    return Order(_NAME, bindings=bound, inputs=inputs, options=_PLAIN)
