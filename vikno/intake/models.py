"""The ledger: whatever is accepted stands here raw before it is understood, and has a visible fate."""

from django.db import models
from django.db.models import Q

from vikno.core import clock
from vikno.core.models import StoredFile
from vikno.dialogs.models import Channel, Message
from vikno.staff.models import Agent


class Fate(models.TextChoices):
    """Where an entry went. "" means that it has not been handled yet."""

    TICKET = "ticket"  # opened a ticket
    REPLY = "reply"  # joined one
    HELD = "held"  # waits for "let in" or "block"
    SUSPECTED = "suspected"  # claims a ticket it cannot prove to belong to
    DUPLICATE = "duplicate"
    BOUNCE = "bounce"
    REFUSED = "refused"  # blocked by an agent's word
    FAILED = "failed"  # could not be handled; waits for a person


class Inbound(models.Model):
    class Folder(models.TextChoices):
        INBOX = ""  # written to us
        JUNK = "junk"  # the provider thinks it spam
        SENT = "sent"  # written by us with another mail program

    class State(models.TextChoices):
        WAITING = "waiting"
        WORKING = "working"
        DONE = "done"

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="inbound")
    source = models.CharField(max_length=10)  # smtp, imap, pipe, …
    source_key = models.CharField(max_length=200, null=True)  # null repeats; folder, UIDVALIDITY and UID
    folder = models.CharField(max_length=5, choices=Folder.choices, default=Folder.INBOX, blank=True)
    imported = models.BooleanField(default=False)  # of the past, by request: acknowledges and starts nothing
    received_at = models.DateTimeField(default=clock.now)
    envelope_from = models.CharField(max_length=320, null=True)  # "" is the null sender, null is unknown
    envelope_to = models.JSONField(default=list)
    peer_ip = models.GenericIPAddressField(null=True)
    raw = models.BinaryField(null=True)  # up to 64 KB, zlib
    file = models.ForeignKey(StoredFile, on_delete=models.SET_NULL, null=True)  # above that
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    foreign_id = models.CharField(max_length=255, blank=True)  # Message-ID, once read
    fingerprint = models.CharField(max_length=64, blank=True)  # of what its author wrote, whatever way it took here
    sender = models.CharField(max_length=320, blank=True)  # as read, for the list
    # The sender's, unless everybody has an address there: floods are counted by it.
    domain = models.CharField(max_length=253, blank=True, default="")
    subject = models.CharField(max_length=500, blank=True)
    name = models.CharField(max_length=200, blank=True, default="")  # of the sender, as they call themselves
    # The colleague who forwards it, as another's letter.
    forwarder = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, db_index=False, related_name="+")
    excerpt = models.CharField(max_length=600, blank=True, default="")  # the beginning of what waits for a word
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    fate = models.CharField(max_length=9, choices=Fate.choices, blank=True)
    kind = models.CharField(max_length=9, choices=Message.Kind.choices, blank=True)
    reason = models.CharField(max_length=60, blank=True)  # code: why this fate
    detail = models.TextField(blank=True)  # what went wrong, for who mends it
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="inbound")
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.SET_NULL, null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    handled_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "source_key"], name="intake_source_once"),
        ]
        indexes = [
            models.Index(fields=["id"], name="intake_open", condition=~Q(state="done")),
            models.Index(fields=["channel"], name="intake_working", condition=Q(state="working")),
            models.Index(fields=["foreign_id"], name="intake_foreign", condition=~Q(foreign_id="")),
            models.Index(fields=["sender", "-id"], name="intake_sender", condition=~Q(sender="")),
            models.Index(fields=["domain", "-id"], name="intake_domain", condition=~Q(domain="")),
            models.Index(fields=["fate", "-id"], name="intake_fate"),
        ]
