"""Real applications, each signed in to with a URL and a slot alone: ``make apps``.

Each with the right values, a wrong password, and a wrong code where there are codes. The file's
name keeps it out of the plain test run: what it needs is installed from public packages, once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.apps.app import FOLDER, App, NotToBeHad, names

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RUNNER = Path(os.environ.get("APPS_RUNNER", Path(sys.executable).parent / "runner"))
SLOT = "LOGIN"
ANOTHER_KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
PASSED = ("PATH", "LANG", "RUNNER_BROWSER")


@dataclass
class Desk:
    """A data folder of its own, and the command ``runner`` that uses it."""

    folder: Path
    stored: int = field(default=0)

    def call(self, *arguments: object, piped: object = None) -> subprocess.CompletedProcess[str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        passed = {name: os.environ[name] for name in PASSED if name in os.environ}
        places = {name: str(home) for name in ("HOME", "RUNNER_HOME", "TMPDIR")}
        return subprocess.run(
            [RUNNER, *map(str, arguments)],
            input=json.dumps(piped) if piped is not None else "",
            capture_output=True,
            text=True,
            env=passed | places,
            cwd=self.folder,
            timeout=300,
            check=False,
        )

    def sign_in(self, app: App, **changed: str) -> dict[str, Any]:
        """Store a secret of the case, run the task, and give its report."""
        task = self.folder / "task.json"
        task.write_text(json.dumps(task_for(app), indent=2), "utf-8")
        name = self._store(app, changed)
        said = self.call("run", task, "--bind", f"{SLOT}={name}", "--json", "--no-input")
        assert said.stdout, said.stderr
        report: dict[str, Any] = json.loads(said.stdout)
        told(app, changed, report)
        return report

    def _store(self, app: App, changed: dict[str, str]) -> str:
        """Keep a secret of its own for each try: a rejected password freezes the one it is of."""
        self.stored += 1
        name = f"{app.name} {self.stored}"
        fields = {key: app.case[key] for key in ("username", "password")}
        if app.has_totp:
            fields["totp"] = app.case["totp_secret"]
        allowed = [word for origin in app.origins for word in ("--origin", origin)]
        said = self.call(
            "secrets", "add", "--name", name, "--type", "login", *allowed, "--stdin", "--json",
            piped=fields | changed,
        )  # fmt: skip
        assert said.returncode == 0, said.stderr
        return name


def task_for(app: App) -> dict[str, Any]:
    """Write the task: a URL and a slot, and then what only a signed-in person sees."""
    shown = json.dumps(app.case["success"]["text"])
    step = {"type": "sign_in", "url": app.case["url"], "slot": SLOT} | app.case.get("step", {})
    return {
        "name": f"sign in to {app.name}",
        "slots": {SLOT: {"type": "login", "totp": "optional", "origins": app.origins}},
        "steps": [
            step,
            {"type": "expect", "target": {"css": f":text({shown}):visible", "nth": 0}},
        ],
    }


def told(app: App, changed: dict[str, str], report: dict[str, Any]) -> None:
    """Say in the test's output how it went, whether or not it is what was expected."""
    seconds = report["steps"][0]["seconds"] if report["steps"] else 0.0
    wrong = f"wrong {', '.join(changed)}" if changed else "right"
    message = (report["error"] or {}).get("message", "")
    sys.stdout.write(f"\n{app.name}: {wrong}: {report['outcome']}, {seconds:.1f} s {message}\n")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("apps"))


@pytest.fixture(scope="class")
def app(request: pytest.FixtureRequest) -> Iterator[App]:
    """The application of the class, running; skipped, with the reason, where it cannot be had."""
    one = App.of(request.cls.name)
    try:
        one.set_up()
        running = one.running()
        running.__enter__()
    except NotToBeHad as reason:
        pytest.skip(f"{one.name}: {reason}")
    try:
        yield one
    finally:
        running.__exit__(None, None, None)


class SignIns:
    """What holds for every application."""

    name: str

    def test_it_is_signed_in_to_with_a_url_and_a_slot(self, app: App, desk: Desk) -> None:
        if app.has_totp:
            app.wait_for_an_unused_code()
        report = desk.sign_in(app)
        assert report["outcome"] == "passed", report["error"]
        assert report["steps"][0]["outcome"] == "signed_in"

    def test_a_wrong_code_is_told_as_one(self, app: App, desk: Desk) -> None:
        if not app.has_totp:
            pytest.skip(f"{app.name} asks for no codes")
        report = desk.sign_in(app, totp=ANOTHER_KEY)
        # Where the site has the same words for both, nobody can tell which of them was wrong.
        either = [] if app.tells_the_code_apart else ["bad_credentials"]
        assert report["outcome"] in ["mfa_rejected", *either], report["error"]

    def test_a_wrong_password_is_told_as_one(self, app: App, desk: Desk) -> None:
        """Comes last: after a wrong password some sites let nobody in for a while."""
        report = desk.sign_in(app, password="wrong-" + app.case["password"])
        assert report["outcome"] == "bad_credentials", report["error"]


# A class for each, since one worker then has all of an application (--dist loadscope).
for _name in names():
    globals()[f"Test_{_name}"] = type(f"Test_{_name}", (SignIns,), {"name": _name})


def test_every_application_that_was_asked_for_is_there() -> None:
    if not FOLDER.is_dir():
        pytest.skip(f"no applications: there is no folder {FOLDER}")
    assert names()
    assert set(os.environ.get("APPS", "").split()) <= set(names())
