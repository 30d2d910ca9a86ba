"""Runs with steps inside steps, attempts, results that repeat a secret, and a person who helps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from agent.planner.importing import import_file
from agent.runs.options import RunOptions
from agent.runs.watcher import NobodyWatches
from agent.settings import Settings
from agent.wiring import build

if TYPE_CHECKING:
    from pathlib import Path

    from agent.runs.report import Report, StepReport
    from fixtures.login_site.serving import Site


class Watching(NobodyWatches):
    """Remembers notices and ends."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.ends: list[str] = []
        self.asked: list[str] = []

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def step_finished(self, step: StepReport) -> None:
        self.ends.append(f"{step.at} {step.outcome}")


class Helping(Watching):
    """Stands in for a person at the browser."""

    async def hand_over(self, message: str) -> bool:
        self.asked.append(message)
        return True


class Bench:
    """A data folder of one test, and tasks made on the spot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        key = str(folder / "keys" / "vault.key")
        environ = {"RUNNER_HOME": str(folder / "home"), "RUNNER_KEY_FILE": key}
        self.runner = build(Settings.load(environ, folder))

    async def run(
        self,
        *steps: Any,
        watcher: NobodyWatches | None = None,
        task: dict[str, Any] | None = None,
        bind: dict[str, str] | None = None,
        **options: Any,
    ) -> Report:
        path = self.folder / "task.json"
        path.write_text(json.dumps({"name": "x", "steps": steps} | (task or {})), "utf-8")
        plan = self.runner.plan(path, bind or {}, {})
        given = RunOptions(**({"pictures": "off", "tracing": "off"} | options))
        return await self.runner.run(plan, given, watcher)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def value(name: str, value: Any) -> dict[str, Any]:
    return {"type": "set", "save_as": name, "value": value}


@pytest.mark.browser
async def test_the_picture_after_a_step_shows_the_page_before_the_next_one_changes_it(
    bench: Bench, site: Site
) -> None:
    def paint(colour: str) -> dict[str, Any]:
        script = f"document.body.style.background = '{colour}'; document.body.innerHTML = ''"
        return {"type": "evaluate", "expression": script}

    start = {"type": "goto", "url": f"{site.origin}/surfaces?u=nothing&only=title"}
    colours = ["red", "lime", "blue"]
    report = await bench.run(
        start, *map(paint, colours), pictures="on", output=bench.folder / "out"
    )
    assert report.outcome == "passed", report.to_json()
    folder = bench.folder / "out" / "screenshots"
    seen = []
    for path in sorted(folder.glob("0[2-4]-*.jpeg")):
        with Image.open(path) as picture:
            seen.append(tuple(round(part / 255) for part in picture.getpixel((600, 400))))
    assert seen == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


async def test_values_flow_through_loops_and_no_browser_is_opened_for_it(bench: Bench) -> None:
    inner = {
        "type": "for_each",
        "items": "row.rooms",
        "as": "room",
        "steps": [value("line", "${row.name}:${room}")],
        "collect": "results.line",
        "save_as": "lines",
    }
    outer = {
        "type": "for_each",
        "items": "results.rows",
        "as": "row",
        "steps": [inner],
        "collect": "results.lines",
        "save_as": "all",
    }
    rows = [{"name": "a", "rooms": [1, 2]}, {"name": "b", "rooms": []}]
    watching = Watching()
    report = await bench.run(value("rows", rows), outer, watcher=watching)
    assert report.outcome == "passed", report.error
    assert report.result["all"] == [["a:1", "a:2"], []]
    assert [step.at for step in report.steps] == [
        "1", "2", "2.1[1]", "2.1[1].1[1]", "2.1[1].1[2]", "2.1[2]",
    ]  # fmt: skip
    assert watching.ends[-1] == "2 passed"
    assert report.seconds < 5


async def test_a_failure_inside_is_told_once_and_ends_what_is_around_it(bench: Bench) -> None:
    loop = {
        "type": "for_each",
        "items": "results.rows",
        "steps": [value("x", "${item.name}"), value("y", "${item.age}")],
    }
    report = await bench.run(value("rows", [{"name": "a"}]), loop, value("z", 1))
    assert report.outcome == "step_failed"
    assert report.error is not None
    assert report.error.message.count("step ") == 1
    assert report.error.message.startswith('step 2.2[1], set y: "item.age": there is no "age"')
    ends = [(step.at, step.status) for step in report.steps]
    assert ends == [
        ("1", "passed"), ("2", "failed"), ("2.1[1]", "passed"), ("2.2[1]", "failed"),
        ("3", "not_run"),
    ]  # fmt: skip
    assert "x" in report.result


async def test_a_loop_that_never_ends_well_says_so(bench: Bench) -> None:
    until = {"value": "results.n", "more_than": 5}
    loop = {"type": "repeat_until", "until": until, "steps": [value("n", 5)], "at_most": 3}
    report = await bench.run(loop)
    assert report.error is not None
    assert "after 3 turns it still does not hold that results.n more than 5" in report.error.message


async def test_an_included_task_has_its_own_results_and_gives_back_its_outputs(
    bench: Bench,
) -> None:
    part = {
        "name": "part",
        "inputs": {"n": {"type": "integer"}, "word": {"default": "w"}},
        "steps": [value("seen", "${inputs.n}-${inputs.word}"), value("other", 1)],
        "outputs": {"said": "results.seen"},
    }
    steps = [
        value("rows", [4]),
        {
            "type": "include",
            "task": "p.json",
            "inputs": {"n": "${results.rows[0]}"},
            "save_as": "a",
        },
        value("b", "${results.a.said}"),
    ]
    report = await bench.run(*steps, task={"included": {"p.json": part}})
    assert report.outcome == "passed", report.error
    assert report.result == {"rows": [4], "a": {"said": "4-w"}, "b": "4-w"}


@pytest.mark.browser
async def test_a_step_is_tried_again_and_a_result_carries_no_secret_on(
    bench: Bench, site: Site
) -> None:
    account = site.new_account(totp=False)
    fields = {"username": account.username, "password": account.password}
    secret = bench.runner.add_secret("x", "login", fields, [site.origin]).id
    late = "() => { setTimeout(() => { document.title = 'late'; }, 700); }"
    steps: list[dict[str, Any]] = [
        {"type": "sign_in", "slot": "LOGIN", "url": f"{site.origin}/login"},
        {
            "type": "extract",
            "target": {"css": "body"},
            "fields": {"who": {"css": "header"}},
            "save_as": "page",
        },
        {"type": "goto", "url": f"{site.origin}/guests?who=${{results.page[0].who}}"},
        {"type": "evaluate", "expression": late},
        {
            "type": "expect",
            "title": "late",
            "timeout": 0.1,
            "retry": {"attempts": 20, "wait": 0.2, "factor": 1},
        },
        {"type": "expect", "title": "never", "timeout": 0.1, "retry": {"attempts": 2, "wait": 0}},
    ]
    watching = Watching()
    task = {"slots": {"LOGIN": {}}}
    report = await bench.run(*steps, task=task, bind={"LOGIN": secret}, watcher=watching)
    assert watching.ends[:5] == [
        "1 signed_in", "2 passed", "3 passed", "4 passed", "5 passed",
    ], report.error  # fmt: skip
    assert any(note.startswith("step 5: attempt 1 of 20 failed") for note in watching.notices)
    assert sum(note.startswith("step 6") for note in watching.notices) == 1
    assert report.outcome == "step_failed"
    asked = [one for one in site.log if one.path == "/guests"]
    assert asked
    assert account.username.encode() not in b"".join(one.everything for one in asked)


@pytest.mark.browser
async def test_without_a_person_a_pause_fails_at_once(bench: Bench, site: Site) -> None:
    steps = [
        {"type": "goto", "url": f"{site.origin}/playground"},
        {"type": "pause", "message": "Please."},
    ]
    for watcher in (None, Helping()):  # headless: even a willing person sees nothing
        report = await bench.run(*steps, watcher=watcher)
        assert report.error is not None
        assert "this step needs a person at the browser" in report.error.message


@pytest.mark.browser
async def test_an_imported_recording_signs_in_with_what_fills_its_slot(
    bench: Bench, site: Site
) -> None:
    account = site.new_account(totp=False)
    typed = {"[name=user_login]": "someone-else", "[name=user_pass]": "recorded-Passw0rd"}
    recorded: list[dict[str, Any]] = [{"type": "navigate", "url": f"{site.origin}/login"}]
    for selector, text in typed.items():
        recorded.append({"type": "change", "value": text, "selectors": [[selector]]})
    recorded.append({"type": "click", "selectors": [[".card button"]]})
    path = bench.folder / "recording.json"
    path.write_text(json.dumps({"title": "Sign in", "steps": recorded}))
    task = import_file(path).document
    task["steps"].append({"type": "expect", "url": f"{site.origin}/"})
    fields = {"username": account.username, "password": account.password}
    secret = bench.runner.add_secret("x", "login", fields, [site.origin]).id
    report = await bench.run(*task["steps"], task=task, bind={"LOGIN": secret})
    assert report.outcome == "passed", report.error
    assert "recorded-Passw0rd" not in json.dumps(task)


@pytest.mark.browser
async def test_a_file_that_a_step_kept_is_not_kept_again_with_the_pages_downloads(
    bench: Bench, site: Site, tmp_path: Path
) -> None:
    steps = [
        {"type": "goto", "url": f"{site.origin}/playground"},
        {"type": "download", "target": {"text": "Report"}, "file": "mine.csv"},
        {"type": "click", "target": {"text": "Report"}},
        {"type": "click", "target": {"text": "Twice"}},
    ]
    extras = frozenset({"download"})
    report = await bench.run(*steps, extras=extras, output=tmp_path / "out")
    assert report.outcome == "passed", report.error
    assert {one.name for one in (tmp_path / "out" / "files").iterdir()} == {
        "mine.csv",
        "report.csv",
    }
