"""What is blanked of a person in the room of tickets: the words of their requests and the notes about them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from vikno.core import files
from vikno.dialogs.erasure import messages_of
from vikno.people.erasure import Step
from vikno.tickets.actions import drafts
from vikno.tickets.models import Draft, DraftFile, FieldValue, Link, Note, NoteAttachment, NoteText, Ticket, Wording
from vikno.tickets.subjects import BLANK_SUBJECT


def _notes(person_id: int) -> Q:
    return Q(note__ticket__requester=person_id) | Q(note__person=person_id)


def preview(person_id: int) -> dict[str, int]:
    """`tickets_of_others` keep their subject and their notes, though this person wrote in them."""
    wrote_in = Link.objects.filter(message__in=messages_of(person_id)).values("ticket")
    return {
        "tickets": Ticket.objects.filter(requester=person_id).count(),
        "notes": Note.objects.filter(Q(ticket__requester=person_id) | Q(person=person_id)).count(),
        "drafts": _drafts(person_id).count(),
        "draft_files": DraftFile.objects.filter(draft__in=_drafts(person_id)).count(),
        "tickets_of_others": Ticket.objects.filter(id__in=wrote_in).exclude(requester=person_id).count(),
    }


def _drafts(person_id: int) -> QuerySet[Draft]:
    return Draft.objects.filter(Q(ticket__requester=person_id) | Q(dialog__identity__person=person_id))


def blank(person_id: int) -> None:
    own = Ticket.objects.filter(requester=person_id)
    Wording.objects.filter(ticket__in=own).update(text="")
    own.update(subject=BLANK_SUBJECT, description="", preview="", ip=None)
    wrote_in = Link.objects.filter(message__in=messages_of(person_id)).values_list("ticket", flat=True)
    shown = set(wrote_in)
    while shown:  # what a ticket was merged into begins with the same words
        Ticket.objects.filter(id__in=shown).update(preview="")
        shown = set(Ticket.objects.filter(absorbed__in=shown).values_list("id", flat=True))
    FieldValue.objects.filter(ticket__in=own).exclude(text="").update(text="")
    attachments = NoteAttachment.objects.filter(_notes(person_id))
    for attachment in attachments.filter(file__isnull=False).select_related("file"):
        if attachment.file:
            files.remove(attachment.file)
    attachments.update(name="", content_id="", type="application/octet-stream")
    NoteText.objects.filter(_notes(person_id)).update(text="", html="")
    drafts.discard(_drafts(person_id))


STEP = Step("tickets", preview, blank)
