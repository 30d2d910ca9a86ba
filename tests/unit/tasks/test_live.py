"""Acts of our own recorder become steps, in the order of their times."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

import pytest

from agent.tasks.importing.credentials import cleaned
from agent.tasks.importing.live import read_events, words_of
from agent.tasks.importing.prints import print_of, repeats

KEYS = (3141592653, 271828182)
SITE = "https://hotel.example"


def steps_of(*events: dict[str, Any]) -> list[dict[str, Any]]:
    timed = [{"page": 0, "time": float(at), **event} for at, event in enumerate(events)]
    recording = read_events("x", timed, KEYS)
    return cleaned(recording).document["steps"]


def at(kind: str, name: str = "Go", **more: Any) -> dict[str, Any]:
    target = {"role": "button", "name": name, "exact": True}
    return {"kind": kind, "target": target, "at": name, "frame": []} | more


def opened(page: int, **more: Any) -> dict[str, Any]:
    return {"kind": "opened", "page": page} | more


def kinds(steps: list[dict[str, Any]]) -> list[str]:
    return [f"{step['type']} {step.get('number', step.get('url', ''))}".strip() for step in steps]


@pytest.mark.parametrize("text", ["hunter2", "päss wörd", "密码🔑x", "a&b=c", "918273"])
def test_a_text_is_known_again_by_its_print_in_plain_and_in_an_address(text: str) -> None:
    sought = print_of(text, KEYS)
    assert repeats(f"see {text} here", sought)
    assert repeats("/in?pw=" + quote_plus(text), sought)
    assert not repeats(f"see {text[:-1]}? here", sought)
    assert not repeats(f"see {text} here", print_of(text[::-1], KEYS))
    assert text not in repr(sought)


def test_events_that_overtook_each_other_are_put_in_order() -> None:
    late = {"kind": "asked", "type": "confirm", "message": "Sure?", "page": 0, "time": 2.0}
    answered = {"kind": "answered", "accepted": True, "text": "", "page": 0, "time": 3.0}
    click = at("click", time=1.0, page=0)
    goto = {"kind": "goto", "url": SITE, "time": 0.0, "page": 0}
    recording = read_events("x", [late, answered, goto, click], KEYS)
    assert [step["type"] for step in recording.steps] == ["goto", "dialog", "click"]


def test_a_window_is_waited_for_and_left_again() -> None:
    steps = steps_of(
        opened(0), at("click"), opened(1), at("click", page=1), {"kind": "closed", "page": 1},
        at("click"), at("click"),
    )  # fmt: skip
    assert kinds(steps) == ["click", "switch_page 1", "click", "switch_page 0", "click", "click"]


def test_a_window_that_came_and_went_by_itself_is_not_waited_for() -> None:
    moment = [opened(0), at("click"), opened(1), {"kind": "closed", "page": 1, "time": 2.5}]
    assert kinds(steps_of(*moment, at("click"))) == ["click", "switch_page 0", "click"]
    stayed = [*moment[:3], {"kind": "closed", "page": 1, "time": 20.0}]
    assert kinds(steps_of(*stayed, at("click", time=21.0))) == [
        "click", "switch_page 1", "switch_page 0", "click",
    ]  # fmt: skip


def test_a_window_after_a_closed_one_is_named_by_its_address() -> None:
    steps = steps_of(
        opened(0), at("click"), opened(1), at("click", page=1), {"kind": "closed", "page": 1},
        at("click"), opened(2), at("click", page=2, address=f"{SITE}/b?token=x"),
    )  # fmt: skip
    assert kinds(steps)[-2:] == [f"switch_page {SITE}/b**", "click"]


def test_a_tab_opened_by_hand_is_the_page_it_came_from() -> None:
    goto = {"kind": "goto", "url": SITE, "page": 1}
    steps = steps_of(opened(0), at("click"), opened(1, by_hand=True), goto, at("click"))
    assert kinds(steps) == ["click", f"goto {SITE}", "click"]


def test_a_prompt_that_asks_for_a_credential_is_answered_without_it() -> None:
    def prompt(message: str) -> list[dict[str, Any]]:
        asked = {"kind": "asked", "type": "prompt", "message": message}
        return [at("click"), asked, {"kind": "answered", "accepted": True, "text": "typed-17"}]

    assert steps_of(*prompt("Which room?"))[0]["text"] == "typed-17"
    assert steps_of(*prompt("Your password?"))[0] == {"type": "dialog", "answer": "accept"}


def test_what_is_told_of_an_act_holds_nothing_that_was_typed() -> None:
    typed = at("fill", "Note", value="typed-17")
    withheld = at("fill", "Password", withheld="password", print=[3, 1, 2])
    opening = {"kind": "goto", "url": f"{SITE}/?token=typed-17"}
    said = " ".join(words_of(one) for one in (typed, withheld, opening, opened(0)))
    assert "typed-17" not in said
    assert "a slot takes its place" in said


def test_an_act_in_a_frame_that_is_gone_is_left_out_and_said() -> None:
    goto = {"kind": "goto", "url": SITE, "time": 0.0, "page": 0}
    recording = read_events("x", [goto, at("click", frame=None, time=1.0, page=0)], KEYS)
    assert kinds(recording.steps) == [f"goto {SITE}"]
    assert recording.left_out == ["a click in a frame that cannot be found again"]
