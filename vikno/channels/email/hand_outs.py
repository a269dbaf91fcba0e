"""Files that are too big for a letter: they stay here, and the letter carries the address of a page to fetch them from.
The token in it is random, kept as a digest, ends by itself and can be taken back."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from vikno.channels.email.models import HandOut
from vikno.core import clock, ids
from vikno.dialogs.models import Attachment, Channel, Delivery
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb

MB = 1024 * 1024
ABOVE_MB = 15  # of files together; base64 adds a third, and providers take 25 to 35
LIVES = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Handed:
    """What stands in the letter in place of its files."""

    files: tuple[Attachment, ...]
    url: str
    until: datetime


def instead_of(delivery: Delivery, attached: Sequence[Attachment], inside: int = 0) -> Handed | None:
    """The page for the files of this letter if they are too big for it, together with so many bytes of pictures that
    are shown inside; None if they go with it. Each call makes a new token: an earlier one may stand in a letter that
    left after all, and goes on being good."""
    if not _too_big(delivery, attached, inside):
        return None
    token = secrets.token_urlsafe(32)
    until = clock.now() + LIVES
    HandOut.objects.create(
        delivery=delivery, digest=ids.digest(token), files=[one.pk for one in attached], expires_at=until
    )
    return Handed(tuple(attached), f"{settings.BASE_URL}/f/{token}", until)


def named(delivery: Delivery, attached: Sequence[Attachment], inside: int = 0) -> Handed | None:
    """The same for our own copy: which files the letter handed out and until when, without a way to them."""
    if not _too_big(delivery, attached, inside):
        return None
    last = HandOut.objects.filter(delivery=delivery).order_by("-id").values_list("expires_at", flat=True).first()
    return Handed(tuple(attached), "", last or clock.now() + LIVES)


def _too_big(delivery: Delivery, attached: Sequence[Attachment], inside: int) -> bool:
    return bool(attached) and too_big(delivery.channel, inside + sum(one.size for one in attached))


def too_big(channel: Channel, size: int) -> bool:
    """Whether files of so many bytes together are too big for a letter of this channel."""
    return size > int(channel.settings.get("link_above_mb", ABOVE_MB)) * MB


def find(token: str) -> HandOut | None:
    """What a token lets fetch; None if it is unknown, over, taken back, or its message was."""
    found = HandOut.objects.select_related("delivery__message", "delivery__channel__brand")
    row = found.filter(digest=ids.digest(token), revoked_at=None, expires_at__gt=clock.now()).first()
    if row is None or row.delivery.message.erased_at or row.delivery.message.unsent_at:
        return None
    return row


def files_of(hand_out: HandOut) -> list[Attachment]:
    """Its files that are still here, in their order."""
    rows = Attachment.objects.select_related("file").filter(message=hand_out.delivery.message_id)
    return list(rows.filter(id__in=hand_out.files).exclude(file=None).order_by("position", "id"))


def fetched_until(message_ids: Collection[int]) -> dict[int, datetime]:
    """Of these messages those whose files are fetched from a page, with the instant until when; who took one back is
    no longer among them."""
    rows = HandOut.objects.filter(delivery__message__in=message_ids, revoked_at=None).order_by("expires_at")
    return dict(rows.values_list("delivery__message", "expires_at"))


def alive(channel: Channel) -> list[HandOut]:
    """What can be fetched now, newest first: of a letter that was tried several times the last page."""
    rows = HandOut.objects.filter(delivery__channel=channel, revoked_at=None, expires_at__gt=clock.now())
    later = rows.filter(delivery=OuterRef("delivery"), id__gt=OuterRef("id"))
    known = ("delivery__identity__person", "delivery__message__dialog__address__brand", "delivery__channel__brand")
    return list(rows.filter(~Exists(later)).select_related(*known).order_by("-id")[:200])


def revoke(hand_out_id: int, channel: Channel, *, by: Act) -> None:
    """Let nobody fetch these files any more, by no address that a try of this letter carried."""
    with transaction.atomic():
        found = HandOut.objects.filter(id=hand_out_id, delivery__channel=channel).values("delivery")
        rows = HandOut.objects.filter(delivery__in=found, revoked_at=None)
        if rows.update(revoked_at=clock.now()):
            delta = {"channel": [channel.id, channel.id], "hand_out": [hand_out_id, None]}
            record(by, Verb.SETTING_CHANGED, delta=delta)
