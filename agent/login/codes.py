"""Which field, or which boxes in a row, take a one-time code.

The corpus holds three pages that ask for one: too few to learn from, so these weights were set by
hand from the rules in forms.md and are held by pages of our own (tests/unit/login/test_codes.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.login.fields import TYPED, PageAsks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.login.facts import RawField
    from agent.login.fields import Clues
    from agent.login.groups import Group

_BOX_WIDTH = 110
_MOST_BOXES = 10
_FEWEST_BOXES = 4
_HALVES = 2
_HALF = frozenset({3, 4})
_PLAIN = frozenset({"text", "tel", "number", "password"})
_METHODS = (("recovery", "recovery_code"), ("totp", "app"), ("sms", "sms"), ("email", "email"))


def find_code(group: Group) -> tuple[tuple[Clues, ...], float]:
    """Find the field or boxes of a form's code, with a score; ``IS_CODE`` and more: it is one."""
    boxes = code_boxes(group.fields)
    if boxes and not any(box.own & {"not_code"} or box.is_card for box in boxes):
        return boxes, _boxes_score(group, boxes)
    # Beside a password, words on the page may be about anything: the field must say it itself.
    asks = PageAsks.NOTHING if group.passwords else group.asks
    scored = [
        (clue.code_score(asks) + _bonus(group, clue), clue)
        for clue in group.fields
        if clue.raw.type in TYPED and clue not in group.passwords
    ]
    if not scored:
        return (), 0.0
    score, best = max(scored, key=lambda entry: entry[0])
    return (best,), score


def _boxes_score(group: Group, boxes: Sequence[Clues]) -> float:
    single = any(box.raw.maxlength == 1 or "one-time-code" in box.tokens for box in boxes)
    named = any(box.own & {"code", "second_factor"} for box in boxes)
    score = 2.0 + 3.0 * single + 2.0 * named + 1.5 * (group.asks is not PageAsks.NOTHING)
    return score + 0.5 * any(box.digits for box in boxes) + 0.5 * (len(boxes) == _HALVES)


def _bonus(group: Group, clue: Clues) -> float:
    """Add what the form says of a field that stands alone in it and names nothing itself."""
    typed = [c for c in group.fields if c.raw.type in TYPED and "recovery_code" not in c.own]
    if group.passwords or typed != [clue]:
        return 0.0
    told = group.headings | group.above | group.lead
    silent = not clue.own - {"code", "second_factor"}
    asked = bool(told & {"code", "second_factor"}) and not told & {"captcha", "not_code"}
    return 0.5 + 2.0 * (asked and silent and group.asks is not PageAsks.NOTHING)


def code_boxes(fields: Iterable[Clues]) -> tuple[Clues, ...]:
    """Find the boxes of one code: 4 to 10 small neighbours of equal size, or two halves of it."""
    runs: list[list[Clues]] = [[]]
    for clue in fields:
        if not _is_box(clue):
            runs.append([])
            continue
        if runs[-1] and not _beside(runs[-1][-1].raw, clue.raw):
            runs.append([])
        runs[-1].append(clue)
    best = max(runs, key=len)
    if _FEWEST_BOXES <= len(best) <= _MOST_BOXES:
        return tuple(best)
    return next((tuple(run) for run in runs if _are_halves(run)), ())


def method_of(group: Group, code: Sequence[Clues]) -> str:
    """Name the second factor a code is of, empty where the form does not say."""
    own = frozenset().union(*(clue.own | clue.near for clue in code))
    for told in (own, group.headings | group.above, group.lines):
        found = [method for method, kind in _METHODS if kind in told]
        if len(found) == 1:
            return found[0]
    return ""


def _is_box(clue: Clues) -> bool:
    raw = clue.raw
    if raw.type not in _PLAIN or not clue.fillable:
        return False
    return raw.maxlength == 1 or raw.maxlength in _HALF or _narrow(raw)


def _narrow(raw: RawField) -> bool:
    return raw.maxlength in (-1, 2) and raw.box[2] <= _BOX_WIDTH


def _are_halves(run: Sequence[Clues]) -> bool:
    halves = len(run) == _HALVES and all(clue.raw.maxlength in _HALF for clue in run)
    return halves and any(clue.own & {"code", "second_factor"} or clue.digits for clue in run)


def _beside(left: RawField, right: RawField) -> bool:
    same_size = abs(left.box[2] - right.box[2]) <= 4 and abs(left.box[3] - right.box[3]) <= 4
    same_kind = left.maxlength == right.maxlength and left.type == right.type
    level = abs(left.box[1] - right.box[1]) <= 8
    return left.group == right.group and same_size and same_kind and level
