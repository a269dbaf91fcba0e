"""What is blanked of a person in the room of dialogs: all that they wrote, and all that was written to them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from vikno.core import files
from vikno.dialogs.models import Attachment, Delivery, Dialog, Message, MessageText
from vikno.people.erasure import Step


def messages_of(person_id: int) -> QuerySet[Message]:
    """What the person wrote anywhere, and whatever was said in the dialogs with them (answers quote and name them)."""
    return Message.objects.filter(Q(identity__person=person_id) | Q(dialog__identity__person=person_id))


def preview(person_id: int) -> dict[str, int]:
    """`quoted_elsewhere`: answers to others in dialogs that this person took part in. They stay; look there."""
    mine = messages_of(person_id)
    elsewhere = Message.objects.filter(dialog__participants__identity__person=person_id, author=Message.Author.AGENT)
    return {
        "messages": mine.count(),
        "files": Attachment.objects.filter(message__in=mine, file__isnull=False).count(),
        "deliveries": Delivery.objects.filter(identity__person=person_id).count(),
        "quoted_elsewhere": elsewhere.exclude(dialog__identity__person=person_id).distinct().count(),
    }


def blank(person_id: int) -> None:
    mine = messages_of(person_id)
    attachments = Attachment.objects.filter(message__in=mine)
    for attachment in attachments.filter(file__isnull=False).select_related("file"):
        if attachment.file:
            files.remove(attachment.file)
    attachments.update(name="", content_id="", type="application/octet-stream")
    MessageText.objects.filter(message__in=mine).update(text="", html="", quoted="", quoted_html="", in_frame=False)
    # Its id at the other side names their mail provider or account; only their own messages bear theirs.
    mine.filter(author=Message.Author.CUSTOMER).update(foreign_id="")
    quoting = Message.objects.filter(
        dialog__participants__identity__person=person_id, author=Message.Author.AGENT
    )  # what stands quoted below answers to others
    MessageText.objects.filter(message__in=quoting).exclude(quoted="").update(quoted="")
    mine.update(subject="", ip=None, trust={}, remote_images=0)
    Delivery.objects.filter(Q(identity__person=person_id) | Q(message__in=mine)).update(reason="")
    Dialog.objects.filter(identity__person=person_id).update(foreign_id="")


STEP = Step("dialogs", preview, blank)
