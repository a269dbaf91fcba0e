"""What an incoming message does to the ticket it falls to: its clock, its place in lists, whether it reopens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from vikno.core import clock
from vikno.core.text import one_line
from vikno.dialogs.models import Dialog, Message
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.changing import Changes, apply, lock_with_survivors
from vikno.tickets.actions.creating import default_status
from vikno.tickets.actions.linking import PREVIEW, attach_message, preview_of
from vikno.tickets.models import Stage, Ticket

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
        fields = _effects(one, message, preview, sort_me, imported)
        reopened = reopened or ("closed_at" in fields and one.id == shown_id)
        deltas[str(one.id)] = apply(one, fields)
    pairs = [(one.id, one.version) for one in locked.values()]
    delta: dict[str, Any] = {"tickets": deltas} | ({"praises": [None, praises]} if praises else {})
    event = record(
        by, Verb.MESSAGE_RECEIVED, tickets=pairs, dialog=message.dialog_id, message=message.id,
        person=message.identity.person_id if message.identity else None, delta=delta,
    )  # fmt: skip
    if reopened:
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
