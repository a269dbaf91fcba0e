"""Until when a ticket is put aside: what is offered, and what was chosen. Times are those of the agent's own clock.

An offer carries its instant: "tomorrow" on a page that was drawn before midnight is that day after midnight, too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from vikno.core.times import moments
from vikno.tickets.actions.changing import Invalid

MORNING, EVENING = time(9), time(18)
LATER = timedelta(hours=3)
FOR_AN_ANSWER = timedelta(days=30)  # whoever waits for an answer alone is reminded after so long that none came
FURTHEST = FOR_AN_ANSWER + timedelta(days=1)  # of all offers; the hour at which summer ends may lie in between
MOST_YEARS = 5
AT = "at"  # the choice of a time of one's own, which stands in another field

_AS = "%Y-%m-%dT%H:%M:%SZ"  # how an offered instant stands in a form
Choice = tuple[str, str, str]  # the instant, words, when that is


def choices(zone: str, language: str, now: datetime) -> list[Choice]:
    """What is offered at this moment. What would be the same time twice is offered once."""
    moment = moments(zone, language, now)
    offered, found = set(), []
    for code, (word, until) in _offers(zone, now).items():
        if until not in offered:
            offered.add(until)
            found.append((f"{until.astimezone(UTC):{_AS}}", word(), "" if code == "answer" else moment(until)))
    return found


def until_of(chosen: str, own: str, zone: str, now: datetime) -> datetime:
    """The instant that was chosen: an offered one, or `own`, a time of the agent's clock, as a browser sends it
    ("2026-12-01T09:00"). Raises Invalid, also for an offer whose time is over."""
    if chosen == AT:
        try:
            at = datetime.fromisoformat(own)
        except ValueError:
            raise Invalid(_("This is not a time. Write it as 2026-12-31T09:00.")) from None
        if abs(at.year - now.year) > MOST_YEARS:
            raise Invalid(_("This time is too far away. Choose one within the next five years."))
        return at.replace(tzinfo=ZoneInfo(zone))
    try:
        until = datetime.strptime(chosen, _AS).replace(tzinfo=UTC)
    except ValueError:
        until = now
    if not now < until <= now + FURTHEST:
        raise Invalid(_("What was chosen is no longer there. Choose again."))
    return until


def _offers(zone: str, now: datetime) -> dict[str, tuple[Callable[[], str], datetime]]:
    here = now.astimezone(ZoneInfo(zone))
    found: dict[str, tuple[Callable[[], str], datetime]] = {}
    later = (here + LATER).replace(minute=0, second=0, microsecond=0)
    if later.date() == here.date() and later.time() < EVENING:
        found["later"] = (lambda: _("Later today"), later)
    if here.time() < EVENING:
        found["evening"] = (lambda: _("This evening"), _at(here, 0, EVENING))
    found["tomorrow"] = (lambda: _("Tomorrow morning"), _at(here, 1, MORNING))
    if here.weekday():  # on a Monday it would be said of the next one, which is in a week
        found["monday"] = (lambda: _("On Monday"), _at(here, 7 - here.weekday(), MORNING))
    found["week"] = (lambda: _("In a week"), _at(here, 7, MORNING))
    found["answer"] = (lambda: _("Until an answer comes"), (here + FOR_AN_ANSWER).replace(microsecond=0))
    return found


def _at(here: datetime, days: int, clock: time) -> datetime:
    return datetime.combine(here.date() + timedelta(days=days), clock, here.tzinfo)
