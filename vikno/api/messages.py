"""What is said and noted about tickets, and the files that hang on it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from ninja import Query, Router
from ninja.errors import HttpError
from pydantic import Field

from vikno.api import drawing, schemas
from vikno.api.access import ApiRequest, agent_of, ticket_of
from vikno.api.errors import problem
from vikno.api.once import DESCRIBED, once
from vikno.api.paging import MOST
from vikno.api.schemas import REFUSALS, Line, new_files
from vikno.channels.email.letter.html import safe_html
from vikno.channels.email.letter.text import html_to_text
from vikno.core import files
from vikno.core.models import AttachedFile
from vikno.desk.views.files import served
from vikno.dialogs.actions import Words
from vikno.dialogs.models import Dialog, Message
from vikno.journal import acts
from vikno.people.actions import identify
from vikno.people.models import Identity
from vikno.tickets import access
from vikno.tickets.actions import noting
from vikno.tickets.actions.answering import Answer, Recipients, can_answer, reply
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Link, Note, Ticket

router = Router(tags=["messages"])
FILE = {200: {"description": "The file.", "content": {"application/octet-stream": {}, "image/*": {}}}}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"(-?[0-9]{1,18})([mn])([0-9]{1,18})")  # microseconds, message or note, id


class Filter(schemas.Strict):
    """What a ticket's list can be narrowed by."""

    kind: str = Field("", pattern="^(message|reply|note)?$")
    cursor: Line = ""
    limit: int = Field(50, ge=1, le=MOST)


@router.get("/tickets/{int:number}/messages", response={200: schemas.Page, **REFUSALS})
def list_messages(request: ApiRequest, number: int, given: Query[Filter]) -> Any:
    """What was said and noted about a ticket and those merged into it, newest first; `kind` leaves only messages of
    customers (`message`), answers (`reply`) or notes (`note`)."""
    ids = access.family_for(request.viewer, ticket_of(request, number))
    linked = Link.objects.filter(ticket_id__in=ids, ended_act=None).values_list("message_id", flat=True)
    said = Message.objects.filter(id__in=linked).select_related("identity")
    noted = Note.objects.filter(ticket_id__in=ids)
    if given.kind:
        customer = Q(author=Message.Author.CUSTOMER)
        said = said.none() if given.kind == "note" else said.filter(customer if given.kind == "message" else ~customer)
        noted = noted if given.kind == "note" else noted.none()
    said = said.filter(_older(given.cursor, "arrived_at", "m")).order_by("-arrived_at", "-id")
    noted = noted.filter(_older(given.cursor, "at", "n")).order_by("-at", "-id")
    rows: list[tuple[datetime, str, Message | Note]] = [
        *((one.arrived_at, "m", one) for one in said[: given.limit + 1]),
        *((one.at, "n", one) for one in noted[: given.limit + 1]),
    ]
    rows.sort(key=lambda row: (row[0], row[1], row[2].pk), reverse=True)
    more, rows = len(rows) > given.limit, rows[: given.limit]
    return {"items": _drawn([row for _at, _letter, row in rows]), "next": _cursor(*rows[-1]) if more else None}


def _cursor(at: datetime, letter: str, row: Message | Note) -> str:
    return f"{(at - EPOCH) // timedelta(microseconds=1)}{letter}{row.pk}"


def _older(cursor: str, at: str, letter: str) -> Q:
    """The rows of one kind that come after this cursor. Raises HttpError 422 for what is no cursor."""
    if not cursor:
        return Q()
    try:
        micros, last, key = CURSOR.fullmatch(cursor).groups()  # type: ignore[union-attr]  # told below
        instant = EPOCH + timedelta(microseconds=int(micros))
    except (AttributeError, OverflowError):
        raise HttpError(422, "This cursor was not given by this list.") from None
    older = Q(**{f"{at}__lt": instant})
    if letter > last:
        return older
    same = Q(**{at: instant})
    return older | (same if letter < last else same & Q(id__lt=int(key)))


def _drawn(rows: list[Message | Note]) -> list[dict[str, Any]]:
    said = drawing.messages([row for row in rows if isinstance(row, Message)])
    noted = drawing.notes([row for row in rows if isinstance(row, Note)])
    by_id = {one["id"]: one for one in [*said, *noted]}
    return [by_id[f"n{row.pk}" if isinstance(row, Note) else str(row.pk)] for row in rows]


@router.post("/tickets/{int:number}/messages", response={201: schemas.Message, **REFUSALS}, openapi_extra=DESCRIBED)
def add_message(request: ApiRequest, number: int, new: schemas.NewMessage) -> HttpResponse:
    """Answer (`reply`) or note. Without `dialog` and `to` the answer goes where the desk would send it."""
    ticket = ticket_of(request, number)
    (access.must_note if new.kind == "note" else access.must_write)(request.viewer)
    return once(request, lambda: _say(request, ticket, new))


def _say(request: ApiRequest, ticket: Ticket, new: schemas.NewMessage) -> dict[str, Any]:
    agent, act = agent_of(request), acts.agent(request.viewer.agent_id or 0)
    html = safe_html(new.html) if new.html else ""
    words = Words(new.text or html_to_text(html), html)
    attached = new_files(new.attachments)
    if not words.text.strip() and not attached:
        raise Invalid("The message is empty.")
    if new.kind == "note":
        note = noting.add_note(ticket, agent, words.text, html=words.html, attached=attached, by=act)
        return drawing.notes([note])[0]
    dialog = _dialog(request, ticket, new.dialog)
    to = Recipients(*([identify(Identity.Kind.EMAIL, one, one) for one in line] for line in (new.to, new.cc, new.bcc)))
    others = [ticket_of(request, other) for other in new.tickets]
    answer = Answer(words, attached, dialog, to, others, new.seen_message)
    message = reply(ticket, agent, answer, by=act)
    return drawing.messages([Message.objects.select_related("identity").get(id=message.id)])[0]


def _dialog(request: ApiRequest, ticket: Ticket, key: int | None) -> Dialog | None:
    if key is None:
        return None
    ids = access.family_for(request.viewer, ticket)
    rows = Dialog.objects.select_related("channel", "identity").filter(id=key, messages__links__ticket__in=ids)
    found = rows.first()
    if found is None or not can_answer(found):
        raise Invalid("This dialog is not one of the ticket's, or cannot carry an answer.")
    return found


@router.get("/files/{int:attachment_id}", url_name="file", openapi_extra={"responses": FILE})
def get_attachment(request: ApiRequest, attachment_id: int, small: bool = False) -> HttpResponseBase:
    """A file of a message, for who may read the message: always as a download, but pictures made anew (`small`: at
    most 480 pixels)."""
    return _file(access.attachment_for(request.viewer, min(attachment_id, 2**62)), small)


@router.get("/files/note/{int:attachment_id}", url_name="note_file", openapi_extra={"responses": FILE})
def get_note_attachment(request: ApiRequest, attachment_id: int, small: bool = False) -> HttpResponseBase:
    """A file of a note, for who may read its ticket."""
    return _file(access.note_attachment_for(request.viewer, min(attachment_id, 2**62)), small)


def _file(row: AttachedFile, small: bool) -> HttpResponseBase:
    try:
        return served(row, small=small)
    except files.MissingFile:
        return problem(404, "This file is missing from the store. The message itself is whole.")
