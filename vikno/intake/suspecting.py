"""Deciding about suspected entries, besides letting them in: putting one aside, and taking any such decision back."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.dialogs.actions import discard
from vikno.intake import pipeline
from vikno.intake.ledger import NotPossible
from vikno.intake.models import Fate, Inbound
from vikno.journal.acts import Act
from vikno.journal.models import Event
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.receiving import take_back
from vikno.tickets.actions.undoing import NotUndoable


def hold_back(inbound: Inbound, by: Act) -> None:
    """Put a suspected entry among the held ones: it claims a request and is nothing that one should answer. Raises
    NotPossible if the entry has another fate by now."""
    with transaction.atomic():
        entry = pipeline.refreshed(inbound)
        if entry.fate != Fate.SUSPECTED or entry.state != Inbound.State.DONE:
            raise NotPossible(_("This letter no longer waits for a decision: somebody was faster."))
        Inbound.objects.filter(id=entry.id).update(fate=Fate.HELD, reason="held_by_agent", handled_at=clock.now())
        delta = {
            "inbound": [entry.id, entry.id], "fate": [entry.fate, Fate.HELD], "reason": [entry.reason, "held_by_agent"],
            "ticket": [entry.ticket_id, entry.ticket_id],
        }  # fmt: skip
        record(by, Verb.INBOUND_HELD, delta=delta)


# ---- taking a decision back ------------------------------------------------------------------------------------------


def waits_again(event: Event, tickets: list[int], by: Act) -> None:
    """The inverse of letting in and of holding back: the entry waits for a word as before, and the message that it
    became is gone. Raises NotUndoable if something was built on that since."""
    entry = Inbound.objects.select_for_update(of=("self",)).select_related("message__dialog").filter(
        id=event.delta["inbound"][0]
    ).first()  # fmt: skip
    before, after = event.delta["fate"]
    if entry is None or entry.fate != after or entry.message_id != event.message_id or "ticket" not in event.delta:
        raise NotUndoable(_("This letter was decided about again since. Nothing was undone."))
    message = entry.message
    Inbound.objects.filter(id=entry.id).update(
        fate=before, reason=event.delta["reason"][0], message=None, ticket=event.delta["ticket"][0],
        handled_at=clock.now(),
    )  # fmt: skip
    if message is not None:
        take_back(message, by=by)
        discard(message, by=by)
    back = {name: event.delta[name][::-1] for name in ("inbound", "fate", "reason", "ticket")}
    record(by, Verb.INBOUND_HELD, delta=back)
