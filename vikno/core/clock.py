"""Time has one source, so that tests can move it. Instants are UTC and aware."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def now() -> datetime:
    """The present instant, UTC, aware."""
    return datetime.now(UTC)


def aware(value: datetime) -> datetime:
    """An instant as plain SQL gives it: SQLite leaves its zone out, which is UTC."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def end_of_day(day: date, zone: str) -> datetime:
    """The last instant (23:59:59) of a day as lived in a zone, as UTC: what a due date without an hour means.

    Exact also on days of 23 or 25 hours, because the wall clock is converted and no hours are added. Where clocks go
    back at midnight (Cairo, Beirut) the day has this instant twice: it is the later one. Raises OverflowError
    for the last days of the calendar.
    """
    return datetime.combine(day, time(23, 59, 59, fold=1), ZoneInfo(zone)).astimezone(UTC)


def day_in(instant: datetime, zone: str) -> date:
    """The calendar day of an instant as lived in a zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def zone(*names: str) -> ZoneInfo:
    """The first of these time zones that this machine knows ("" is none); UTC if it knows none of them."""
    for name in names:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")
