"""Answers as a secret manager's program does; what it knows stands in `world.json` beside it.

`items` maps an id to what the real program prints for it, `fields` an op:// address to its text,
`fails` is what is written to the error stream instead, with exit code 1, `prints` is printed
whatever is asked, `hangs` never answers.
"""

import json
import os
import sys
import time

folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  starts faster
with open(os.path.join(folder, "world.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
    world = json.load(file)
with open(os.path.join(folder, "calls.jsonl"), "a", encoding="utf-8") as calls:  # noqa: PTH118, PTH123
    calls.write(json.dumps({"argv": sys.argv, "environ": dict(os.environ)}) + "\n")


def fail(said: str) -> None:
    sys.stderr.write(said + "\n")
    sys.exit(1)


def answer(name: str, arguments: list[str]) -> str:
    if name == "op" and arguments[:2] == ["read", "--no-newline"]:
        address = arguments[2]
        if address not in world.get("fields", {}):
            fail(f'[ERROR] 2026/11/22 could not read secret "{address}": item isn\'t an item')
        return world["fields"][address]
    if name == "op" and arguments[:2] == ["item", "get"]:
        assert "json" in arguments
        if arguments[2] not in world.get("items", {}):
            fail(
                f'[ERROR] 2026/11/22 "{arguments[2]}" isn\'t an item. Specify the item with its ID.'
            )
        return json.dumps(world["items"][arguments[2]])
    asked = {"bws": ["secret", "get"], "bw": ["get", "item"]}[name]
    assert arguments[:2] == asked, arguments
    if arguments[2] not in world.get("items", {}):
        fail("Error: 404 Not Found" if name == "bws" else "Not found.")
    return json.dumps(world["items"][arguments[2]])


if world.get("hangs"):
    time.sleep(600)
if "fails" in world:
    fail(world["fails"])
if "prints" in world:
    sys.stdout.write(world["prints"])
else:
    sys.stdout.write(answer(os.path.basename(sys.argv[0]), sys.argv[1:]))  # noqa: PTH119
