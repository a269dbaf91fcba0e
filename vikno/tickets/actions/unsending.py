"""Taking an answer back before it leaves: everything goes back to where it was, the words into the composer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.dialogs import actions as dialogs
from vikno.dialogs.models import Attachment, Delivery, Dialog, Message, MessageText, Participant
from vikno.journal.acts import Act
from vikno.journal.models import Event
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.models import Identity
from vikno.tickets import access
from vikno.tickets.actions import drafts
from vikno.tickets.actions.answering import default_recipients, last_heard
from vikno.tickets.actions.changing import (
    Invalid,
    apply,
    attribute,
    code,
    fields_of,
    lock_dialog,
    lock_with_survivors,
    place_before,
)
from vikno.tickets.actions.linking import summary_of
from vikno.tickets.models import Link, Ticket
from vikno.tickets.queries import links_ever
from vikno.tickets.quoting import how_of

# Who else keeps words that were not written in a dialog, such as the first ones of a request: registered by that room.
# Asked in the transaction of taking back; True: they are there again, and no draft of an answer is made.
KEEPERS: list[Callable[[Message], bool]] = []


def unsend(message: Message, *, by: Act) -> None:
    """Take an answer back while nothing of it has left. It becomes a draft again: words, format, files, recipients and
    the tickets it answered. Raises Invalid when it is too late."""
    with transaction.atomic():
        dialog = lock_dialog(message.dialog_id)
        ways = list(Delivery.objects.select_for_update().filter(message=message))
        if not ways or any(way.state != Delivery.State.QUEUED or way.attempts for way in ways):
            raise Invalid(_("It has already left. Write again to correct it."))
        Delivery.objects.filter(message=message).update(state=Delivery.State.CANCELLED)
        message.unsent_at = clock.now()
        message.save(update_fields=["unsent_at"])
        linked = list(Link.objects.filter(message=message, ended_act=None).values_list("ticket_id", flat=True))
        locked = list(lock_with_survivors(linked).values())
        sent = _sending(message)
        deltas = {}
        for one in locked:
            deltas[str(one.id)] = apply(
                one, summary_of(one) | _status_before(sent, one) | place_before(sent, one), touch=False
            )
        _without_those_it_added(message, dialog, by)
        record(
            by, Verb.MESSAGE_UNSENT, tickets=[(one.id, one.version) for one in locked], dialog=message.dialog_id,
            message=message.id, delta={"tickets": deltas},
        )  # fmt: skip
        if not any(keeper(message) for keeper in KEEPERS):
            _back_to_draft(message, dialog, linked, sent)


def _sending(message: Message) -> Event | None:
    """The event that tells of the sending: by the act that linked the message first."""
    links = links_ever(message)
    sent = Event.objects.filter(verb=Verb.MESSAGE_SENT, message_id=message.id)
    return sent.filter(act=links[0].act).first() if links else None


def _status_before(sent: Event | None, ticket: Ticket) -> dict[str, Any]:
    """The agent and status that sending had changed, if nobody has changed them since."""
    fields = {}
    for name, (before, after) in fields_of(sent.delta, ticket.id).items() if sent else ():
        if name in ("agent", "status", "stage") and code(getattr(ticket, attribute(name))) == after:
            fields[name] = before
    return fields


def _without_those_it_added(message: Message, dialog: Dialog, by: Act) -> None:
    """Whom this answer alone brought into the dialog: nothing has reached them, so they take no part."""
    brought = Participant.objects.filter(dialog=dialog, until=None, via=message)
    for participant in brought.exclude(identity=dialog.identity_id).select_related("identity"):
        dialogs.remove_participant(dialog, participant.identity, by=by)


def _back_to_draft(message: Message, dialog: Dialog, linked: Sequence[int], sent: Event | None) -> None:
    text = MessageText.objects.filter(message=message, version=message.version).first()
    if text is None or message.agent_id is None:
        return
    answered = list(dict.fromkeys(access.survivor_id(one) for one in linked))
    written_on = (sent.delta.get("written_on") if sent else None) or [None, answered[0]]
    home = access.survivor_id(written_on[1])
    others = [one for one in answered if one != home]
    recipients = _recipients(message, dialog, linked)
    parts = [one for each in linked for one in access.family(each)]
    usual = dialog.side == Dialog.Side.CUSTOMER and message.answers_id == last_heard(dialog, parts)
    answers = None if usual else message.answers_id
    begun = drafts.Begun(
        text.html or text.text,
        bool(text.html),
        recipients,
        others,
        how_of(text.quoted),
        answers=answers,
        language=message.language,
    )
    attached = Attachment.objects.filter(message=message).select_related("file").order_by("position", "id")
    drafts.bring_back(message.agent_id, Ticket.objects.get(id=home), dialog, begun, attached)


def _recipients(message: Message, dialog: Dialog, linked: Sequence[int]) -> dict[str, str]:
    """Lines as they would be typed; {} if the dialog's own were written to."""
    usual = default_recipients(dialog, [one for each in linked for one in access.family(each)])
    ways = Delivery.objects.filter(message=message).select_related("identity").order_by("id")
    found = {role: [row.identity for row in ways if row.role == role] for role in ("to", "cc", "bcc")}
    if _ids(found["to"]) == _ids(usual.to) and _ids(found["cc"]) == _ids(usual.cc) and not found["bcc"]:
        return {}
    return {role: ", ".join(one.shown for one in several) for role, several in found.items()}


def _ids(several: Sequence[Identity]) -> set[int]:
    return {one.id for one in several}
