"""Three hundred broken task files: each is answered in our own words, and at once."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from agent.errors import Problem, RunnerError, TaskInvalid
from agent.planner import check, explain, make_plan, read_task
from agent.steps import STEPS
from agent.tasks import bind

TASKS = sorted((Path(__file__).parents[3] / "tasks").glob("*.json"))
FILES = 300
LONGEST = 10.0
ODD: list[Any] = [
    None, True, 0, -1, 10**30, 1e308, "", " ", "\x00", "\u202e", "${", "${inputs.", "${results.a}",
    "$${", "${inputs.site}${", "${A.password}", "../../etc/passwd", "a" * 20_000, [], {}, [[]],
    {"secret": "A", "field": "password"}, {"secret": {}}, {"type": "if"}, [{"type": "include"}],
    "javascript:alert(1)", "https://[::1", "https://u:p@h", "results.a.b[", "(a+)+$", "\ud7ff",
]  # fmt: skip


class Fuzzer:
    """Breaks a right task in one to six places; the same seed breaks it the same way."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - the same every time, on purpose
        examples = [STEPS[name].example() for name in STEPS]
        self.pieces = [*ODD, *examples]

    def text(self) -> str:
        document = json.loads(self.dice.choice(TASKS).read_text("utf-8"))
        for _ in range(self.dice.randint(1, 6)):
            document = self.broken(document)
        text = json.dumps(document, ensure_ascii=self.dice.random() < 0.5)
        return self.torn(text) if self.dice.random() < 0.3 else text

    def broken(self, node: Any) -> Any:
        """Change one place somewhere inside."""
        if not isinstance(node, (dict, list)) or not node or self.dice.random() < 0.12:
            return self.dice.choice(self.pieces)
        if isinstance(node, list):
            place = self.dice.randrange(len(node))
            act = self.dice.choice(["into", "into", "into", "drop", "again", "wrap"])
            if act == "drop":
                return [*node[:place], *node[place + 1 :]]
            if act == "again":
                return [*node, *node[place:]]
            fresh = [node[place]] if act == "wrap" else self.broken(node[place])
            return [*node[:place], fresh, *node[place + 1 :]]
        key = self.dice.choice(list(node))
        act = self.dice.choice(["into", "into", "into", "into", "drop", "misspell", "add"])
        if act == "drop":
            return {name: part for name, part in node.items() if name != key}
        if act == "misspell":
            return {(name[::-1] if name == key else name): part for name, part in node.items()}
        if act == "add":
            return node | {self.dice.choice(["", "x", "then", "steps", "\n"]): self.odd()}
        return node | {key: self.broken(node[key])}

    def odd(self) -> Any:
        return self.dice.choice(self.pieces)

    def torn(self, text: str) -> str:
        place = self.dice.randrange(len(text))
        change = self.dice.choice(["", ",", "}", '"', "\\", "[" * 40, "\x00", "NaN", "//"])
        return text[:place] + change + text[place + self.dice.randint(0, 3) :]


def answer(path: Path) -> RunnerError | None:
    """Do with a file all that is done before a browser opens."""
    try:
        task = read_task(path)
        check(task)
        explain(task, {})
        if not task.slots:
            make_plan(bind(task, {}, {}))
    except RunnerError as error:
        return error
    return None


def test_three_hundred_broken_files_get_our_own_errors_in_time(tmp_path: Path) -> None:
    part = tmp_path / "parts" / "sign-in.json"
    part.parent.mkdir()
    part.write_text((TASKS[0].parent / "parts" / "sign-in.json").read_text("utf-8"))
    path = tmp_path / "task.json"
    fuzzer, wrong, slowest = Fuzzer(20261122), 0, 0.0
    for number in range(FILES):
        path.write_text(fuzzer.text(), encoding="utf-8", errors="surrogatepass")
        begun = time.perf_counter()
        error = answer(path)  # anything but an error of ours fails the test by itself
        slowest = max(slowest, time.perf_counter() - begun)
        wrong += error is not None
        if isinstance(error, TaskInvalid):
            assert error.problems, number
            assert all(told(problem) for problem in error.problems), number
    assert slowest < LONGEST
    assert wrong > FILES * 0.8


def told(problem: Problem) -> bool:
    """Whether a problem is one line, has a place, and no control character in it."""
    text = f"{problem.path}: {problem.message}"
    return bool(problem.message) and problem.line >= 0 and text.isprintable()


WRONG: dict[str, dict[str, Any]] = {
    "goto": {"url": "guests"},
    "sign_in": {"slot": "NOBODY"},
    "sign_out": {"url": "https://hotel.example/out", "target": {"css": "a"}},
    "click": {"button": "third"},
    "dblclick": {"target": {}},
    "hover": {"target": {"css": "a", "text": "b"}},
    "fill": {"value": 7},
    "press": {"key": ""},
    "check": {"target": {"role": "chekbox"}},
    "uncheck": {"target": {"css": "a", "nth": "1"}},
    "select_option": {"index": 1},
    "upload": {"files": [{"path": "/etc/passwd"}]},
    "download": {"file": "../x"},
    "drag": {"to": {"css": ""}},
    "scroll": {"edge": "left"},
    "dialog": {"answer": "maybe"},
    "switch_page": {"number": 1},
    "close_page": {"url": "x"},
    "wait_for": {"url": "**/x"},
    "expect": {"text": "a"},
    "extract": {"pages": 3},
    "evaluate": {"expression": "${inputs.n}"},
    "screenshot": {"file": "a/b"},
    "if": {"condition": {"value": "inputs.n"}},
    "for_each": {"at_most": 0},
    "repeat_until": {"until": {"value": "1 + 1", "equals": 2}},
    "include": {"task": "../other.json"},
    "set": {"value": {"secret": "LOGIN", "field": "password"}},
    "pause": {"message": ""},
    "http": {"url": "api.example"},
    "sftp": {"url": "https://files.example"},
    "code": {"function": "not a name"},
}


OTHERS = {"FILES": {"type": "sftp_password"}, "API": {"type": "bearer_token"}}


@pytest.mark.parametrize("kind", sorted(WRONG))
def test_a_bad_task_of_each_kind_gives_one_clear_line(kind: str, tmp_path: Path) -> None:
    example = STEPS[kind].example() | WRONG[kind]
    inner = {
        "name": "y",
        "slots": {"LOGIN": {}},
        "inputs": {"site": {}},
        "steps": [{"type": "close_page"}],
    }
    before = {"type": "set", "save_as": "guests", "value": []} if kind == "for_each" else None
    task = {
        "name": "x",
        "slots": {"LOGIN": {}, "MANAGEMENT_LOGIN": {"totp": "required"}, **OTHERS},
        "inputs": {"n": {}},
        "included": {"parts/sign-in.json": inner},
        "steps": [one for one in (before, example) if one],
    }
    path = tmp_path / "t.json"
    path.write_text(json.dumps(task, indent=1))
    with pytest.raises(TaskInvalid) as caught:
        read_task(path)
    (problem,) = caught.value.problems
    assert problem.path.startswith("steps[")
    assert problem.line > 1
    assert told(problem)


def test_every_kind_has_its_bad_task() -> None:
    assert set(STEPS) == set(WRONG)
