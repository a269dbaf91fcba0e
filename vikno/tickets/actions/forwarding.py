"""Forwarding: a letter to a third party about a request. What comes back is shown to agents like a note, and never
reaches the customer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock, files
from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import NewFile, Said, Words
from vikno.dialogs.models import Channel, ChannelAddress, Dialog, Message
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.staff.models import Agent
from vikno.tickets import forwarding
from vikno.tickets.actions.answering import Recipients, homes_of, readable_parts
from vikno.tickets.actions.changing import Invalid, apply, lock_with_survivors
from vikno.tickets.actions.linking import attach_message, preview_of, shows_words_of
from vikno.tickets.models import Ticket
from vikno.tickets.taking_part import customers


@dataclass(frozen=True, slots=True)
class Forward:
    """A letter to a third party as the agent wrote it. `message`: the id of the one that goes along, None for the whole
    conversation; `carried`: ids of files that go too, of whatever may be forwarded of the request."""

    words: Words
    recipients: Recipients
    channel: Channel
    address: ChannelAddress | None = None
    message: int | None = None
    carried: Collection[int] = ()
    files: Sequence[NewFile] = field(default_factory=tuple)


def forward(ticket: Ticket, agent: Agent, letter: Forward, *, by: Act) -> Message:
    """Write to a third party about a request, in a dialog of their own. Only what this agent may read of it and its
    customers have seen goes along. It answers nobody: no clock stops, nothing else of the ticket changes.

    Raises Invalid without a recipient, for one who takes part as a customer, and for what cannot go along.
    """
    if not letter.recipients.to:
        raise Invalid(_("Say whom to write to."))
    with transaction.atomic():
        parts = readable_parts([ticket], agent)
        _must_be_no_customers({ticket.id, *parts}, letter.recipients)
        said = forwarding.chosen(parts, letter.message)
        if not said:
            raise Invalid(_("There is nothing that may be forwarded: it was taken away, or is not the customer’s."))
        language = letter.words.language or letter.recipients.to[0].person.language or letter.channel.brand.language
        words = replace(letter.words, quoted=forwarding.as_text(said, agent, language))
        attached = [*_carried(forwarding.chosen(parts, None), letter.carried), *letter.files]
        first = letter.recipients.to[0]
        dialog = dialogs.open_dialog(letter.channel, first, by=by, address=letter.address, side=Dialog.Side.THIRD)
        homes = homes_of([ticket.id], letter.message)
        locked = lock_with_survivors({ticket.id, *homes}).values()
        message = dialogs.add_message(dialog, Said(Message.Author.AGENT, agent_id=agent.id), words, attached)
        named = letter.recipients
        everyone = [*((one, "to") for one in named.to), *((one, "cc") for one in named.cc),
                    *((one, "bcc") for one in named.bcc)]  # fmt: skip
        undo = timedelta(seconds=letter.channel.undo_seconds)
        dialogs.queue_deliveries(message, everyone, clock.now() + undo)
        for identity, role in everyone:
            if role != "bcc":
                dialogs.add_participant(dialog, identity, role, by=by, via=message)
        read = [one for one in locked if one.id in homes]
        for one in read:
            attach_message(message, one, by=by)
        deltas = {}
        for one in locked:
            shows = any(shows_words_of(one, home) for home in read)
            deltas[str(one.id)] = apply(one, {"preview": preview_of(message)} if shows else {})
        record(
            by, Verb.MESSAGE_SENT, tickets=[(one.id, one.version) for one in locked], dialog=dialog.id,
            message=message.id, delta={"tickets": deltas, "written_on": [None, ticket.id]},
        )  # fmt: skip
    return message


def _must_be_no_customers(ticket_ids: Collection[int], recipients: Recipients) -> None:
    here = customers(ticket_ids)
    for identity in (*recipients.to, *recipients.cc, *recipients.bcc):
        if identity.person_id in here:
            words = _("%(address)s takes part in this request as a customer. Answer them instead. Nothing was sent.")
            raise Invalid(words % {"address": identity.shown})


def _carried(said: Sequence[Message], wanted: Collection[int]) -> list[NewFile]:
    """Copies of the chosen files. Raises Invalid for one that is not of these messages, or is missing."""
    there = {one.id: one for one in forwarding.attachments(said)}
    found = []
    for pk in dict.fromkeys(wanted):
        row = there.get(pk)
        try:
            stored = files.repeat(row.file) if row is not None and row.file is not None else None
        except (files.MissingFile, OSError):
            stored = None
        if row is None or stored is None:
            raise Invalid(_("A file that was chosen is not there any more. Choose again. Nothing was sent."))
        found.append(NewFile(row.name, row.type, stored=stored))
    return found
