from __future__ import annotations

from pathlib import Path

import pytest

from agent.pytest_plugin.slots import SecretSlot
from agent.pytest_plugin.suite import LoginState
from agent.pytest_plugin.wanted import Login

ROOT = Path("/project")
USUAL = Login(ROOT / "usual.json", {"A": "one", "B": "two"}, {"site": "x"})


def test_a_test_without_a_marker_has_what_the_suite_has() -> None:
    assert USUAL.narrowed(None, ROOT) is USUAL


def test_a_marker_comes_before_options_slot_by_slot() -> None:
    marker = pytest.mark.runner(task="other.json", bind={"B": "three"}, inputs={"day": "y"})
    narrowed = USUAL.narrowed(marker.mark, ROOT)
    assert narrowed.task == ROOT / "other.json"
    assert narrowed.bind == {"A": "one", "B": "three"}
    assert narrowed.inputs == {"site": "x", "day": "y"}
    assert USUAL.narrowed(pytest.mark.runner(bind={}).mark, ROOT) == USUAL


def test_neither_a_slot_nor_a_session_prints_or_is_carried_away() -> None:
    state = LoginState(cookies=[{"name": "sid", "value": "canary-77"}])
    slot = SecretSlot(None, "LOGIN", "Hotel admin")  # type: ignore[arg-type] - not used
    for one in (state, slot):
        assert "canary" not in f"{one} {one!r} {[one]}"
        with pytest.raises(TypeError, match="not pickled"):
            one.__reduce_ex__(4)
    assert repr(slot) == "SecretSlot(LOGIN: ***)"
    assert {name for name in dir(slot) if not name.startswith("_")} == {"fill"}
