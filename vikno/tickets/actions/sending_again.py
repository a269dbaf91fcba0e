"""A person's word that something is sent again, or after all."""

from __future__ import annotations

from django.db import transaction

from vikno.dialogs import deliveries
from vikno.dialogs.models import Delivery, Dialog, Message
from vikno.journal.acts import Act
from vikno.tickets.actions import account
from vikno.tickets.actions.changing import lock_dialog
from vikno.tickets.models import Ticket


def send_again(delivery: Delivery, *, by: Act) -> None:
    """Have a delivery sent again, also what was set aside or stopped. Raises NotNow if its state does not allow it, and
    NotProved if the request became a matter of an account meanwhile: what an agent wrote goes to the customer no sooner
    than an answer would."""
    with transaction.atomic():
        dialog = lock_dialog(delivery.message.dialog_id)  # who files its requests elsewhere waits
        if dialog.side == Dialog.Side.CUSTOMER and delivery.message.author == Message.Author.AGENT:
            linked = Ticket.objects.filter(links__message=delivery.message_id, links__ended_act=None)
            account.must_be_proved(linked.distinct().order_by("id"))
        deliveries.repeat(delivery, by=by)
