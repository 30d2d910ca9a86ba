"""What a collector is sent of runs that sign in, and that it is no value in any encoding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.telemetry.measures import MEASURES
from agent.telemetry.otlp import Otlp, sender
from agent.telemetry.spans import SpanFacts
from fixtures.login_site.serving import running_site
from tests.leak.scan import find_in
from tests.standins.collector import attributes, running_collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fixtures.login_site.accounts import Account
    from tests.standins.collector import Collector

pytestmark = pytest.mark.browser

EXECUTABLE = Path(sys.executable).parent / "runner"


class Place:
    """A data folder with one login, and a task that uses it."""

    def __init__(self, folder: Path, origin: str, account: Account) -> None:
        self.folder, self.account = folder, account
        names = ("HOME", "RUNNER_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
        self.environment = {name: str(folder) for name in names} | {"PATH": os.environ["PATH"]}
        slot = {"type": "login", "origins": [origin]}
        steps = [{"type": "sign_in", "slot": "ADMIN", "url": f"{origin}/login"}]
        self.task = folder / "task.json"
        document = {"name": "Telling", "slots": {"ADMIN": slot}, "steps": steps}
        self.task.write_text(json.dumps(document), encoding="utf-8")
        self.keep("Teller", origin, account)

    def keep(self, name: str, origin: str, account: Account) -> None:
        """Keep a login."""
        fields = {"username": account.username, "password": account.password}
        if account.has_totp:
            fields["totp"] = account.otpauth
        add = ["secrets", "add", "--name", name, "--type", "login", "--origin", origin, "--stdin"]
        done = self.call(*add, piped=json.dumps(fields))
        assert done.returncode == 0, done.stderr

    def call(self, *words: str, piped: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [EXECUTABLE, *words],
            input=piped,
            capture_output=True,
            text=True,
            env=self.environment | more,
            cwd=self.folder,
            timeout=90,
            check=False,
        )

    def run(self, **more: str) -> Any:
        """Carry the task out; gives the report."""
        done = self.call("run", str(self.task), "--bind", "ADMIN=Teller", "--json", **more)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @property
    def canaries(self) -> dict[str, str]:
        return {
            "username": self.account.username,
            "password": self.account.password,
            "totp key": str(self.account.totp_key),
            "secret's name": "Teller",
            "task's name": "Telling",
        }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with running_site() as site:
        account = site.new_account(totp=True)
        made = Place(tmp_path_factory.mktemp("telling"), site.origin, account)
        # A code is good for one run: those that are not about codes need not wait for the next.
        made.keep("Another", site.origin, site.new_account(totp=False))
        yield made


@pytest.fixture(scope="module")
def sent(place: Place) -> tuple[Collector, Any]:
    with running_collector() as collector:
        report = place.run(**collector.environment())
    return collector, report


def test_a_run_is_one_trace_that_has_its_id(sent: tuple[Collector, Any]) -> None:
    collector, report = sent
    spans = {span.name: span for span in collector.spans()}
    assert set(spans) == {"run", "queued", "step sign_in"}
    assert {span.trace_id.hex() for span in spans.values()} == {report["run_id"].replace("-", "")}
    assert spans["step sign_in"].parent_span_id == spans["run"].span_id
    told = attributes(spans["run"])
    assert told["slotrunner.run.id"] == report["run_id"]
    assert (told["slotrunner.run.state"], told["slotrunner.outcome"]) == ("succeeded", "passed")
    assert attributes(spans["step sign_in"])["slotrunner.outcome"] == "signed_in"


def test_its_metrics_are_those_that_are_described(sent: tuple[Collector, Any]) -> None:
    collector, report = sent
    metrics = collector.metrics()
    assert set(metrics) <= {measure.name for measure in MEASURES}
    assert {"slotrunner.run.duration", "slotrunner.login.duration"} < set(metrics)
    (login,) = metrics["slotrunner.login.duration"].histogram.data_points
    assert attributes(login) == {"slotrunner.outcome": "signed_in"}
    assert 0 < login.sum <= report["seconds"]
    kept = metrics["slotrunner.artifact.kept"].sum.data_points
    assert sum(point.as_int for point in kept) == len(report["artifacts"])


def test_who_sends_says_nothing_of_machine_user_or_command_line(
    sent: tuple[Collector, Any],
) -> None:
    for told in sent[0].resources():
        assert set(told) == {"service.name", "service.version", "service.instance.id"}


def test_nothing_that_was_sent_holds_a_value_in_any_encoding(
    sent: tuple[Collector, Any], place: Place
) -> None:
    collector, _ = sent
    assert len(collector.bodies) >= 2
    for path, body in collector.bodies:
        assert list(find_in(body, place.canaries, path)) == []


def test_a_value_that_was_told_would_be_found(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_collector() as collector:
        for name, text in collector.environment().items():
            monkeypatch.setenv(name, text)
        otlp = sender(frozenset({"traces"}))
        assert isinstance(otlp, Otlp)
        told = {"slotrunner.outcome": place.account.password}
        otlp._send([SpanFacts("run", 1, 2, None, 0.0, 1.0, told)])
        otlp.flush()
        ((path, body),) = collector.bodies
    assert "password" in {leak.name for leak in find_in(body, place.canaries, path)}


@pytest.mark.parametrize(
    "trouble",
    [
        lambda: running_collector(holds=True),
        lambda: running_collector(status=503),
    ],
    ids=["never answers", "answers 503"],
)
def test_a_collector_in_trouble_costs_a_run_at_most_two_seconds_at_its_end(
    place: Place, trouble: Callable[[], Any]
) -> None:
    with trouble() as collector:
        began = time.monotonic()
        done = place.call(
            "run", str(place.task), "--bind", "ADMIN=Another", "--json", **collector.environment()
        )
        took = time.monotonic() - began
        assert done.returncode == 0, done.stderr
        # Beside the run itself and the two seconds, a program takes its time to begin.
        assert took - json.loads(done.stdout)["seconds"] < 10
        assert collector.bodies
        # It ended while the collector was still holding what it had been sent.
        assert not (collector.holds and collector.answered)
    assert "opentelemetry" not in done.stderr.lower()


def test_where_nothing_is_named_nothing_of_it_is_loaded(place: Place) -> None:
    code = (
        "import sys\nfrom agent.cli.main import answer\n"
        f"code = answer(['run', {str(place.task)!r}, '--bind', 'ADMIN=Another', '--json'])\n"
        "found = [name for name in sys.modules if name.split('.')[0] == 'opentelemetry']\n"
        "print(found, file=sys.stderr)\nsys.exit(code or len(found))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=place.environment,
        cwd=place.folder,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_where_the_packages_are_missing_one_line_says_so(place: Place) -> None:
    code = (
        "import sys\nsys.modules['opentelemetry'] = None\nfrom agent.cli.main import answer\n"
        f"sys.exit(answer(['run', {str(place.task)!r}, '--bind', 'ADMIN=Teller']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=place.environment | {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
        cwd=place.folder,
        timeout=90,
        check=False,
    )
    assert done.returncode == 3
    assert 'pip install "slotrunner[telemetry]"' in done.stderr
