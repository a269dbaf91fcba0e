"""Instants as people read them, in their language and zone. Made for lists: the words are looked up once a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime

from vikno.core import clock


@lru_cache(maxsize=8)
def _names(language: str) -> tuple[list[str], list[str]]:
    """Short names of weekdays (Monday first) and of months, as they stand inside a date."""
    locale = Locale.parse(language)
    days = locale.days["format"]["abbreviated"]
    months = locale.months["format"]["abbreviated"]
    return [days[n] for n in range(7)], ["", *(months[n] for n in range(1, 13))]


def short_times(zone: str, language: str, now: datetime | None = None) -> Callable[[datetime], str]:
    """A function that says when something was: "14:05" today, "Tue 14:05" within a week, else "3 Mar" and, in another
    year, "3 Mar 2025"."""
    tz = ZoneInfo(zone)
    days, _months = _names(language)
    today = (now or clock.now()).astimezone(tz)

    def short(instant: datetime) -> str:
        here = instant.astimezone(tz)
        ago = today.toordinal() - here.toordinal()
        if ago == 0:
            return f"{here:%H:%M}"
        if 0 < ago < 7:
            return f"{days[here.weekday()]} {here:%H:%M}"
        return short_day(here.date(), today.date(), language)

    return short


def moments(zone: str, language: str, now: datetime | None = None) -> Callable[[datetime], str]:
    """A function that says when something was or will be behind an "at": "14:05" today, else "14:05, 3 Mar" and, in
    another year, "14:05, 3 Mar 2027"."""
    tz = ZoneInfo(zone)
    today = (now or clock.now()).astimezone(tz)

    def moment(instant: datetime) -> str:
        here = instant.astimezone(tz)
        if here.date() == today.date():
            return f"{here:%H:%M}"
        return f"{here:%H:%M}, {short_day(here.date(), today.date(), language)}"

    return moment


def short_day(day: date, today: date, language: str) -> str:
    """A day as it stands in a list: "3 Mar" and, in another year than `today`, "3 Mar 2025"."""
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day.day} {_names(language)[1][day.month]}{year}"


@lru_cache(maxsize=4096)  # a page of messages asks for the same ones each time it is looked at
def full_time(instant: datetime, zone: str, language: str) -> str:
    """Date and time in full, on the clock of that zone: "3 March 2026, 14:05"."""
    here = instant.astimezone(ZoneInfo(zone))
    return f"{format_date(here.date(), 'long', locale=Locale.parse(language))}, {here:%H:%M}"


def day_words(instant: datetime, zone: str, language: str) -> str:
    """The day as a heading of a time line: "Tuesday, 3 March"; the year where it is another one."""
    here = instant.astimezone(ZoneInfo(zone))
    same = here.year == clock.now().astimezone(ZoneInfo(zone)).year
    return format_datetime(here, "EEEE, d MMMM" if same else "d MMMM y", locale=Locale.parse(language))


def day_alone(instant: datetime, zone: str, language: str) -> str:
    """The day as it is written in a sentence, with its year: "1 Dec 2026"."""
    return whole_day(instant.astimezone(ZoneInfo(zone)).date(), language)


def whole_day(day: date, language: str) -> str:
    """A day that has no hour, as `day_alone` writes one."""
    return format_date(day, "medium", locale=Locale.parse(language))


# Names that browsers and systems still give, and those of today (file "backward" of the time zone database).
RENAMED = {
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires", "America/Godthab": "America/Nuuk",
    "America/Indianapolis": "America/Indiana/Indianapolis", "America/Louisville": "America/Kentucky/Louisville",
    "Asia/Calcutta": "Asia/Kolkata", "Asia/Katmandu": "Asia/Kathmandu", "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh", "Atlantic/Faeroe": "Atlantic/Faroe", "Europe/Kiev": "Europe/Kyiv",
    "Europe/Uzhgorod": "Europe/Kyiv", "Europe/Zaporozhye": "Europe/Kyiv", "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Enderbury": "Pacific/Kanton", "Pacific/Truk": "Pacific/Chuuk",
}  # fmt: skip


def zone_named(name: str) -> str:
    """The name of a time zone as it is now."""
    return RENAMED.get(name, name)
