"""Invitations that came with a message, as small cards in the viewer's zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, format_datetime
from django.utils.translation import gettext as _

from vikno.channels.email.letter.calendar import MAX_BYTES, Invitation, Word, read_invitations
from vikno.core import files
from vikno.core.models import StoredFile
from vikno.desk.said import Attached

_MOST = 3  # of one message
_MOST_KEPT = 300  # files whose contents are remembered
Card = dict[str, object]
_kept: dict[str, tuple[Invitation, ...]] = {}  # by the hash of the file: a page is drawn more often than a file is new


def cards(rows: Iterable[Attached], zone: str, language: str) -> list[Card]:
    """What the calendar files among these say; a file that is missing or damaged gives no card."""
    found: list[Card] = []
    for row in rows:
        if row.type == "text/calendar" and row.file_id and row.size <= MAX_BYTES and len(found) < _MOST:
            found += [_card(one, zone, language) for one in _said(row.file_id)]
    return found[:_MOST]


def _said(file_id: int) -> tuple[Invitation, ...]:
    stored = StoredFile.objects.filter(id=file_id).first()
    if stored is None:
        return ()
    try:
        content = files.read(stored)
    except files.MissingFile:
        return ()
    if stored.sha256 not in _kept:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[stored.sha256] = read_invitations(content)
    return _kept.get(stored.sha256, ())


def _card(one: Invitation, zone: str, language: str) -> Card:
    word, icon, tone = _words()[one.word]
    return {
        "word": word, "icon": icon, "tone": tone, "title": one.title or _("Event without a name"),
        "when": _when(one, zone, language), "repeats": one.repeats, "place": one.place, "organiser": one.organiser,
        "people": ", ".join(one.people),
    }  # fmt: skip


def _words() -> dict[Word, tuple[str, str, str]]:
    return {
        Word.INVITED: (_("Invitation"), "calendar", ""),
        Word.CHANGED: (_("Invitation, changed"), "calendar", "info"),
        Word.CANCELLED: (_("Event cancelled"), "calendar-x", "danger"),
        Word.ANSWERED: (_("Answer to an invitation"), "calendar", ""),
    }


def _when(one: Invitation, zone: str, language: str) -> str:
    locale, here = Locale.parse(language), ZoneInfo(zone)
    if not isinstance(one.starts, datetime):
        return format_date(one.starts, "full", locale)

    def said(instant: datetime, form: str) -> str:
        # One without a zone is meant on any clock.
        return format_datetime(instant if instant.tzinfo else instant.replace(tzinfo=here), form, here, locale)

    words = said(one.starts, "EEEE, d MMMM y, HH:mm")
    if isinstance(one.ends, datetime):
        same = said(one.starts, "yMMdd") == said(one.ends, "yMMdd")
        words += "–" + said(one.ends, "HH:mm" if same else "d MMMM, HH:mm")
    return f"{words} {said(one.starts, 'zzz')}"
