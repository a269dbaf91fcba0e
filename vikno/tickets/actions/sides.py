"""Customers, third parties and colleagues are kept apart: nobody slips into what is said to another side."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from vikno.dialogs.models import Dialog, Participant
from vikno.people.models import Identity
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Ticket
from vikno.tickets.taking_part import other_side


def must_be_same_side(dialog: Dialog, named: Sequence[Identity], ticket_ids: Sequence[int]) -> None:
    """A supplier or a colleague asked for advice never slips into the recipients of a customer's dialog (and the
    reverse): whoever takes part in these tickets on another side is refused in words, and so is among customers who is
    known as a third party or a colleague alone. Raises Invalid."""
    apart = other_side(dialog, ticket_ids) if named else set()
    for identity in named:
        strange = dialog.side == Dialog.Side.CUSTOMER and _is_no_customer(identity)
        if identity.person_id not in apart and not strange:
            continue
        if dialog.side == Dialog.Side.CUSTOMER:
            words = _("%(address)s is not a customer: write to them in a dialog of their own.")
        else:
            words = _("%(address)s takes part in this request as a customer. Answer them instead. Nothing was sent.")
        raise Invalid(words % {"address": identity.shown})


def _is_no_customer(identity: Identity) -> bool:
    """Whether they were written to on another side only. A letter that was taken back before it left says nothing of
    them; and who asked for a request, or takes part in what a customer says, is a customer there."""
    led = Dialog.objects.filter(identity=identity, messages__unsent_at=None)  # or nothing was said in it yet
    if not led.exclude(side=Dialog.Side.CUSTOMER).exists() or led.filter(side=Dialog.Side.CUSTOMER).exists():
        return False
    parts = Participant.objects.filter(identity=identity, until=None, dialog__side=Dialog.Side.CUSTOMER)
    here = parts.exclude(role=Participant.Role.NEWCOMER).exists()
    return not here and not Ticket.objects.filter(requester=identity.person_id).exists()
