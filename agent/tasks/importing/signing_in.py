"""Makes one ``sign_in`` step of the moves of a login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Step = dict[str, Any]
Numbered = tuple[tuple[int, ...], Step]

_MOVES = frozenset({"click", "press", "check", "uncheck", "wait_for"})
_BETWEEN = 3


def with_sign_in(
    steps: Sequence[Numbered], slot: str, beside: Callable[[Step], bool] | None
) -> list[Numbered]:
    """Put ``sign_in`` in the place of each login that fills name and password of ``slot``.

    ``steps`` come with the numbers they had in the recording, and the new one with all of those it
    stands for. ``beside`` tells whether a step was done where a sign-in form was shown, in a
    recording that knows. A form in which a password is chosen, or typed twice, stays as it is.
    """
    done: list[Numbered] = []
    at = 0
    while at < len(steps):
        end = _end_of_login(steps, at, slot) if _fills(steps[at][1], slot) else at
        if end == at or not _is_login([step for _, step in steps[at:end]], slot):
            done.extend(steps[at : max(end, at + 1)])
            at = max(end, at + 1)
            continue
        end = _after_sending(steps, end, beside)
        numbers = tuple(number for held, _ in steps[at:end] for number in held)
        done.append((numbers, {"type": "sign_in", "slot": slot}))
        at = end
    return done


def _fills(step: Step, slot: str) -> bool:
    value = step.get("value")
    return step["type"] == "fill" and isinstance(value, dict) and value.get("secret") == slot


def _end_of_login(steps: Sequence[Numbered], start: int, slot: str) -> int:
    """Find the place after the last field of a login; between two are a few moves at most."""
    end, place = start + 1, start + 1
    while place < len(steps) and place - end <= _BETWEEN:
        step = steps[place][1]
        if _fills(step, slot):
            end = place + 1
        elif step["type"] not in _MOVES:
            break
        place += 1
    return end


def _is_login(steps: Sequence[Step], slot: str) -> bool:
    """Tell whether a name goes with the password: without one it may be asked for again."""
    names = list(_targets(steps, slot, "username"))
    passwords = list(_targets(steps, slot, "password"))
    return bool(names and passwords) and all(one == passwords[0] for one in passwords)


def _targets(steps: Sequence[Step], slot: str, wanted: str) -> Iterator[Any]:
    for step in steps:
        if _fills(step, slot) and step["value"]["field"] == wanted:
            yield step["target"]


def _after_sending(
    steps: Sequence[Numbered], start: int, beside: Callable[[Step], bool] | None
) -> int:
    """Find the place after what sent the form: a key, or a button; boxes may be ticked before."""
    place = start
    while place < len(steps) and place - start <= _BETWEEN:
        step = steps[place][1]
        place += 1
        if _sends(step, beside):
            return place
        if step["type"] not in ("check", "uncheck"):
            break
    return start


def _sends(step: Step, beside: Callable[[Step], bool] | None) -> bool:
    if step["type"] == "press":
        return str(step["key"]).endswith("Enter") and (beside is None or beside(step))
    if step["type"] != "click":
        return False
    return step["target"].get("role") != "link" if beside is None else beside(step)
