"""A message that its author wants gone: its words and files are shown on no ticket, and kept."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.dialogs.models import Dialog, Message
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.changing import Changes, Invalid, lock_with_survivors
from vikno.tickets.actions.linking import resum, versions
from vikno.tickets.models import Link


def hide(message: Message, *, by: Act) -> None:
    """Its author deleted it at the platform, or asked us to. It starts, stops and reopens nothing. Raises Invalid for
    what we said ourselves."""
    if message.author != Message.Author.CUSTOMER:
        raise Invalid(_("Only what a customer wrote can be hidden."))
    _set(message, True, Verb.MESSAGE_HIDDEN, by)


def show(message: Message, *, by: Act) -> None:
    """Undo of hiding."""
    _set(message, False, Verb.MESSAGE_SHOWN, by)


def _set(message: Message, hidden: bool, verb: Verb, by: Act) -> None:
    with transaction.atomic():
        dialog = Dialog.objects.select_for_update().get(id=message.dialog_id)
        row = Message.objects.get(id=message.id)
        if (row.hidden_at is not None) == hidden:
            return
        homes = list(Link.objects.filter(message=row, ended_act=None).order_by("id").values_list("ticket", flat=True))
        locked = lock_with_survivors(homes)
        row.hidden_at = message.hidden_at = clock.now() if hidden else None
        row.save(update_fields=["hidden_at"])
        deltas: dict[str, Changes] = {}
        for home in homes:  # lists show how the newest message begins
            deltas |= resum(locked, locked[home])
        record(by, verb, tickets=versions(locked, deltas), dialog=dialog.id, message=row.id, delta={"tickets": deltas})
