"""A person's word that something is sent again, or after all."""

from __future__ import annotations

from django.db import transaction

from vikno.dialogs import deliveries
from vikno.dialogs.models import Delivery
from vikno.journal.acts import Act
from vikno.tickets.actions import account
from vikno.tickets.actions.changing import lock_dialog


def send_again(delivery: Delivery, *, by: Act) -> None:
    """Have a delivery sent again, also what was set aside or stopped. Raises NotNow if its state does not allow it, and
    NotProved if the request became a matter of an account meanwhile: what an agent wrote goes to the customer no sooner
    than an answer would."""
    with transaction.atomic():
        lock_dialog(delivery.message.dialog_id)  # who files its requests elsewhere waits
        account.must_be_proved(account.told_in(delivery.message))
        deliveries.repeat(delivery, by=by)
