"""When somebody may be told: their working hours and the hour of their daily letter, on their own clock.

An hour that a change of clocks leaves out is the one after it; of one that comes twice it is the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Hours = Mapping[str, Sequence[str]]  # day of the week ("0": Monday) → from, until, as "09:00"; "24:00" ends a day


def begin_of_work(hours: Hours, zone: str, now: datetime) -> datetime | None:
    """When the next working hours begin; None if it is one now, and for who has set none: they always work. Hours that
    end before they begin end on the next day."""
    spans = _spans(hours, zone, now)
    if not spans or any(begin <= now < end for begin, end in spans):
        return None
    return min(begin for begin, _end in spans if begin > now)


def end_of_work(hours: Hours, zone: str, now: datetime) -> datetime | None:
    """When the working hours end that it is now; hours that begin where others end go on in these. None outside of
    them, and for who has set none."""
    end, spans = None, sorted(_spans(hours, zone, now))
    for begin, until in spans:
        if begin <= (end or now) < until:
            end = until
    return end


def next_digest(hour: int, zone: str, now: datetime) -> datetime:
    """When the next daily letter goes: at this hour, today or tomorrow."""
    here = now.astimezone(ZoneInfo(zone)).date()
    today = _instant(here, time(hour), zone)
    return today if today > now else _instant(here + timedelta(days=1), time(hour), zone)


def _spans(hours: Hours, zone: str, now: datetime) -> list[tuple[datetime, datetime]]:
    """The working hours around this instant, from the day before to the week after."""
    here = now.astimezone(ZoneInfo(zone)).date()
    found = (_span(hours, here + timedelta(days=ahead), zone) for ahead in range(-1, 9))
    return [span for span in found if span is not None]


def _span(hours: Hours, day: date, zone: str) -> tuple[datetime, datetime] | None:
    found = hours.get(str(day.weekday()))
    if not found:
        return None
    begin, end = found
    if end in ("24:00", "00:00"):
        return _instant(day, time.fromisoformat(begin), zone), _instant(day + timedelta(days=1), time(), zone)
    last = day if end > begin else day + timedelta(days=1)
    return _instant(day, time.fromisoformat(begin), zone), _instant(last, time.fromisoformat(end), zone)


def _instant(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
