"""What kind of message it is, decided anew by a person: thanks that were none."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.dialogs.models import Dialog, Message
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.changing import Changes, Invalid, change, lock_dialog, lock_with_survivors
from vikno.tickets.actions.creating import default_status
from vikno.tickets.actions.linking import resum, versions
from vikno.tickets.actions.receiving import may_reopen
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import Link, Relation, Stage, Ticket


def not_thanks(message: Message, *, by: Act) -> None:
    """These were no thanks: an ordinary message, which does to its requests what it would have done. A closed one opens
    again or, after its team's days, a new one follows it; one that was answered since stays as it is.

    Raises Invalid if the message does not stand as thanks any more.
    """
    with transaction.atomic():
        if not judge(message, Message.Kind.ORDINARY, by=by, was=Message.Kind.THANKS):
            raise Invalid(_("This stands as an ordinary message by now: somebody was faster. Nothing was changed."))
        if message.dialog.side != Dialog.Side.CUSTOMER:
            return
        for home in Ticket.objects.filter(links__message=message, links__ended_act=None).order_by("id"):
            _have_effect(message, home, by)


def judge(message: Message, kind: str, *, by: Act, was: str | None = None) -> bool:
    """Write what kind of message it is, with what follows for the columns of its tickets; their state stays. False if
    it is of this kind already, or not of the kind `was`. Call inside a transaction."""
    dialog = lock_dialog(message.dialog_id)
    homes = list(
        Link.objects.filter(message=message, ended_act=None).order_by("ticket").values_list("ticket", flat=True)
    )
    locked = lock_with_survivors(homes)
    before = Message.objects.values_list("kind", flat=True).get(id=message.id)
    if before == kind or was not in (None, before):
        return False
    Message.objects.filter(id=message.id).update(kind=kind)
    message.kind = kind
    deltas: dict[str, Changes] = {}
    for home in homes:
        deltas |= resum(locked, locked[home])
    record(
        by, Verb.MESSAGE_JUDGED, tickets=versions(locked, deltas), dialog=dialog.id, message=message.id,
        delta={"kind": [before, kind], "tickets": deltas},
    )  # fmt: skip
    return True


def _have_effect(message: Message, home: Ticket, by: Act) -> None:
    """What an ordinary message does to the ticket that lists show, if nobody has answered since."""
    locked = lock_with_survivors([home.id])
    shown = next(one for one in locked.values() if one.merged_into_id is None)
    if shown.answered_at is not None and shown.answered_at > message.arrived_at:
        return
    closed = shown.closed_at is not None
    if not may_reopen(shown, message.arrived_at):
        split(home, [message], by=by, relation=Relation.Kind.FOLLOWS)
        return
    if not closed and shown.stage != Stage.WAITING:
        return
    status = default_status(Stage.OPEN if shown.agent_id else Stage.NEW)
    fields: dict[str, Any] = {"status": status, "stage": status.stage, "closed_at": None}
    if closed:
        fields["waiting_since"] = message.arrived_at
    change(shown, Verb.TICKET_REOPENED if closed else Verb.TICKET_STATUS, fields, by=by, touch=True)
