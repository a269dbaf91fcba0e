"""Invitations (RFC 5545, 5546) as they come with letters: what, when, where, who. Nothing is expanded or answered."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from .headers import scrub

MAX_BYTES = 256 * 1024
_MAX_EVENTS = 5
_MAX_PEOPLE = 30
_MAX_TEXT = 300  # characters of a field
_LINE_ENDS = re.compile(rb"(?:\r?\n)+")
_FOLD = re.compile(rb"\n[ \t]")
# A zone changes its clock once or twice a year. Any other rule would be counted out from 1601 on, to the second.
_YEARLY = re.compile(
    rb"RRULE:FREQ=YEARLY(?:;(?:INTERVAL=1|BYDAY=[-+\dA-Z]{1,12}|BYMONTH=\d{1,2}|BYMONTHDAY=[-\d,]{1,24}|WKST=[A-Z]{2}|"
    rb"UNTIL=[\dTZ]{8,16}))*\s*",
    re.IGNORECASE,
)
_MAX_RULES = 20
_ONE_AT_A_TIME = threading.Lock()  # the library keeps zones for the whole process


class Word(StrEnum):
    """What an invitation wants."""

    INVITED = "invited"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Invitation:
    """One event. A date without an hour is a whole day; an instant without a zone is meant wherever one is."""

    word: Word
    title: str
    starts: datetime | date
    ends: datetime | date | None
    place: str
    organiser: str
    people: tuple[str, ...]
    repeats: bool


def read_invitations(data: bytes) -> tuple[Invitation, ...]:
    """The events of a calendar file; none if it is no such file or too large. Never raises."""
    from icalendar import Calendar, use_zoneinfo  # dear to load, and few letters bring one

    if len(data) > MAX_BYTES:
        return ()
    data = _without_dear_zones(_FOLD.sub(b"", _LINE_ENDS.sub(b"\n", data)))
    with _ONE_AT_A_TIME:
        use_zoneinfo()  # type: ignore[no-untyped-call]  # forgets the zones of the file before: a stranger's must not move the next one's hours
        try:
            calendar: Any = Calendar.from_ical(data)
            method = str(calendar.get("METHOD", "")).upper()
            events = list(calendar.walk("VEVENT"))[:_MAX_EVENTS]
            return tuple(one for event in events if (one := _invitation(event, method)) is not None)
        except Exception:  # the library tells of damage in many ways; the file itself can still be taken
            return ()


def _without_dear_zones(data: bytes) -> bytes:
    """The file without its zones if counting their rules out would take long. One pass; parts are told as the library
    tells them: by a BEGIN with or without parameters, and an END ends the innermost part, whatever it names."""
    outside: list[bytes] = []
    rules: list[bytes] = []
    parts: list[bool] = []  # those that are open: is it a zone
    zones = 0
    for line in data.split(b"\n"):
        bare = line.strip().upper()
        if bare.startswith((b"BEGIN:", b"BEGIN;")):
            parts.append(bare.endswith(b"VTIMEZONE"))
            zones += parts[-1]
        if not zones:
            outside.append(line)
        elif bare.startswith((b"RRULE", b"RDATE", b"EXRULE")):
            rules.append(bare)
        if bare.startswith((b"END:", b"END;")) and parts:
            zones -= parts.pop()
    if len(rules) <= _MAX_RULES and all(_YEARLY.fullmatch(rule) for rule in rules):
        return data
    return b"\n".join(outside)


def _invitation(event: Any, method: str) -> Invitation | None:
    try:
        starts = event["DTSTART"].dt
        ends = event["DTEND"].dt if "DTEND" in event else None
        if ends is None and "DURATION" in event:
            ends = starts + event["DURATION"].dt
        if ends is not None and (type(starts) is not type(ends) or ends < starts):
            ends = None
    except (KeyError, AttributeError, TypeError, ValueError, OverflowError):
        return None
    if not isinstance(starts, date):
        return None
    people = event.get("ATTENDEE") or []
    people = people if isinstance(people, list) else [people]
    return Invitation(
        _word(event, method),
        _text(event.get("SUMMARY")),
        starts,
        ends,
        _text(event.get("LOCATION")),
        _name(event.get("ORGANIZER")),
        tuple(name for one in people[:_MAX_PEOPLE] if (name := _name(one))),
        "RRULE" in event,
    )


def _word(event: Any, method: str) -> Word:
    if method == "CANCEL" or str(event.get("STATUS", "")).upper() == "CANCELLED":
        return Word.CANCELLED
    if method in ("REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER"):
        return Word.ANSWERED
    number = str(event.get("SEQUENCE", "0"))
    return Word.CHANGED if number.isdigit() and int(number[:9]) > 0 else Word.INVITED


def _text(value: object) -> str:
    return scrub(str(value))[:_MAX_TEXT] if value else ""


def _name(value: Any) -> str:
    """The name of a person of the event, else the address."""
    if not value:
        return ""
    named = getattr(value, "params", {}).get("CN")
    return _text(named) or _text(re.sub(r"^mailto:", "", str(value), flags=re.IGNORECASE))
