"""Dialogs and what is said in them.

A dialog is one thread on one channel with one counterpart; it is not a ticket and has no state. Which tickets a message
belongs to is known one floor above (tickets.Link), so that a message may have none, one or several.
"""

from django.db import models
from django.db.models import Q

from vikno.core import clock
from vikno.core.models import AttachedFile, Brand
from vikno.core.secrets import SecretField
from vikno.people.models import Identity
from vikno.staff.models import Team


class Channel(models.Model):
    """One way in and out: a mailbox, a bot, the telephone. What it can do stands in the table of its kind
    (dialogs.channels.KINDS); what the team set for it stands here."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    team = models.ForeignKey(Team, on_delete=models.PROTECT)  # responsible for what no address places
    settings = models.JSONField(default=dict)
    secret = SecretField(blank=True, default="")  # password or token
    active = models.BooleanField(default=True)
    undo_seconds = models.PositiveSmallIntegerField(default=0)
    requester_hours = models.PositiveSmallIntegerField(
        default=24
    )  # 1a: "the one last answered if open and within 24 h"
    reopen_hours = models.PositiveSmallIntegerField(default=48)
    talk_hours = models.PositiveSmallIntegerField(default=12)  # after so much silence a new talk begins in a chat
    health = models.JSONField(default=dict)  # {"ok": bool, "code": str, "since": iso, "last_in": iso, …}
    created_at = models.DateTimeField(default=clock.now)


class ChannelAddress(models.Model):
    """One of a channel's own addresses, with what follows from writing to it."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="addresses")
    address = models.CharField(max_length=254, unique=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True)  # null: the channel's
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, null=True)
    sender_name = models.CharField(max_length=200, blank=True)
    default = models.BooleanField(default=False)  # the one that first letters are written from

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel"],
                condition=Q(default=True),
                name="dialogs_one_default_address",
            )
        ]


class Dialog(models.Model):
    class Side(models.TextChoices):
        CUSTOMER = "customer"
        THIRD = "third"  # a supplier, an outside expert: never shown to customers
        STAFF = "staff"

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="dialogs")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="dialogs")
    side = models.CharField(max_length=8, choices=Side.choices, default=Side.CUSTOMER)
    public = models.BooleanField(default=False)  # comments: everybody reads what is written here
    address = models.ForeignKey(ChannelAddress, on_delete=models.SET_NULL, null=True)  # that was written to
    foreign_id = models.CharField(max_length=200, blank=True)  # of the thread at the platform
    created_at = models.DateTimeField(default=clock.now)
    last_message_at = models.DateTimeField(null=True)
    unlinked = models.PositiveIntegerField(default=0)  # customer's messages that have no ticket: the dialog is open

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "foreign_id"],
                name="dialogs_by_foreign",
                condition=~Q(foreign_id=""),
            ),
            models.Index(fields=["identity", "-last_message_at"], name="dialogs_of_identity"),
        ]


class Participant(models.Model):
    """An identity that takes part in a dialog. A stranger who got in by a token is a `newcomer`: shown so, and sent
    nothing until an agent adds them."""

    class Role(models.TextChoices):
        TO = "to"
        CC = "cc"
        MEMBER = "member"
        NEWCOMER = "newcomer"

    dialog = models.ForeignKey(Dialog, on_delete=models.CASCADE, related_name="participants")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="participations")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.TO)
    since = models.DateTimeField(default=clock.now)
    until = models.DateTimeField(null=True)
    added_by_kind = models.CharField(max_length=10)
    added_by_id = models.BigIntegerField(null=True)
    # The message by which they came. They are a default recipient only where it belongs; null: of the whole dialog.
    via = models.ForeignKey("Message", on_delete=models.SET_NULL, null=True, related_name="brought", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dialog", "identity"],
                condition=Q(until=None),
                name="dialogs_participant_once",
            )
        ]
        indexes = [
            models.Index(fields=["via"], name="dialogs_participant_via", condition=Q(via__isnull=False)),
        ]


class Message(models.Model):
    """Something said, in exactly one dialog. Its words are in MessageText, versioned."""

    class Author(models.TextChoices):
        CUSTOMER = "customer"  # whoever is outside the desk
        AGENT = "agent"
        SYSTEM = "system"  # automatic: stops no clock

    class Kind(models.TextChoices):
        ORDINARY = "ordinary"
        AUTOMATIC = "automatic"
        LIST = "list"
        THANKS = "thanks"
        BOUNCE = "bounce"
        SPAM = "spam"

    dialog = models.ForeignKey(Dialog, on_delete=models.PROTECT, related_name="messages", db_index=False)
    author = models.CharField(max_length=8, choices=Author.choices)
    identity = models.ForeignKey(
        Identity, on_delete=models.PROTECT, null=True, related_name="messages"
    )  # of the author
    agent = models.ForeignKey("staff.Agent", on_delete=models.PROTECT, null=True, db_index=False)
    entered_by = models.ForeignKey(
        "staff.Agent",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )  # by phone
    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.ORDINARY)
    said_at = models.DateTimeField()  # as its author's side tells
    arrived_at = models.DateTimeField(default=clock.now)  # here: order, clocks and figures go by this
    foreign_id = models.CharField(max_length=255, blank=True)  # Message-ID of a letter, id at a platform
    answers = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    subject = models.CharField(max_length=500, blank=True)
    language = models.CharField(max_length=2, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    authenticated = models.BooleanField(default=False)  # DMARC passed, or the platform signed it
    trust = models.JSONField(default=dict)  # codes of SPF, DKIM, DMARC; "newcomer", "suspected"
    ip = models.GenericIPAddressField(null=True)
    remote_images = models.PositiveSmallIntegerField(default=0)
    praises = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    # True: a talk begins with it, in a dialog that does not end (a chat); null in letters and calls.
    opens_talk = models.BooleanField(null=True)
    settled_at = models.DateTimeField(null=True)  # a person said that it needs no ticket
    hidden_at = models.DateTimeField(null=True)  # deleted by its author at the platform, or at their wish
    unsent_at = models.DateTimeField(null=True)  # taken back before it left
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["dialog", "arrived_at", "id"], name="dialogs_message_order"),
            models.Index(
                fields=["foreign_id"],
                name="dialogs_message_foreign",
                condition=~Q(foreign_id=""),
            ),
            models.Index(
                fields=["praises", "arrived_at"],
                name="dialogs_message_praise",
                condition=Q(kind="thanks", praises__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(author="agent") | Q(agent__isnull=False),
                name="dialogs_agent_is_named",
            )
        ]


class Addressee(models.Model):
    """Who else a message from outside was addressed to, besides us. Of what is sent from here, deliveries say it."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="addressees", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "identity"], name="dialogs_addressee_once")]


class MessageText(models.Model):
    """The words of one version of a message. `visible` is what is new in it; quotes and signatures are folded
    behind."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="texts", db_index=False)
    version = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)  # cleaned; "" when the text alone says it
    quoted = models.TextField(blank=True)  # folded behind `text`
    quoted_html = models.TextField(blank=True, null=True)  # folded behind `html`, cleaned; null in old rows
    in_frame = models.BooleanField(default=False)  # laid out in an isolated frame, not in the page
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "version"], name="dialogs_text_version")]


class Attachment(AttachedFile):
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["message", "position"], name="dialogs_attachment_order")]


class Delivery(models.Model):
    """One message on its way to one recipient: the row is there before anything is sent."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        REFUSED = "refused"
        BOUNCED = "bounced"
        DOUBTFUL = "doubtful"  # may have gone; waits for one click
        CANCELLED = "cancelled"  # taken back in time

    class Role(models.TextChoices):
        TO = "to"
        CC = "cc"
        BCC = "bcc"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="deliveries")
    role = models.CharField(max_length=3, choices=Role.choices, default=Role.TO)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=clock.now)  # the undo window, then the next try
    # the first try since somebody asked for it: five days count from here
    tried_since = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)  # the other side's own words, or a code of ours (dialogs.delivery_words)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(
                fields=["not_before", "id"], name="dialogs_delivery_due", condition=Q(state__in=["queued", "sending"])
            ),
            models.Index(
                fields=["state", "id"], name="dialogs_delivery_trouble",
                condition=Q(state__in=["refused", "bounced", "doubtful"]),
            ),
        ]  # fmt: skip
        constraints = [models.UniqueConstraint(fields=["message", "identity"], name="dialogs_one_delivery_each")]


class SentHour(models.Model):
    """How many messages left by a channel within an hour: what providers allow a day is counted from these."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+", db_index=False)
    hour = models.DateTimeField()  # its beginning
    messages = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "hour"], name="dialogs_hour_once")]
