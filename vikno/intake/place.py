"""Which request an incoming message belongs to. A decision only: it reads and writes nothing.

The rules, in order (design: Where things go). In a thread that ends (letters, a call): the request it answers. In an
endless one (a chat): the request it quotes; else the one last answered if it is open and that was within a day; else
the only open one; of several the latest, marked to be sorted; else, if the last one was closed less than two days ago,
that one again; else a new one. The hours are settings of the channel. What is quiet joins the last one, however old.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

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
    if answers is not None and (found := _of_message(answers, kind)):
        return found
    if named is not None:
        shown = _shown(named)
        alive = shown.closed_at is None and shown.deleted_at is None
        return Place(named, "number") if alive else _again(named, kind, "number")
    if endless and dialog is not None:
        return _of_chat(channel, dialog, kind, at)
    return Place(None, "new")


def _of_message(answers: Message, kind: str) -> Place | None:
    """The request that the answered message belongs to now: an open one first, else the latest."""
    linked = list(
        Ticket.objects.filter(links__message=answers, links__ended_act=None).order_by("-id").select_related("team")
    )
    if not linked:
        return None
    alive = [one for one in linked if _shown(one).closed_at is None and _shown(one).deleted_at is None]
    if alive:
        return Place(alive[0], "answers", sort_me=len(alive) > 1)
    return _again(linked[0], kind, "answers")


def _shown(ticket: Ticket) -> Ticket:
    return ticket if ticket.merged_into_id is None else Ticket.objects.get(id=access.survivor_id(ticket.id))


def _again(closed: Ticket, kind: str, why: str) -> Place:
    """A closed request: reopened by an answer while its team's setting allows; later a new one follows it. What is
    quiet (thanks, automatic letters) joins it and leaves it closed."""
    shown = _shown(closed)
    if kind in QUIET and shown.deleted_at is None:
        return Place(closed, why)
    return Place(closed, why) if may_reopen(shown) else Place(None, "follows", follows=shown)


def _of_chat(channel: Channel, dialog: Dialog, kind: str, at: datetime) -> Place:
    of_dialog = Ticket.objects.filter(links__message__dialog=dialog, links__ended_act=None, deleted_at=None).distinct()
    alive = list(of_dialog.filter(closed_at=None, merged_into=None).order_by("-id").select_related("team"))
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
    if len(alive) == 1:
        return Place(alive[0], "only_open")
    if alive:
        return Place(alive[0], "latest_open", sort_me=True)
    closed = of_dialog.filter(closed_at__isnull=False, merged_into=None).order_by("-closed_at", "-id").first()
    recently = timedelta(hours=channel.reopen_hours)
    if closed and closed.closed_at and (kind in QUIET or at - closed.closed_at <= recently):
        return _again(closed, kind, "just_closed")
    return Place(None, "new")
