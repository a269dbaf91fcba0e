"""How far each folder of a mailbox was read. What people set for it stands in the channel."""

from django.db import models

from vikno.core import clock
from vikno.dialogs.models import Channel


class Mailbox(models.Model):
    """One folder of a channel's mailbox. UIDs only rise within one UIDVALIDITY (RFC 3501 section 2.3.1.1)."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="mailboxes")
    folder = models.CharField(max_length=200)
    uidvalidity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    since = models.DateTimeField(null=True)  # letters older than that are not ours to take; null: all are
    lease_owner = models.CharField(max_length=100, blank=True)  # one engine reads a mailbox at a time
    lease_until = models.DateTimeField(null=True)
    reconciled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "folder"], name="channel_email_folder_once")]
