"""Acknowledgements that were decided about, one row for each ticket, so that none is sent twice; templates; and
letters that have been begun before there is a dialog for them."""

from django.db import models
from django.db.models import Q

from vikno.core import clock
from vikno.core.models import LANGUAGES, AttachedFile
from vikno.dialogs.models import Message
from vikno.people.models import Identity
from vikno.staff.models import Agent, Team
from vikno.tickets.models import Ticket


class Acknowledgement(models.Model):
    class Fate(models.TextChoices):
        SENT = "sent"
        ADDRESS = "address"  # this address has had enough of them
        DOMAIN = "domain"  # its domain has
        LOOP = "loop"  # the two addresses write to each other too fast for humans

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="acknowledgement")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, db_index=False)
    domain = models.CharField(max_length=253)
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, db_index=False)
    fate = models.CharField(max_length=7, choices=Fate.choices)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["identity", "-at"], name="replies_of_identity", condition=Q(fate="sent")),
            models.Index(fields=["domain", "-at"], name="replies_of_domain", condition=Q(fate="sent")),
        ]


class Template(models.Model):
    """Words that are written often: of one agent (`owner`), of a team, or of all where neither is named."""

    name = models.CharField(max_length=100)
    shortcut = models.CharField(max_length=30, blank=True)  # found by it behind a "/"
    owner = models.ForeignKey(Agent, on_delete=models.CASCADE, null=True, related_name="templates")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, related_name="+")
    used = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(owner=None) | Q(team=None), name="replies_template_has_one_scope")
        ]


class TemplateText(models.Model):
    """A template's words in one language, as plain text with {names}."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=2, choices=LANGUAGES)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "language"], name="replies_template_language")]


class TemplateFile(AttachedFile):
    """A file that goes with a template. Each insertion copies it."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="files")


class BegunLetter(models.Model):
    """A letter that an agent writes and that has no dialog yet: the first one of a request, or one that forwards what
    was said in one (`ticket`). Breath: it is in no journal, and its author alone reads it.

    Once it is sent, `message` says as what; until that has left, taking it back makes a begun letter of it again.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="begun_letters")
    key = models.CharField(max_length=40)  # of its page
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, null=True, related_name="+")
    values = models.JSONField(default=dict)  # what stands in its fields, by name, as typed
    body = models.TextField(blank=True)
    page = models.CharField(max_length=40, blank=True)  # which saving of which page it is: later ones are not undone
    turn = models.BigIntegerField(default=0)
    saved_at = models.DateTimeField(default=clock.now, db_index=True)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "key"], name="replies_begun_once")]


class BegunFile(AttachedFile):
    """A file that waits with a begun letter. Sending hands what is stored over to the message; this row goes."""

    letter = models.ForeignKey(BegunLetter, on_delete=models.CASCADE, related_name="files")
