"""Which request an incoming message belongs to. A decision only: it reads and writes nothing.

The rules, in order (design: Where things go). In a thread that ends (letters, a call): the request it answers. In an
endless one (a chat): the request it quotes; else the one last answered if it is open and that was within a day; else
the only open one; of several the latest, marked to be sorted; else, if the last one was closed less than two days ago,
that one again; else a new one. The hours are settings of the channel. What is quiet joins the last one, however old.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from vikno.dialogs.channels import KINDS
from vikno.dialogs.models import Channel, Dialog, Message
from vikno.tickets import access
from vikno.tickets.actions.receiving import QUIET, may_reopen
from vikno.tickets.models import Link, Ticket


@dataclass(frozen=True, slots=True)
class Place:
    """`home`: the ticket the message is linked to (None: a new one). `follows`: the closed one that a new ticket goes
    on from. `sort_me`: it fell to one of several and a person should look. `why`: a code shown on the page."""

    home: Ticket | None
    why: str
    sort_me: bool = False
    follows: Ticket | None = None


def place(
    channel: Channel,
    dialog: Dialog | None,
    answers: Message | None,
    kind: str,
    at: datetime,
    *,
    named: Ticket | None = None,
    imported: bool = False,
) -> Place:
    """Where a message of this kind, arrived at this instant, belongs. `named`: the request that it names by number.
    What is `imported` is of the past: it joins a closed request as quiet messages do."""
    kind = Message.Kind.AUTOMATIC if imported else kind
    endless = not KINDS[channel.kind].ends
    if answers is not None and (found := _of_message(answers, kind, at)):
        return found
    if named is not None:
        shown = _shown(named)
        alive = shown.closed_at is None and shown.deleted_at is None
        return Place(named, "number") if alive else _again(named, kind, "number", at)
    if endless and dialog is not None:
        return _of_chat(channel, dialog, kind, at)
    return Place(None, "new")


def _of_message(answers: Message, kind: str, at: datetime) -> Place | None:
    """The request that the answered message belongs to now: an open one first, else the latest."""
    of_message = Ticket.objects.filter(links__message=answers, links__ended_act=None)
    absorbs = Exists(Ticket.objects.filter(merged_into=OuterRef("pk")))  # for whoever asks about the whole set
    linked = list(of_message.annotate(absorbs=absorbs).order_by("-id").select_related("team"))
    if not linked:
        return None
    if answers.dialog.side != Dialog.Side.CUSTOMER:  # advice joins what it was asked for, also when that is closed
        there = [one for one in linked if _shown(one).deleted_at is None]
        return Place(there[0], "answers") if there else None
    alive = [one for one in linked if _shown(one).closed_at is None and _shown(one).deleted_at is None]
    if alive:
        return Place(alive[0], "answers", sort_me=len(alive) > 1)
    return _again(linked[0], kind, "answers", at)


def _shown(ticket: Ticket) -> Ticket:
    return ticket if ticket.merged_into_id is None else Ticket.objects.get(id=access.survivor_id(ticket.id))


def _again(closed: Ticket, kind: str, why: str, at: datetime) -> Place:
    """A closed request: reopened by an answer that came while its team's setting allows; a new one follows it for what
    came later. What is quiet (thanks, automatic letters) joins it and leaves it closed."""
    shown = _shown(closed)
    if kind in QUIET and shown.deleted_at is None:
        return Place(closed, why)
    return Place(closed, why) if may_reopen(shown, at) else Place(None, "follows", follows=shown)


def _of_chat(channel: Channel, dialog: Dialog, kind: str, at: datetime) -> Place:
    """The requests that a chat holds are those that its messages belong to, each read as what it was merged into."""
    of_dialog = Ticket.objects.filter(links__message__dialog=dialog, links__ended_act=None, deleted_at=None).distinct()
    homes = list(of_dialog.exclude(closed_at__isnull=False, merged_into=None).order_by("-id").select_related("team"))
    shown = {one.id: _shown(one) for one in homes}
    homes = [one for one in homes if shown[one.id].deleted_at is None]
    alive = [one for one in homes if shown[one.id].closed_at is None]
    last_answer = (
        Link.objects.filter(ended_act=None, message__dialog=dialog, message__author=Message.Author.AGENT)
        .order_by("-arrived_at", "-message_id")
        .first()
    )
    recent = timedelta(hours=channel.requester_hours)
    if last_answer and at - last_answer.arrived_at <= recent:
        for one in alive:
            if one.id == last_answer.ticket_id:
                return Place(one, "last_answered")
    if len({shown[one.id].id for one in alive}) == 1:
        return Place(alive[0], "only_open")
    if alive:
        return Place(alive[0], "latest_open", sort_me=True)
    last = of_dialog.filter(closed_at__isnull=False, merged_into=None).order_by("-closed_at", "-id").first()
    closed = [(instant, one) for one in homes if (instant := shown[one.id].closed_at)]
    if last and last.closed_at:
        closed.append((last.closed_at, last))
    if closed:
        ended, one = max(closed, key=lambda pair: (pair[0], pair[1].id))
        if kind in QUIET or at - ended <= timedelta(hours=channel.reopen_hours):
            return _again(one, kind, "just_closed", at)
    return Place(None, "new")
