"""Which button submits a form: its text first, its kind and place after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.login.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.login.facts import RawButton

_TINY = 400
_ENOUGH = 1.0
_TEXT = {
    "sign_in": 4.0,
    "go_on": 3.0,
    "sign_up": -3.0,
    "not_submit": -6.0,
    "recovery": -4.0,
    "newsletter": -3.0,
}


def choose_submit(
    buttons: Iterable[RawButton], group: int, last_field: int
) -> tuple[RawButton | None, float]:
    """Choose the button for the form ``group`` whose last field stands at ``last_field``.

    Returns the button, or None where no button looks right, and its score.
    """
    scored = [
        (_score(button, group, last_field), -button.order, button)
        for button in buttons
        if button.visible and button.group in (group, 0)
    ]
    if not scored:
        return None, 0.0
    score, _, best = max(scored, key=lambda entry: entry[:2])
    return (best, score) if score >= _ENOUGH else (None, score)


def button_words(button: RawButton) -> frozenset[str]:
    """Name the kinds of words a person reads on a button."""
    return vocabulary().kinds(button.text or button.hint)


def _score(button: RawButton, group: int, last_field: int) -> float:
    score = sum(weight for kind, weight in _TEXT.items() if kind in button_words(button))
    named = vocabulary().name_kinds(button.name)
    score += 1.0 if named & {"sign_in", "go_on"} else 0.0
    score -= 1.5 if named & {"not_submit", "search"} else 0.0
    score += 2.0 if button.type in ("submit", "image") else 0.0
    score += 1.0 if button.group == group else -2.0
    score += 1.0 if button.order > last_field else -1.0
    score -= 1.0 if button.box[2] * button.box[3] < _TINY else 0.0
    return score - min(abs(button.order - last_field), 200) * 0.005
