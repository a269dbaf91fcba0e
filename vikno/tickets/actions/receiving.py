"""What an incoming message does to the ticket it falls to: its clock, its place in lists, whether it reopens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.text import one_line
from vikno.dialogs.models import Dialog, Message
from vikno.journal.acts import Act
from vikno.journal.models import Event, EventTicket
from vikno.journal.record import record, recorded
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions import state
from vikno.tickets.actions.changing import (
    Changes,
    Invalid,
    apply,
    attribute,
    code,
    fields_of,
    lock_with_survivors,
    place_before,
)
from vikno.tickets.actions.creating import default_status
from vikno.tickets.actions.linking import PREVIEW, attach_message, preview_of, shows_words_of, summary_of
from vikno.tickets.models import Link, Stage, Ticket

# What starts no clock, reopens nothing and is never answered by itself.
QUIET = frozenset(
    {Message.Kind.AUTOMATIC, Message.Kind.LIST, Message.Kind.THANKS, Message.Kind.BOUNCE, Message.Kind.SPAM}
)


def receive(
    message: Message, home: Ticket, *, by: Act, sort_me: bool = False, new: bool = False, text: str | None = None,
    imported: bool = False,
) -> Ticket:  # fmt: skip
    """Link an incoming message to the ticket it addressed and let it have its effect there and, if that was merged, on
    the survivor, which lists show. Answers the survivor. Call inside a transaction, with the message just stored;
    `new`: the ticket was made in this same transaction, so nobody else can hold or have merged it; `text`: its words,
    if the caller has them at hand; `imported`: it is of the past, so nobody waits for an answer."""
    locked = {home.id: home} if new else lock_with_survivors([home.id])
    shown_id = next(one.id for one in locked.values() if one.merged_into_id is None)
    attach_message(message, locked[home.id], by=by, sort_me=sort_me)
    praises = praised_agent(message, locked) if message.kind == Message.Kind.THANKS else None
    preview = preview_of(message) if text is None else one_line(text, PREVIEW)
    deltas: dict[str, Changes] = {}
    reopened = False
    for one in locked.values():
        words = preview if shows_words_of(one, locked[home.id]) else one.preview
        fields = _effects(one, message, words, sort_me, imported)
        reopened = reopened or ("closed_at" in fields and one.id == shown_id)
        deltas[str(one.id)] = apply(one, fields)
    pairs = [(one.id, one.version) for one in locked.values()]
    delta: dict[str, Any] = {"tickets": deltas} | ({"praises": [None, praises]} if praises else {})
    write = recorded if reopened else record
    event = write(
        by, Verb.MESSAGE_RECEIVED, tickets=pairs, dialog=message.dialog_id, message=message.id,
        person=message.identity.person_id if message.identity else None, delta=delta,
    )  # fmt: skip
    if event is not None:
        one = locked[shown_id]
        record(by.led_by(event), Verb.TICKET_REOPENED, tickets=[(one.id, one.version)], message=message.id)
    return locked[shown_id]


def _effects(ticket: Ticket, message: Message, preview: str, sort_me: bool, imported: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {"preview": preview}
    if message.dialog.side != Dialog.Side.CUSTOMER:  # advice of a third party: shown like a note, starts no clock
        return fields
    at = message.arrived_at
    fields |= {"last_in_at": max(ticket.last_in_at or at, at), "last_dialog": message.dialog_id}
    if sort_me:
        fields["sort_me"] = True
    if imported and message.kind not in QUIET and ticket.asked_at is None:
        fields["asked_at"] = at
    if imported or message.kind in QUIET:
        return fields
    fields["snoozed_until"] = None
    if ticket.asked_at is None:
        fields["asked_at"] = at
    if ticket.waiting_since is None:
        fields["waiting_since"] = at
    if ticket.closed_at is not None or ticket.stage == Stage.WAITING:
        status = default_status(Stage.OPEN if ticket.agent_id else Stage.NEW)
        fields |= {"status": status, "stage": status.stage, "closed_at": None}
    return fields


def praised_agent(message: Message, tickets: Iterable[int]) -> int | None:
    """Whom thanks are for: who wrote what they answer, else who answered last before them. Written on the message, so
    that praise is counted from there."""
    agent = message.answers.agent_id if message.answers else None
    if agent is None:
        said = Message.objects.filter(links__ticket__in=list(tickets), links__ended_act=None, agent__isnull=False)
        before = said.filter(author=Message.Author.AGENT, unsent_at=None, arrived_at__lte=message.arrived_at)
        agent = before.order_by("-arrived_at", "-id").values_list("agent_id", flat=True).first()
    if agent != message.praises_id:
        Message.objects.filter(id=message.id).update(praises=agent)
        message.praises_id = agent
    return agent


def may_reopen(ticket: Ticket, at: datetime | None = None) -> bool:
    """Whether an answer that came at an instant (None: now) reopens this closed ticket: as long as its team's setting
    says, always without one.
    A deleted ticket is never brought back by a stranger's letter."""
    if ticket.deleted_at is not None:
        return False
    if ticket.closed_at is None or ticket.team.reopen_days is None:
        return True
    return (at or clock.now()) - ticket.closed_at <= timedelta(days=ticket.team.reopen_days)


def take_back(message: Message, *, by: Act) -> Ticket:
    """Undo of receiving: the message belongs to no ticket any more, and the ticket is as it was before, as far as
    nobody has changed it since; one that was opened by this very message goes into the bin. Answers the ticket it
    addressed. Call inside a transaction. Raises Invalid if something was built on the message already."""
    links = list(Link.objects.filter(message=message, ended_act=None))
    act = Event.objects.filter(act=links[0].act) if len(links) == 1 else Event.objects.none()
    received = act.filter(verb=Verb.MESSAGE_RECEIVED, message_id=message.id).first()
    if received is None or Message.objects.filter(answers=message).exists():
        raise Invalid(_("This letter has been answered or sorted since, so it stays where it is."))
    locked = lock_with_survivors([links[0].ticket_id])
    home = locked[links[0].ticket_id]
    Link.objects.filter(id=links[0].id).update(ended_act=by.id)
    deltas: dict[str, Changes] = {}
    for one in locked.values():
        before = apply(one, _state_before(received, one) | place_before(received, one), touch=False)
        deltas[str(one.id)] = before | apply(one, summary_of(one), touch=False)
    record(
        by, Verb.MESSAGE_UNLINKED, tickets=[(one.id, one.version) for one in locked.values()],
        dialog=message.dialog_id, message=message.id, delta={"tickets": deltas, "link": [home.id, None]},
    )  # fmt: skip
    made = act.filter(verb=Verb.TICKET_CREATED).values_list("id", flat=True)
    if EventTicket.objects.filter(event_id__in=list(made), ticket_id=home.id).exists():
        state.delete(home, by=by)
    return home


def _state_before(received: Event, ticket: Ticket) -> dict[str, Any]:
    """What receiving had changed of the ticket's state and nobody has changed since, as it was before."""
    back: dict[str, Any] = {}
    for name, (before, after) in fields_of(received.delta, ticket.id).items():
        if name in ("status", "stage", "closed_at", "snoozed_until", "sort_me"):
            if code(getattr(ticket, attribute(name))) != after:
                return {}
            instant = name in ("closed_at", "snoozed_until") and before is not None
            back[name] = datetime.fromisoformat(before) if instant else before
    return back
