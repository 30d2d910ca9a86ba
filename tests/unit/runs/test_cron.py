from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from agent.errors import UsageError
from agent.runs.cron import check_times, following, latest

BERLIN = "Europe/Berlin"


def at(text: str, zone: str = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def utc(times: list[float]) -> list[str]:
    return [datetime.fromtimestamp(one, UTC).strftime("%m-%d %H:%M") for one in times]


@pytest.mark.parametrize(
    ("cron", "zone", "after", "times"),
    [
        ("30 6 * * *", "UTC", "2026-11-22T07:00", ["11-23 06:30", "11-24 06:30"]),
        ("30 6 * * *", BERLIN, "2026-11-22T07:00", ["11-23 05:30", "11-24 05:30"]),
        ("0 9 * * MON-FRI", "UTC", "2026-11-20T10:00", ["11-23 09:00", "11-24 09:00"]),
        ("0 0 L * *", "UTC", "2027-02-01T00:00", ["02-28 00:00", "03-31 00:00"]),
        # Summer time begins on 2027-03-28: 02:30 is not there, and the run is.
        ("30 2 * * *", BERLIN, "2027-03-27T12:00", ["03-28 01:00", "03-29 00:30"]),
        # It ends on 2027-10-31: 02:30 comes twice, and the run once.
        ("30 2 * * *", BERLIN, "2027-10-30T12:00", ["10-31 00:30", "11-01 01:30"]),
        # What runs every hour runs in every hour there is.
        ("15 * * * *", BERLIN, "2027-10-31T01:30", ["10-31 00:15", "10-31 01:15"]),
        ("15 * * * *", BERLIN, "2027-03-28T01:30", ["03-28 01:15", "03-28 02:15"]),
    ],
)
def test_due_times_are_those_of_cron_in_the_zone(
    cron: str, zone: str, after: str, times: list[str]
) -> None:
    assert utc(following(cron, zone, at(after, zone), 2)) == times


def test_the_last_due_time_is_found_backwards() -> None:
    assert latest("0 6 * * *", BERLIN, at("2026-11-22T06:00")) == at("2026-11-22T06:00")
    assert latest("0 6 * * *", BERLIN, at("2026-11-22T05:59")) == at("2026-11-21T06:00")


@pytest.mark.parametrize(
    ("cron", "zone"),
    [
        ("* * * *", "UTC"),
        ("* * * * * *", "UTC"),
        ("61 * * * *", "UTC"),
        ("0 0 31 2 *", "UTC"),
        ("@daily", "UTC"),
        ("0 6 * * *", "Mars/Olympus"),
        ("0 6 * * *", "../../etc/passwd"),
        ("0 6 * * *", ""),
    ],
)
def test_what_is_no_cron_or_no_zone_is_refused(cron: str, zone: str) -> None:
    with pytest.raises(UsageError):
        check_times(cron, zone)
