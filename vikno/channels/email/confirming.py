"""The link by which a customer says that it was they who asked about their account. It stands only in the letter that
explains why nothing happens, so whoever follows it reads that mailbox. The token is random, kept as a digest, and ends
by itself; what it does can be done once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from vikno.channels.email.models import Confirmation
from vikno.core import clock, ids
from vikno.dialogs.models import Delivery
from vikno.tickets.actions import account

LIVES = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    until: datetime


def link_in(delivery: Delivery) -> Link | None:
    """A new link for the letter of this delivery; None if that is no letter that explains, or goes to an address that
    came with the request itself. Each try to send makes its own: an earlier one may have left after all, and goes on
    being good."""
    if not account.explains(delivery.message) or not account.knew_before(delivery.message, delivery.identity):
        return None
    token, until = ids.token(), clock.now() + LIVES
    Confirmation.objects.create(delivery=delivery, digest=ids.digest(token), expires_at=until)
    return Link(f"{settings.BASE_URL}/c/{token}", until)


def find(token: str) -> Confirmation | None:
    """What a token stands for; None if it is unknown or over, or what it was sent for was erased."""
    found = Confirmation.objects.select_related(
        "delivery__message__dialog", "delivery__identity__person", "delivery__channel__brand"
    )
    row = found.filter(digest=ids.digest(token), expires_at__gt=clock.now()).first()
    if row is None or row.delivery.message.erased_at or row.delivery.identity.erased_at:
        return None
    return row


@transaction.atomic
def confirm(confirmation: Confirmation) -> None:
    """It was they who asked. A second time changes nothing."""
    mine = Confirmation.objects.filter(id=confirmation.id, confirmed_at=None)
    if mine.update(confirmed_at=clock.now()):
        account.confirmed(confirmation.delivery.message, confirmation.delivery.identity)
