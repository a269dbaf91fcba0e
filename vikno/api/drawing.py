"""Rows as the API shows them. Several at once, so that a list costs the same few queries however long it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from vikno.dialogs.models import Attachment, Delivery, Dialog, Message, MessageText
from vikno.journal.since import last_changes
from vikno.people import custom
from vikno.people.models import CustomField, CustomValue, Organisation, Person
from vikno.tickets.directory import directory
from vikno.tickets.models import FieldValue, Note, NoteAttachment, NoteText, Ticket
from vikno.tickets.queries import tags_of


def tickets(rows: Sequence[Ticket]) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    tags, changed = tags_of(ids), last_changes(ids)
    values: dict[int, dict[str, Any]] = {}
    for value in FieldValue.objects.filter(ticket_id__in=ids, current=True).select_related(
        "field", "option", "contract"
    ):
        values.setdefault(value.ticket_id, {})[value.field.key] = _value(value)
    merged = [row.merged_into_id for row in rows if row.merged_into_id]
    numbers = dict(Ticket.objects.filter(id__in=merged).values_list("id", "number")) if merged else {}
    return [
        {
            "number": row.number, "subject": row.subject, "description": row.description, "status": row.status_id,
            "stage": row.stage, "team": row.team_id, "agent": row.agent_id, "priority": row.priority_id,
            "type": row.type_id, "category": row.category_id, "tags": [name for name, _hue in tags.get(row.id, ())],
            "requester": row.requester_id, "contract": row.contract.number if row.contract else None, "ip": row.ip,
            "channel": row.channel_id, "language": row.language, "restricted": row.restricted,
            "merged_into": numbers.get(row.merged_into_id or 0), "version": row.version, "created_at": row.created_at,
            "asked_at": row.asked_at, "updated_at": changed.get(row.id, row.updated_at), "due_at": row.due_at,
            "first_reply_at": row.first_reply_at, "waiting_since": row.waiting_since, "closed_at": row.closed_at,
            "fields": values.get(row.id, {}),
        }
        for row in rows
    ]  # fmt: skip


def _value(value: FieldValue) -> Any:
    if value.option:
        return directory().names["option"].get(value.option.id, value.option.name)
    if value.contract:
        return value.contract.number
    for found in (value.number, value.date, value.checked):
        if found is not None:
            return str(found) if found is value.number else found
    return value.text


def messages(rows: Sequence[Message]) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    texts = {(text.message_id, text.version): text for text in MessageText.objects.filter(message_id__in=ids)}
    files: dict[int, list[Attachment]] = {}
    for file in Attachment.objects.filter(message_id__in=ids).order_by("message_id", "position"):
        files.setdefault(file.message_id, []).append(file)
    ways: dict[int, list[Delivery]] = {}
    for way in Delivery.objects.filter(message_id__in=ids).select_related("identity").order_by("id"):
        ways.setdefault(way.message_id, []).append(way)
    drawn = []
    for row in rows:
        text = texts.get((row.id, row.version))
        hidden = bool(row.hidden_at or row.erased_at)
        drawn.append({
            "id": str(row.id), "kind": "message" if row.author == "customer" else "reply", "dialog": row.dialog_id,
            "author": row.author, "agent": row.agent_id, "person": row.identity.person_id if row.identity else None,
            "subject": "" if hidden else row.subject, "text": "" if hidden or not text else text.text,
            "html": "" if hidden or not text else text.html, "at": row.arrived_at,
            "attachments": [] if hidden else [_file(one, "api:file") for one in files.get(row.id, ())],
            "deliveries": [
                {"to": way.identity.shown, "role": way.role, "state": way.state, "reason": way.reason}
                for way in ways.get(row.id, ())
            ],
        })  # fmt: skip
    return drawn


def notes(rows: Sequence[Note]) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    texts = {(text.note_id, text.version): text for text in NoteText.objects.filter(note_id__in=ids)}
    files: dict[int, list[NoteAttachment]] = {}
    for file in NoteAttachment.objects.filter(note_id__in=ids).order_by("note_id", "position"):
        files.setdefault(file.note_id, []).append(file)
    return [
        {
            "id": f"n{row.id}", "kind": "note", "dialog": None, "author": "agent" if row.agent_id else "system",
            "agent": row.agent_id, "person": None, "subject": "",
            "text": texts[row.id, row.version].text if (row.id, row.version) in texts else "",
            "html": texts[row.id, row.version].html if (row.id, row.version) in texts else "", "at": row.at,
            "attachments": [
                _file(one, "api:note_file") for one in files.get(row.id, ())
            ],
            "deliveries": [],
        }
        for row in rows
    ]  # fmt: skip


def _file(row: Attachment | NoteAttachment, address: str) -> dict[str, Any]:
    return {"name": row.name, "type": row.type, "size": row.size, "url": reverse(address, args=[row.id])}


def people(rows: Sequence[Person]) -> list[dict[str, Any]]:
    said = _said(CustomField.Of.PERSON, [row.id for row in rows])
    return [
        {
            "id": row.id, "name": row.name, "language": row.language, "organisation": row.organisation_id,
            "joined_to": row.joined_to_id, "created_at": row.created_at, "fields": said.get(row.id, {}),
            "identities": [
                {"id": one.id, "kind": one.kind, "value": one.shown, "verified_by": one.verified_by,
                 "failed": one.failed_at is not None}
                for one in row.identities.all()
            ],
        }
        for row in rows
    ]  # fmt: skip


def organisations(rows: Sequence[Organisation]) -> list[dict[str, Any]]:
    said = _said(CustomField.Of.ORGANISATION, [row.id for row in rows])
    return [
        {"id": row.id, "name": row.name, "domains": [one.domain for one in row.domains.all()],
         "fields": said.get(row.id, {})}
        for row in rows
    ]  # fmt: skip


def _said(of: str, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What custom fields say of these, by the names for programs; nothing is read where no field was ever made."""
    keys = {one.id: one.key for one in directory().customer_fields if one.of == of}
    found: dict[int, dict[str, Any]] = {}
    for value in custom.said(of, ids) if keys else ():
        holder = value.person_id or value.organisation_id or 0
        found.setdefault(holder, {})[keys.get(value.field_id, "")] = _plain(value)
    return found


def _plain(value: CustomValue) -> Any:
    if value.option is not None:
        return value.option.name
    if value.number is not None:
        return str(value.number)
    return next((one for one in (value.date, value.checked) if one is not None), value.text)


def dialogs(rows: Sequence[Dialog]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.id, "channel": row.channel_id, "side": row.side, "identity": row.identity_id,
            "person": row.identity.person_id, "created_at": row.created_at, "last_message_at": row.last_message_at,
        }
        for row in rows
    ]  # fmt: skip
