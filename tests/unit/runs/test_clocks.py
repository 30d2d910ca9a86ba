"""How far two clocks are apart, however long asking takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, event

from agent.runs.clocks import MOST, ClockOff, check_clock, clock_off

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

THEIRS = 1_000.0


@pytest.fixture
def connection() -> Iterator[Connection]:
    """A database whose time stands still."""
    engine = create_engine("sqlite://")

    @event.listens_for(engine, "connect")
    def still(raw: object, _record: object) -> None:
        day = THEIRS / 86_400 + 2_440_587.5
        raw.create_function("julianday", 1, lambda _when: day)  # type: ignore[attr-defined]

    with engine.connect() as made:
        yield made
    engine.dispose()


@pytest.mark.parametrize(
    ("before", "after", "off"),
    [
        (1_000.0, 1_000.0, 0.0),
        (990.0, 1_010.0, 0.0),  # asking took twenty seconds
        (1_090.0, 1_090.5, 90.0),
        (890.0, 910.0, -90.0),
    ],
)
def test_only_what_asking_cannot_explain_is_a_difference(
    connection: Connection, before: float, after: float, off: float
) -> None:
    times = iter((before, after))
    assert clock_off(connection, lambda: next(times)) == pytest.approx(off, abs=0.01)


def test_a_clock_that_is_off_is_told_with_what_to_do(connection: Connection) -> None:
    check_clock(connection, lambda: THEIRS + MOST - 1)
    with pytest.raises(ClockOff, match="91 s behind") as off:
        check_clock(connection, lambda: THEIRS - 91)
    assert "timedatectl" in off.value.hint
