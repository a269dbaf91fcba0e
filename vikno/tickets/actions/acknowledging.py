"""What is answered by itself: it stops no clock, takes nothing for anybody and opens nothing."""

from __future__ import annotations

from django.db import transaction

from vikno.core import clock
from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import Said, Words
from vikno.dialogs.models import Message
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.changing import apply, lock
from vikno.tickets.actions.linking import attach_message
from vikno.tickets.models import Ticket


def answer_by_itself(ticket: Ticket, answered: Message, words: Words, *, by: Act) -> Message:
    """An automatic answer to one message, to its author alone, on its way at once."""
    assert answered.identity is not None
    with transaction.atomic():
        home = lock(ticket)
        said = Said(Message.Author.SYSTEM, kind=Message.Kind.AUTOMATIC, answers_id=answered.id)
        message = dialogs.add_message(answered.dialog, said, words)
        dialogs.queue_deliveries(message, [(answered.identity, "to")], clock.now())
        attach_message(message, home, by=by)
        apply(home, {}, touch=False)
        record(
            by, Verb.MESSAGE_SENT, tickets=[(home.id, home.version)], dialog=message.dialog_id, message=message.id,
            person=answered.identity.person_id,
        )  # fmt: skip
    return message
