"""The program of the child process: builds its walls, then runs the code of a task.

Started as a folder, by a Python without site settings of the user, so that it imports ``walls``
from beside it and nothing else of the runner. On its standard input come two lines of JSON: what to
run, and, once the walls stand, the values. Its answers go out by a pipe of their own.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from importlib import import_module
from typing import Any

# Beside this file: when a folder is run, it is what modules are looked for in.
walls: Any = import_module("walls")

_TASKS_CODE = "the code"


def main() -> None:
    """Do what the order says and end; every ending is told on the pipe."""
    order = json.loads(sys.stdin.readline())
    answers = os.fdopen(order["answers"], "w", encoding="utf-8")
    os.set_inheritable(order["answers"], False)  # noqa: FBT003 - its only argument
    sys.path.pop(0)
    os.closerange(3, order["answers"])
    os.closerange(order["answers"] + 1, 4096)
    try:
        walls.die_with_parent(order["parent"])
        walls.limit(**order["limits"])
        walls.enclose(order["folder"], order["readable"])
    except (walls.NoWalls, OSError, ValueError) as error:
        _tell(answers, {"unfit": str(error)})
        return
    _tell(answers, {"enclosed": True})
    given = json.loads(sys.stdin.readline())
    quiet = os.open(os.devnull, os.O_RDONLY)
    os.dup2(quiet, 0)
    os.close(quiet)
    _tell(answers, _run(order["source"], order["function"], given))


def _run(source: str, function: str, given: dict[str, Any]) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__task__", "__builtins__": __builtins__}
    try:
        exec(compile(source, _TASKS_CODE, "exec", dont_inherit=True), names)  # noqa: S102 - the step
        value = names[function](given["inputs"], given["secrets"])
        return {"value": json.loads(json.dumps(value))}
    except MemoryError:
        return {"failed": "MemoryError", "line": 0}
    # Whatever the task's code raises, SystemExit too, is told as its failure.
    except BaseException as error:  # noqa: BLE001 - the answer is told, nothing is swallowed
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == _TASKS_CODE]
        line = frames[-1].lineno if frames else getattr(error, "lineno", None)
        return {"failed": f"{type(error).__name__}: {error}", "line": line or 0}


def _tell(answers: Any, told: dict[str, Any]) -> None:
    sys.stdout.flush()
    answers.write(json.dumps(told) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
