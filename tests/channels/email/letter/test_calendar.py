"""Invitations: what, when, where, who; whatever a stranger writes into them."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vikno.channels.email.letter.calendar import MAX_BYTES, Word, read_invitations

pytestmark = pytest.mark.only_on("sqlite")  # stands on no database of the tests: the same on each

ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:{name}\r\n"
    "BEGIN:STANDARD\r\nDTSTART:16010101T040000\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0200\r\n"
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0300\r\n"
    "RRULE:FREQ={often};INTERVAL=1;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)


def calendar(*lines: str, method: str = "REQUEST", zone: str = "") -> bytes:
    event = "\r\n".join(["BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT"])
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\n{zone}{event}\r\nEND:VCALENDAR\r\n".encode()


def test_an_invitation_of_outlook():
    (one,) = read_invitations(
        calendar(
            "SUMMARY;LANGUAGE=uk:Нарада про\r\n  касу",
            "DTSTART;TZID=Наш час:20261123T100000",
            "DTEND;TZID=Наш час:20261123T113000",
            "LOCATION:вул. Хрещатик\\, 1",
            "ORGANIZER;CN=Олена:mailto:olena@kashtan.example",
            "ATTENDEE;CN=Іван:mailto:ivan@example.com",
            "ATTENDEE:mailto:petro@example.com",
            zone=ZONE.format(name="Наш час", often="YEARLY"),
        )
    )
    assert (one.word, one.title, one.place) == (Word.INVITED, "Нарада про касу", "вул. Хрещатик, 1")
    assert isinstance(one.starts, datetime)
    assert isinstance(one.ends, datetime)
    assert one.starts.astimezone(UTC) == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert one.ends.astimezone(UTC) == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert (one.organiser, one.people, one.repeats) == ("Олена", ("Іван", "petro@example.com"), False)


@pytest.mark.parametrize(
    ("method", "line", "word"),
    [
        ("REQUEST", "SEQUENCE:0", Word.INVITED),
        ("REQUEST", "SEQUENCE:3", Word.CHANGED),
        ("CANCEL", "SEQUENCE:1", Word.CANCELLED),
        ("REQUEST", "STATUS:CANCELLED", Word.CANCELLED),
        ("REPLY", "SEQUENCE:0", Word.ANSWERED),
    ],
)
def test_what_it_wants(method: str, line: str, word: Word):
    (one,) = read_invitations(calendar("DTSTART:20261123T100000Z", line, method=method))
    assert one.word == word


def test_a_whole_day_that_repeats():
    (one,) = read_invitations(calendar("DTSTART;VALUE=DATE:20261123", "RRULE:FREQ=WEEKLY"))
    assert (one.starts, one.ends, one.repeats) == (date(2026, 11, 23), None, True)


def test_a_zone_counted_out_to_the_second_is_not_believed():
    began = time.process_time()
    zone = ZONE.format(name="x", often="SECONDLY")
    read_invitations(calendar("DTSTART;TZID=x:20261123T100000", "DTEND;TZID=x:20261123T110000", zone=zone))
    assert time.process_time() - began < 10


def test_a_strangers_zone_does_not_move_the_next_invitation():
    zone = ZONE.format(name="Their time", often="YEARLY")
    read_invitations(calendar("DTSTART;TZID=Their time:20261123T100000", zone=zone))
    (one,) = read_invitations(calendar("DTSTART;TZID=Their time:20261123T100000"))
    assert isinstance(one.starts, datetime)
    assert one.starts.tzinfo is None


@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: calendar(text))))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_borne(data: bytes):
    read_invitations(data)


@pytest.mark.parametrize(
    "pump",
    [b"BEGIN:VTIMEZONE\n", b"BEGIN:VTIMEZONE", b"END:VTIMEZONE\n", b"\n", b"\r\n", b"\n ", b" ", b"RRULE:FREQ=YEARLY;",
     b"BEGIN:VTIMEZONE\nEND:VTIMEZONE\n", b"BEGIN:VEVENT\n", b"BEGIN:VEVENT\nEND:VEVENT\n", b"ATTENDEE:a\n", b"A;B=",
     b'A="', b"\\,"],
)  # fmt: skip
def test_a_hostile_file_of_the_largest_size_is_read_in_one_pass(pump: bytes):
    start = time.process_time()
    read_invitations((b"BEGIN:VCALENDAR\n" + pump * (MAX_BYTES // len(pump)))[:MAX_BYTES])
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("BEGIN;X=1:VTIMEZONE", "END:VTIMEZONE"),
        ("BEGIN:VTIME\r\n\r\n ZONE", "END:VTIMEZONE"),
        ("BEGIN:VTIMEZONE\r\nBEGIN:VTIMEZONE\r\nEND:VTIMEZONE", "END:VTIMEZONE"),
        ("BEGIN:VTIMEZONE\r\nBEGIN:X\r\nEND:VTIMEZONE", "END:VTIMEZONE"),
    ],
)
def test_a_zone_whose_rules_are_dear_is_known_in_any_dress(opening: str, closing: str):
    zone = ZONE.format(name="Z", often="SECONDLY")
    zone = zone.replace("BEGIN:VTIMEZONE", opening, 1).removesuffix("END:VTIMEZONE\r\n") + closing + "\r\n"
    start = time.process_time()
    read_invitations(calendar("DTSTART;TZID=Z:20261123T100000", zone=zone))
    assert time.process_time() - start < 10
