"""A copy of what is kept of one person: one archive with a JSON file and the files of their messages.

It holds what the person said and was told, and what they asked; never what others in copy of their dialogs wrote to us
alone, the notes of colleagues, or a letter that may hold a colleague's remark on it. A lead's copy holds what the lead
may see; an owner's is whole, whoever may see the requests.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet

from vikno.channels.email.letter.names import safe_name
from vikno.core import clock, files
from vikno.dialogs.erasure import messages_of
from vikno.dialogs.models import Attachment, Dialog, Message, MessageText
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people import custom
from vikno.people.models import Contract, CustomField, Identity, Person
from vikno.people.queries import one_human
from vikno.staff.access import SYSTEM, Viewer
from vikno.tasks import erasure as tasks
from vikno.tickets import access, people_access
from vikno.tickets.asked import shown_to_customers
from vikno.tickets.models import Ticket
from vikno.tickets.quoting import may_hold_a_remark

BATCH = 500
MOST_BYTES = 1024**3  # of files; those beyond are named, not enclosed


def copy_of(viewer: Viewer, person: Person, *, by: Act) -> IO[bytes]:
    """The archive (ZIP), at its beginning, for who closes it. That it was made is written down."""
    reader = SYSTEM if viewer.is_owner else viewer
    human = people_access.people_for(reader).filter(id__in=one_human(person.id)).order_by("id")
    persons = list(human.select_related("organisation"))
    archive = TemporaryFile()  # noqa: SIM115 - whoever asked closes it
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        enclosed = _Files(packed)
        with packed.open("person.json", "w") as out:
            for piece in _written(reader, persons, enclosed):
                out.write(piece.encode())
        enclosed.put()
    archive.seek(0)
    with transaction.atomic():
        for one in persons:
            record(by, Verb.PERSON_EXPORTED, person=one.id)
    return archive


def _written(reader: Viewer, persons: list[Person], enclosed: _Files) -> Iterator[str]:
    """The JSON in pieces: messages may be many."""
    ids = [one.id for one in persons]
    head = {
        "made_at": _at(clock.now()),
        "persons": [_person(one) for one in persons],
        "requests": [_request(one) for one in _requests(reader, ids)],
    }
    yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + ',\n "messages": ['
    before = "\n"
    for message in _messages(reader, ids):
        yield before + json.dumps(_message(message, ids, enclosed), ensure_ascii=False)
        before = ",\n"
    yield f'\n ],\n "kept_besides": {json.dumps(_kept_besides(ids))}\n}}\n'


def _kept_besides(persons: list[int]) -> dict[str, int]:
    """What colleagues keep for themselves about them: how many, never whose and what; it goes when they are erased."""
    counts = [tasks.preview(one) for one in persons]
    return {kind: sum(one[kind] for one in counts) for kind in ("tasks", "own_notes")}


def _at(instant: datetime | None) -> str | None:
    return instant.isoformat(timespec="seconds") if instant else None


def _person(person: Person) -> dict[str, Any]:
    identities = Identity.objects.filter(person=person, erased_at=None).order_by("id")
    return {
        "id": person.id, "name": person.name, "language": person.language, "zone": person.zone,
        "organisation": person.organisation.name if person.organisation else None, "since": _at(person.created_at),
        "addresses": [
            {"kind": one.kind, "address": one.shown or one.value, "verified_by": one.verified_by or None,
             "verified_at": _at(one.verified_at), "does_not_work_since": _at(one.failed_at),
             "held_since": _at(one.blocked_at), "known_since": _at(one.created_at)}
            for one in identities
        ],
        "contracts": [
            {"number": one.number, "since": one.since.isoformat() if one.since else None,
             "until": one.until.isoformat() if one.until else None}
            for one in Contract.objects.filter(person=person).order_by("id")
        ],
        "fields": {
            one.field.name: custom.words_of(one)
            for one in custom.said(CustomField.Of.PERSON, [person.id]).select_related("field", "option")
        },
    }  # fmt: skip


def _requests(reader: Viewer, persons: list[int]) -> QuerySet[Ticket]:
    asked = access.tickets_for(reader).filter(requester_id__in=persons)
    return asked.select_related("status", "contract").order_by("id")


def _request(ticket: Ticket) -> dict[str, Any]:
    return {
        "number": ticket.number, "subject": ticket.subject, "description": ticket.description,
        "status": ticket.status.customer_word or ticket.status.name, "asked_at": _at(ticket.asked_at),
        "created_at": _at(ticket.created_at), "closed_at": _at(ticket.closed_at),
        "contract": ticket.contract.number if ticket.contract else None, "written_from": ticket.ip,
        "fields": dict(shown_to_customers(ticket)),
    }  # fmt: skip


def _messages(reader: Viewer, persons: list[int]) -> Iterator[Message]:
    """All that they wrote and what they were told in dialogs with them, newest first; nothing that was taken back,
    hidden or erased."""
    ids: set[int] = set()  # so many numbers fit into memory; the messages are read in turn
    for one in persons:
        kept = messages_of(one).filter(unsent_at=None, hidden_at=None, erased_at=None)
        ids.update(kept.values_list("id", flat=True).iterator(10_000))
    newest = sorted(ids, reverse=True)
    for place in range(0, len(newest), BATCH):
        rows = list(
            Message.objects.filter(id__in=newest[place : place + BATCH])
            .select_related("dialog__channel", "identity").order_by("-id")
        )  # fmt: skip
        by_dialog: dict[Dialog, list[Message]] = {}
        for row in rows:
            by_dialog.setdefault(row.dialog, []).append(row)
        seen = set[int]()
        for dialog, said in by_dialog.items():
            seen |= access.readable_messages(reader, dialog, access.told(persons, dialog, said))
        yield from (row for row in rows if row.id in seen)


def _message(message: Message, persons: list[int], enclosed: _Files) -> dict[str, Any]:
    text = MessageText.objects.filter(message=message, version=message.version).first()
    kept = may_hold_a_remark(message)
    attached = Attachment.objects.filter(message=message).select_related("file").order_by("position")
    return {
        "id": message.id, "at": _at(message.said_at), "arrived_at": _at(message.arrived_at),
        "channel": message.dialog.channel.kind, "written_by": _author(message, persons),
        "address": message.identity.shown if message.identity else None, "subject": message.subject,
        "text": text.text if text and not kept else "", "text_left_out": kept,
        "files": [enclosed.add(one) for one in attached],
    }  # fmt: skip


def _author(message: Message, persons: list[int]) -> str:
    if message.identity is None:
        return "us"
    return "them" if message.identity.person_id in persons else "another"


class _Files:
    """Files that go into the archive behind the JSON, each under a path that is ours: names never become paths."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self.packed = packed
        self.waiting: list[tuple[str, Attachment]] = []
        self.size = 0

    def add(self, one: Attachment) -> dict[str, Any]:
        path = ""
        if one.file is not None and self.size + one.size <= MOST_BYTES:
            self.size += one.size
            path = f"files/{one.id}-{safe_name(one.name) or 'file'}"
            self.waiting.append((path, one))
        return {"name": one.name, "size": one.size, "path": path or None}

    def put(self) -> None:
        """Write them; one that is missing from the store is left out, as the JSON's reader will see."""
        for path, one in self.waiting:
            assert one.file is not None
            try:
                content = files.read(one.file)
            except files.MissingFile:
                continue
            self.packed.writestr(path, content)
