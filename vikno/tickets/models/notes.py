"""Notes and drafts: what agents write among themselves and what they have not said yet."""

from django.db import models
from django.db.models import Q

from vikno.core import clock
from vikno.core.models import AttachedFile
from vikno.people.models import Person
from vikno.staff.models import Agent
from vikno.tickets.models.ticket import Ticket


class Note(models.Model):
    """An internal note: in no dialog, and on exactly one ticket or person."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, null=True, related_name="notes")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="notes")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True)  # null: written by the system
    at = models.DateTimeField(default=clock.now)
    version = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ticket=None, person__isnull=False) | Q(person=None, ticket__isnull=False),
                name="tickets_note_has_one_place",
            )
        ]
        indexes = [models.Index(fields=["ticket", "at", "id"], name="tickets_note_order")]


class NoteText(models.Model):
    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="texts")
    version = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "version"], name="tickets_note_version")]


class NoteAttachment(AttachedFile):
    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="attachments")


class Draft(models.Model):
    """What an agent has begun to write, per ticket and dialog (no dialog: a note). Breath: it is in no journal."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="drafts")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts")
    dialog = models.ForeignKey("dialogs.Dialog", on_delete=models.CASCADE, null=True)
    html = models.TextField(blank=True)
    # {"kind", "format", "recipients": {"to", "cc", "bcc"} as typed, "tickets": ids answered together with this one}
    recipients = models.JSONField(default=dict)
    saved_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "ticket", "dialog"],
                nulls_distinct=False,
                name="tickets_one_draft_each",
            )
        ]


class EmptiedDraft(models.Model):
    """A page emptied a draft: by which of its savings. One from before that, still on its way, brings nothing back.
    Breath; forgotten after some days."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    turn = models.BigIntegerField()
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "ticket", "page"], name="tickets_emptied_once")]


class DraftFile(AttachedFile):
    """A file that waits with a draft. Sending hands what is stored over to the message; this row goes."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")


class SentForm(models.Model):
    """A form that has been sent: whoever sends the same one again (two clicks, a page loaded anew) sends nothing.
    Written in the transaction of what it did; forgotten after some days."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=clock.now, db_index=True)
