"""When a schedule is due: five fields of cron, in a time zone, as Debian's cron means them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from agent.errors import UsageError

_FIELDS: Final = 5


def check_times(cron: str, zone: str) -> None:
    """Refuse what is no cron expression of five fields, or no time zone (``UsageError``)."""
    following(cron, zone, 0.0, 1)


def following(cron: str, zone: str, after: float, count: int) -> list[float]:
    """Give the next due times after a moment, in unix seconds.

    An hour that the clock leaves out when summer time begins does not lose its runs, and one that
    it repeats does not double them. Fewer than ``count`` where there are no more. Raises
    ``UsageError``.
    """
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"there is no time zone {zone!r:.60}", hint="a name like Europe/Berlin, or UTC"
        ) from None
    if len(cron.split()) != _FIELDS:
        raise UsageError(
            f"{cron!r:.60} is not cron's five fields",
            hint="minute hour day month weekday, like “30 6 * * MON-FRI”",
        )
    try:
        times = CronSim(cron, datetime.fromtimestamp(after, UTC).astimezone(place))
        return [time.timestamp() for time in islice(times, count)]
    except CronSimError as error:
        raise UsageError(
            f"{cron!r:.60} is no cron expression: {str(error)[:60].lower()}",
            hint="minute hour day month weekday, like “30 6 * * MON-FRI”",
        ) from None


def latest(cron: str, zone: str, before: float) -> float:
    """Give the last due time up to a moment, in unix seconds; 0 where there was none."""
    at = datetime.fromtimestamp(before + 1, UTC).astimezone(ZoneInfo(zone))
    return next((time.timestamp() for time in CronSim(cron, at, reverse=True)), 0.0)
