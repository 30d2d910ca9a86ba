"""``runner new``, ``explain``, ``import`` and ``validate`` as a person uses them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Call


def test_a_new_task_is_right_and_its_editor_knows_the_schema(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine" / "check.json"
    assert "cannot" in call("new", path).err or call("new", path).code == 2
    path.parent.mkdir()
    said = call("new", path, "--url", "https://shop.example/in")
    assert said.code == 0, said.err
    assert "runner secrets add" in said.err
    assert call("validate", path).code == 0
    task = json.loads(path.read_text())
    assert task["slots"]["LOGIN"]["origins"] == ["https://shop.example"]
    assert json.loads((path.parent / task["$schema"]).read_text())["title"] == "slotrunner task"
    assert all(step["description"] for step in task["steps"])
    assert "left alone" in call("new", path).fails_in_one_line(2)
    assert "--url" in call("new", tmp_path / "x.json", "--url", "nowhere").fails_in_one_line(2)


def test_a_task_is_explained_in_words(call: Call, task_file: Callable[..., Path]) -> None:
    steps: list[dict[str, Any]] = [
        {"type": "sign_in", "slot": "ADMIN"},
        {"type": "extract", "target": {"css": "a"}, "save_as": "links"},
        {
            "type": "for_each",
            "items": "results.links",
            "steps": [
                {"type": "goto", "url": "${item.href}"},
                {"type": "goto", "url": "${inputs.site}"},
            ],
        },
        {"type": "upload", "target": {"label": "x"}, "files": []},
    ]
    inputs = {"site": {"description": "x"}}
    path = task_file(steps=steps, inputs=inputs)
    said = call("explain", path, "--input", "site=https://other.example/a")
    assert said.code == 0, said.err
    for words in (
        "sign in as ADMIN",
        "3.1 open ${item.href}",
        "https://other.example (step 3.2)",
        "an address that is known only while it runs (step 3.1)",
        "ADMIN login: username, password, one-time codes",
        "goes to https://hotel.example; step 1",
        "gives back: links",
        "sends files",
    ):
        assert words in " ".join(said.out.split()), words
    document = call("explain", path, "--json").document
    assert document["inputs"] == [{"name": "site", "type": "string", "value": None}]
    assert "no input" in call("explain", path, "--input", "x=y").fails_in_one_line(2)


def test_validate_finds_what_a_run_would_refuse_with_its_line(
    call: Call, task_file: Callable[..., Path], stored: Callable[..., Any]
) -> None:
    stored(name="Hotel admin")
    stored(name="Elsewhere", origin="https://else.example")
    stored(name="Key", kind="value", value="v-1234")
    path = task_file(inputs={"day": {}})
    lines = path.read_text().splitlines()
    slot = next(n for n, line in enumerate(lines, start=1) if '"ADMIN"' in line)
    origin = next(
        n for n, line in enumerate(lines, start=1) if line.strip() == '"https://hotel.example"'
    )
    told = {
        (): [f"{slot}: slots.ADMIN: no secret is bound", "inputs.day: a value is needed"],
        ("--bind", "ADMIN=Nobody"): [f"{slot}: slots.ADMIN:", "inputs.day"],
        ("--bind", "ADMIN=Key", "--input", "day=x"): [
            "slots.ADMIN: slot ADMIN needs a secret of type"
        ],
        ("--bind", "ADMIN=Elsewhere", "--input", "day=x"): [f"{origin}: slots.ADMIN.origins[0]:"],
        ("--bind", "ADMIN=Hotel admin", "--bind", "B=Key", "--input", "day=x"): ['no slot "B"'],
    }
    for options, wanted in told.items():
        said = call("validate", path, "--for-run", *options)
        assert said.code == 2, said.everything
        found = [line.replace(":5: ", ": ").replace(":9: ", ": ") for line in said.err.splitlines()]
        assert len(found) == len(wanted), said.err
        assert all(any(one in line for line in found) for one in wanted), said.err
    said = call("validate", path, "--bind", "ADMIN=Hotel admin", "--input", "day=x")
    assert said.code == 0, said.err


def test_an_import_says_which_fields_became_slots(call: Call, tmp_path: Path) -> None:
    steps = [
        {"type": "navigate", "url": "https://hotel.example"},
        {"type": "change", "value": "hunter2-secret", "selectors": [["aria/Password"]]},
    ]
    path = tmp_path / "recording.json"
    path.write_text(json.dumps({"title": "x", "steps": steps}))
    said = call("import", path, "-o", tmp_path / "task.json")
    assert said.code == 0, said.err
    assert "LOGIN.password" in said.err
    assert "hunter2" not in said.everything + (tmp_path / "task.json").read_text()
    assert call("validate", tmp_path / "task.json").code == 0
    assert "no recording" in call("import", tmp_path / "task.json").fails_in_one_line(2)
    assert "hunter2" not in call("import", path, "--from", "selenium").everything


def test_a_recording_is_refused_before_a_browser_opens(call: Call, tmp_path: Path) -> None:
    there = tmp_path / "task.json"
    there.write_text("{}")
    site = "https://hotel.example"
    assert "left alone" in call("record", site, "-o", there).fails_in_one_line(2)
    assert there.read_text() == "{}"
    assert "URL" in call("record", "nowhere", "-o", tmp_path / "a.json").fails_in_one_line(2)
    with_user = call("record", "https://ann:hunter2@hotel.example", "-o", tmp_path / "a.json")
    assert "hunter2" not in with_user.everything
    assert "refused" in with_user.fails_in_one_line(2)
    nowhere = call("record", site, "-o", tmp_path / "no" / "a.json")
    assert "cannot" in nowhere.fails_in_one_line(2) or "no folder" in nowhere.err
    assert "display" in call("record", site, "-o", there, "--force").fails_in_one_line(3)
    assert [path.name for path in tmp_path.iterdir()] == ["places", "task.json"]
