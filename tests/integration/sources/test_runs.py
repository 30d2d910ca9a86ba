"""Whole runs with a real browser whose secrets are kept by AWS."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from agent.runs.claim import LeaseTimes
from agent.runs.options import RunOptions
from agent.settings import Settings
from agent.vault.new_secret import NewSecret
from agent.vault.origin import OriginPolicy
from agent.vault.providers.env import Env
from agent.vault.sourcing.contents import Source
from agent.wiring import build
from tests.leak.scan import forms
from tests.standins.aws import REGION, running_aws

if TYPE_CHECKING:
    from pathlib import Path

    from agent.runner import Runner
    from fixtures.login_site.serving import Site

pytestmark = pytest.mark.browser


def a_runner(folder: Path) -> Runner:
    key = str(folder / "keys" / "vault.key")
    environ = {"RUNNER_HOME": str(folder / "home"), "RUNNER_KEY_FILE": key}
    return build(Settings.load(environ, folder))


def write(folder: Path, **parts: Any) -> Path:
    path = folder / "task.json"
    path.write_text(json.dumps({"name": "demo", **parts}), "utf-8")
    return path


async def test_a_task_with_secure_parameters_signs_in_and_leaves_nothing(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = site.new_account(totp=True)
    kept = {"username": account.username, "password": account.password}
    where = {"secret_name": "hotel/login", "region_name": REGION}
    parameters = {
        name: [{"amazon_secrets_manager": {**where, "key": name}}] for name in kept
    } | {
        "auth_code": [
            {
                "amazon_secrets_manager": {
                    **where, "type": "totp_secret", "key": "totp_secret", "digits": 6,
                }
            }
        ]
    }  # fmt: skip
    submit = {"type": "press", "key": "Enter"}

    def fill(label: str, value: str) -> dict[str, Any]:
        return {"type": "fill", "target": {"label": label}, "value": value}

    task = write(
        tmp_path,
        secure_parameters=parameters,
        steps=[
            {"type": "goto", "url": f"{site.origin}/login"},
            fill("Username", "{username[0]}"),
            fill("Password", "{password[0]}"),
            submit,
            fill("code", "{auth_code[0]}"),
            {"type": "click", "target": {"role": "button", "name": "Verify"}},
            {"type": "expect", "target": {"text": "Good morning"}, "state": "visible"},
        ],
    )
    runner = a_runner(tmp_path)
    with running_aws() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        aws.put("hotel/login", {**kept, "totp_secret": account.totp_key})
        plan = runner.plan(task, {}, {})
        report = await runner.run(plan, RunOptions())
    assert report.status == "succeeded", report.error
    files = [path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert files
    for canary in (account.password, account.totp_key):
        assert not [
            spelled for spelled in forms(canary).values() if any(spelled in f for f in files)
        ]


async def test_a_source_that_takes_its_time_does_not_cost_the_run_its_lease(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = a_runner(tmp_path)
    runner.store.times = LeaseTimes(ttl=1.5, renew=0.2, fence=1.0)
    source = Source("env", {"variables": {"value": "HOTEL_PIN"}})
    policy = OriginPolicy.parse([site.origin])
    runner.keep(NewSecret("Pin", "value", {}, policy, source=source))
    slots = {"PIN": {"type": "value", "origins": [site.origin]}}
    task = write(tmp_path, slots=slots, steps=[{"type": "goto", "url": site.origin}])
    monkeypatch.setenv("HOTEL_PIN", "canary")
    quick, threads = Env.fetch, []

    def slow(self: Env, reference: Any, fields: Any) -> dict[str, str]:
        threads.append(threading.current_thread())
        time.sleep(2.5)  # the source's own time, longer than the lease
        return quick(self, reference, fields)

    monkeypatch.setattr(Env, "fetch", slow)
    report = await runner.run(runner.plan(task, {"PIN": "Pin"}, {}), RunOptions())
    assert report.status == "succeeded", report.error
    assert threads != [threading.main_thread()]


async def test_a_run_that_is_stopped_while_a_source_is_asked_is_recorded(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = a_runner(tmp_path)
    source = Source("env", {"variables": {"value": "HOTEL_PIN"}})
    policy = OriginPolicy.parse([site.origin])
    runner.keep(NewSecret("Pin", "value", {}, policy, source=source))
    slots = {"PIN": {"type": "value", "origins": [site.origin]}}
    task = write(tmp_path, slots=slots, steps=[{"type": "goto", "url": site.origin}])
    asked, go_on = threading.Event(), threading.Event()

    def waiting(_self: Env, _reference: Any, _fields: Any) -> dict[str, str]:
        asked.set()
        go_on.wait(30)
        return {"value": "canary"}

    monkeypatch.setattr(Env, "fetch", waiting)
    run = asyncio.create_task(runner.run(runner.plan(task, {"PIN": "Pin"}, {}), RunOptions()))
    await asyncio.to_thread(asked.wait, 30)
    run.cancel()
    go_on.set()
    report = await run
    assert (report.status, report.outcome) == ("interrupted", "interrupted")
