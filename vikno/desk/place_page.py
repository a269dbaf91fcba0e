"""What the page shows that asks where messages belong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vikno.core.text import whole_number
from vikno.core.times import short_times
from vikno.desk.face import DeskRequest
from vikno.desk.picking import offered
from vikno.dialogs.models import Message
from vikno.tickets import access
from vikno.tickets.actions.creating import file_names, subject_from
from vikno.tickets.actions.linking import preview_of
from vikno.tickets.actions.placing import Homes, Was
from vikno.tickets.models import Link, Ticket
from vikno.tickets.subjects import subject_words

MOST = 100  # messages that are placed at once


def chosen_messages(request: DeskRequest, wanted: Sequence[str]) -> list[Message]:
    """The messages of these ids, oldest first. Raises NoSuchMessage if one of them may not be read."""
    ids = dict.fromkeys(whole_number(one) or 0 for one in wanted[:MOST])
    found = [access.message_for(request.desk.viewer, pk) for pk in ids]
    return sorted(found, key=lambda message: (message.arrived_at, message.id))


def homes_of(request: DeskRequest, messages: Sequence[Message], source: str) -> tuple[Homes, dict[int, Ticket]]:
    """Each message with the ticket that it is taken from, and all tickets that they belong to, by number, as far as the
    viewer may read them. `source` is the number of the one that was meant, or of what absorbed it."""
    linked: dict[int, list[int]] = {}
    links = Link.objects.filter(message__in=messages, ended_act=None).order_by("ticket_id")
    for message_id, ticket in links.values_list("message_id", "ticket_id"):
        linked.setdefault(message_id, []).append(ticket)
    seen = access.contributing(request.desk.viewer, {pk for several in linked.values() for pk in several})
    tickets = Ticket.objects.select_related("requester").filter(id__in=seen).order_by("id").in_bulk()
    named = Ticket.objects.filter(number=whole_number(source.strip(" #")) or 0).values_list("id", flat=True).first()
    meant = access.family(named) if named is not None else []
    homes: list[tuple[Message, Ticket | None]] = []
    for message in messages:
        mine = [pk for pk in linked.get(message.id, ()) if pk in tickets]
        one = next((pk for pk in mine if pk == named), None) or next((pk for pk in mine if pk in meant), None)
        pk = one if one is not None else next(iter(mine), None)
        homes.append((message, tickets[pk] if pk is not None else None))
    return homes, {one.number: one for one in tickets.values()}


def page(
    request: DeskRequest,
    homes: Homes,
    tickets: dict[int, Ticket],
    *,
    widens: bool = False,
    alone: bool = False,
    **errors: str,
) -> dict[str, Any]:
    """Everything of `desk/_place.html`. `alone`: it was asked about one message by its own address."""
    asked = request.POST if request.method == "POST" else request.GET
    said = [message for message, _source in homes]
    asks = [message for message in said if message.author == Message.Author.CUSTOMER]
    choices = _choices(said, bool(tickets), bool(asks))
    where = asked.get("where", "")
    back = next(iter(tickets.values()), None)
    many = ngettext("Where does %(num)s message belong?", "Where do these %(num)s messages belong?", len(said))
    words = many if len(said) > 1 else _("Where does this message belong?")
    typed = asked.get("number", "")
    return {"place": {
        "title": words % {"num": len(said)}, "messages": _told(request, said), "errors": errors, "widens": widens,
        "url": reverse("desk:place", args=[said[0].id]) if alone else reverse("desk:place_several"), "alone": alone,
        "look_url": reverse("desk:place_several"), "ids": [message.id for message in said], "choices": choices,
        "where": where if where in dict(choices) else "ticket", "stay": bool(asked.get("stay")),
        "subject": asked.get("subject", "") or (_subject(asks[0]) if asks else ""),
        "parts": asked.get("parts", ""), "source": asked.get("source", ""),
        "sources": [(one.number, subject_words(one.subject)) for one in tickets.values()],
        "number": typed, "picks": offered(request, list(tickets.values()), typed),
        "back_url": reverse("desk:ticket", args=[access.survivor_number(back)]) if back else "/",
        "hide": _hiding(said[0]) if alone and asks else None,
    }}  # fmt: skip


def _choices(said: Sequence[Message], placed: bool, asks: bool) -> list[tuple[str, str]]:
    """What can be said. The last request of a customer's message is not taken away without a word what it was."""
    found = [("own", ngettext("a new request of its own", "a new request of their own", len(said)))] if asks else []
    if asks and placed:
        found.append(("parts", _("several new requests, parts of this one")))
    found.append(("ticket", _("another request")))
    if placed:
        found.append(("also", _("another request too")))
    if len(said) != 1:
        return found
    if Link.objects.filter(message=said[0], ended_act=None).count() > 1:
        found.append(("off", _("not this one; the others it does")))
    elif placed and asks:
        found.append((str(Was.THANKS), _("nowhere: it was thanks")))
        found.append((str(Was.NOTHING), _("nowhere: there is nothing to do about it")))
    return found


def _subject(message: Message) -> str:
    return subject_from("", preview_of(message), file_names(message))


def _told(request: DeskRequest, said: Sequence[Message]) -> list[tuple[str, str, str, str]]:
    """Who said each, when, and how it begins."""
    short = short_times(request.desk.zone, translation.get_language() or "en")
    told = []
    for message in said:
        who = message.identity.person.name or message.identity.shown if message.identity else _("Our answer")
        at = message.arrived_at
        told.append((who, at.isoformat(timespec="seconds"), short(at), preview_of(message)))
    return told


def _hiding(message: Message) -> tuple[str, str, str]:
    if message.hidden_at is not None:
        return reverse("desk:show", args=[message.id]), _("Show it again"), _("It can be read again on all requests.")
    words = _("For what its author wants gone: its words and files are shown on no request any more, and are kept.")
    return reverse("desk:hide", args=[message.id]), _("Hide its text"), words
