"""Notes: what agents write among themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock, files
from vikno.dialogs.actions import NewFile
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.models import Person
from vikno.staff.models import Agent
from vikno.tickets.actions.changing import Invalid, apply, lock
from vikno.tickets.models import Mention, Note, NoteAttachment, NoteText, Ticket


def add_note(
    place: Ticket | Person,
    agent: Agent | None,
    text: str,
    *,
    by: Act,
    html: str = "",
    attached: Sequence[NewFile] = (),
    mentions: Iterable[Agent] = (),
) -> Note:
    """Note something on a ticket or on a person. Mentioned agents may read the ticket from now on, unless it is
    restricted or its team closed. Raises Invalid for a note without words or files."""
    if not text.strip() and not attached:
        raise Invalid(_("The note is empty. Write something first."))
    with transaction.atomic():
        on_ticket = lock(place) if isinstance(place, Ticket) else None
        note = Note.objects.create(
            ticket=on_ticket, person=place if isinstance(place, Person) else None, agent=agent, at=by.at or clock.now()
        )
        NoteText.objects.create(note=note, text=text, html=html)
        _attach(note, attached)
        mentioned = []
        for one in mentions if on_ticket else ():
            Mention.objects.get_or_create(ticket=on_ticket, agent=one)
            mentioned.append(one.id)
        if on_ticket:
            apply(on_ticket, {}, touch=bool(mentioned))  # whom it names looks for it at the top
        record(
            by, Verb.NOTE_ADDED, tickets=[(on_ticket.id, on_ticket.version)] if on_ticket else [],
            person=None if on_ticket else note.person_id,
            delta={"note": [None, note.id]} | ({"mentioned": [[], mentioned]} if mentioned else {}),
        )  # fmt: skip
        return note


def _attach(note: Note, attached: Sequence[NewFile]) -> None:
    rows = []
    for place, new in enumerate(attached):
        stored = new.stored or files.put(new.content or b"")
        rows.append(
            NoteAttachment(
                note=note, file=stored, name=new.name[:255], type=new.type[:127], size=stored.size,
                content_id=new.content_id, inline=new.inline, position=place,
            )
        )  # fmt: skip
    NoteAttachment.objects.bulk_create(rows)


def edit_note(note: Note, text: str, *, by: Act, html: str = "") -> None:
    """A new version of a note; the older ones stay. Raises Invalid for an empty one."""
    if not text.strip():
        raise Invalid(_("The note is empty. Write something first."))
    with transaction.atomic():
        on_ticket = lock(note.ticket_id) if note.ticket_id else None
        before = note.version
        note.version = before + 1
        note.save(update_fields=["version"])
        NoteText.objects.create(note=note, version=note.version, text=text, html=html)
        if on_ticket:
            apply(on_ticket, {}, touch=False)
        record(
            by, Verb.NOTE_EDITED, tickets=[(on_ticket.id, on_ticket.version)] if on_ticket else [],
            person=note.person_id, delta={"note": [note.id, note.id], "note_version": [before, note.version]},
        )  # fmt: skip
