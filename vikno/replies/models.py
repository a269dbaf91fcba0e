"""Acknowledgements that were decided about: one row for each ticket, so that none is sent twice."""

from django.db import models
from django.db.models import Q

from vikno.core import clock
from vikno.dialogs.models import Message
from vikno.people.models import Identity
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
