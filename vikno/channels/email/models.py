"""How far each folder of a mailbox was read, its past being brought in, what its provider granted, the keys that
letters are signed with, and what threads are known by. What people set for a mailbox stands in the channel."""

from django.db import models

from vikno.core import clock
from vikno.core.secrets import SecretField
from vikno.dialogs.models import Channel, Delivery, Message


class Mailbox(models.Model):
    """One folder of a channel's mailbox. UIDs only rise within one UIDVALIDITY (RFC 3501 section 2.3.1.1)."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="mailboxes")
    folder = models.CharField(max_length=200)
    uidvalidity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    since = models.DateTimeField(null=True)  # letters older than that are not ours to take; null: all are
    # The same before its past was brought in: what is older is of the past. Null in rows of earlier versions: as since.
    first_since = models.DateTimeField(null=True)
    account = models.CharField(max_length=12, blank=True, default="")  # digest of server and user; "" not known yet
    keyed = models.BooleanField(default=False)  # whether keys in the ledger name the account; earlier ones do not
    lease_owner = models.CharField(max_length=100, blank=True)  # one engine reads a mailbox at a time
    lease_until = models.DateTimeField(null=True)
    reconciled_at = models.DateTimeField(null=True)
    checked = models.JSONField(default=dict)  # what the last reconciliation found: {"in_mailbox", "missing", "taken"}
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "folder"], name="channel_email_folder_once")]


class OldLetter(models.Model):
    """A letter on a POP3 server that was there long before Vikno: it is known by its UIDL and left alone."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="old")
    uidl = models.CharField(max_length=70)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "uidl"], name="channel_email_old_once")]


class Past(models.Model):
    """The past of a mailbox being brought in, because somebody asked for it."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped"

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="pasts")
    since = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.RUNNING)
    total = models.PositiveIntegerField(default=0)  # letters found, of the folders looked at so far
    done = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)  # of those done: the ones that were not here yet
    places = models.JSONField(default=dict)  # folder → {"validity", "last", "total"}: where to go on
    trouble = models.CharField(max_length=30, blank=True)  # a code of mailbox_health: why it does not go on now
    asked_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel"], condition=models.Q(state="running"), name="channel_email_one_past"
            )
        ]


class Grant(models.Model):
    """What a mail provider let Vikno do with an account (OAuth 2, RFC 6749), and the registration to ask with."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="grant")
    client_id = models.CharField(max_length=255)
    client_secret = SecretField(blank=True, default="")
    refresh_token = SecretField(blank=True, default="")
    access_token = SecretField(blank=True, default="")
    expires_at = models.DateTimeField(null=True)  # of the access token
    trouble = models.CharField(max_length=100, blank=True)  # the provider's code why it does not renew any more
    connected_at = models.DateTimeField(null=True)


class SigningKey(models.Model):
    """A key that letters of one domain are signed with (DKIM, RFC 6376)."""

    domain = models.CharField(max_length=253)
    selector = models.CharField(max_length=63)
    private_key = SecretField()
    public_key = models.TextField()  # base64 of the DER form, as in the DNS
    in_use = models.BooleanField(default=False)  # from when the DNS has shown it
    created_at = models.DateTimeField(default=clock.now)
    checked_at = models.DateTimeField(null=True)
    checked = models.JSONField(default=dict)  # what the DNS said: {"dkim", "spf", "dmarc"}: code

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain", "selector"], name="channel_email_selector_once")]


class HandOut(models.Model):
    """A page from which one recipient fetches the files that were too big for the letter. The token stands in the
    letter; here is only its digest."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="hand_outs")
    digest = models.CharField(max_length=64, unique=True)
    files = models.JSONField(default=list)  # ids of attachments of that message
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)


class Confirmation(models.Model):
    """A link by which a recipient says that it was they who asked. The token stands in the letter; here is only its
    digest."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="confirmations")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)


class UnknownReference(models.Model):
    """A Message-ID that a letter names and that we never saw: another one that names it is of the same thread."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    foreign_id = models.CharField(max_length=255, db_index=True)


class ForeignNumber(models.Model):
    """The number that a sender's own system gave to what a message is about. It holds for that sender, and for others
    of the same firm (`firm`: their domain, "" for public providers), never for anybody else."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    number = models.CharField(max_length=60, db_index=True)
    sender = models.CharField(max_length=254)
    firm = models.CharField(max_length=253, blank=True)
