"""From what a form says to a plan, and back: days and hours are those of the agent's own clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.tasks.actions import Plan
from vikno.tickets.actions.changing import Invalid

MORNING = time(9)
MOST_YEARS = 20
REMINDERS = ("", "due", "hour", "day")  # none; at its time; an hour before; the morning before


def plan_of(text: str, day: str, hour: str, reminder: str, zone: str, today: date) -> Plan:
    """A plan from the fields of a form: a day and an hour as browsers send them ("2026-12-01", "09:30"), either of them
    "". An hour alone is one of today. Raises Invalid."""
    if not day and not hour:
        if reminder:
            raise Invalid(_("A reminder needs a day."))
        return Plan(text)
    try:
        on = date.fromisoformat(day) if day else today
        at = time.fromisoformat(hour) if hour else None
    except ValueError:
        raise Invalid(_("This is no date. Write it as 2026-12-31, and the hour as 09:30.")) from None
    if abs(on.year - today.year) > MOST_YEARS:
        raise Invalid(_("This day is too far away."))
    if at is not None and at.tzinfo is not None:
        raise Invalid(_("This is no date. Write it as 2026-12-31, and the hour as 09:30."))
    due = clock.end_of_day(on, zone) if at is None else _instant(on, at, zone)
    return Plan(text, due, at is None, _reminder(reminder, on, at, zone))


def _instant(day: date, at: time, zone: str) -> datetime:
    """An hour of a day on a zone's clock, as UTC. An hour that a change of clocks leaves out is the one after it; of
    one that comes twice it is the first."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def _reminder(code: str, day: date, at: time | None, zone: str) -> datetime | None:
    if code == "due":
        return _instant(day, at or MORNING, zone)
    if code == "hour":
        return _instant(day, at or MORNING, zone) - timedelta(hours=1)
    if code == "day":
        return _instant(day - timedelta(days=1), MORNING, zone)
    return None


def fields_of(plan: Plan, zone: str) -> dict[str, str]:
    """The fields of a form that make this plan."""
    day = hour = reminder = ""
    if plan.due_at is not None:
        here = plan.due_at.astimezone(ZoneInfo(zone))
        day, hour = here.date().isoformat(), "" if plan.due_is_day else f"{here:%H:%M}"
        at = None if plan.due_is_day else here.time()
        known = {code: _reminder(code, here.date(), at, zone) for code in REMINDERS if code}
        reminder = next((code for code, instant in known.items() if instant == plan.remind_at), "")
    return {"text": plan.text, "day": day, "hour": hour, "remind": reminder}
