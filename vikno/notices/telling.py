"""The words of a notice, in the language of the one who is told, and nothing that they may not see."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vikno.core import clock
from vikno.core.models import Company
from vikno.core.text import one_line
from vikno.dialogs.delivery_words import explain
from vikno.dialogs.models import Delivery, Message, MessageText
from vikno.notices.judging import Needed
from vikno.notices.kinds import Kind
from vikno.notices.models import Notice, Rules
from vikno.notices.queries import rules
from vikno.notices.ways import Piece, Told
from vikno.staff.access import Viewer
from vikno.staff.models import Agent
from vikno.staff.queries import zone_of
from vikno.tickets import access
from vikno.tickets.models import Link, NoteText, Ticket
from vikno.tickets.subjects import subject_words

LONGEST = 4000  # characters of a message
MOST_PIECES = 50  # of a letter that tells of many
LOOKED_AT = 20  # messages of a request that may stand for it


def tell(agent: Agent, viewer: Viewer, needed: Sequence[Needed]) -> Told:
    """What is told now. Of one request: all that happened there; of several: a line for each thing."""
    company = Company.objects.first() or Company()
    language = language_of(agent, company)
    decided = rules()
    first, topics = needed[0].ticket, {one.topic for one in needed}
    with translation.override(language):
        alone = len(topics) == 1
        pieces = [_whole(one, viewer, decided) for one in needed] if alone else _lines(needed, decided)
        answers = _stands_for(first, viewer) if alone and first else None
        return Told(
            mark=secrets.token_hex(12),
            address=agent.person.user.email if agent.person.user else "",
            name=agent.person.name,
            language=language,
            zone=zone_of(agent, company),
            at=clock.now(),
            subject=_subject(needed[0], decided) if alone else many(len(topics)),
            pieces=tuple(pieces),
            link=_address(needed[0]) if alone else _here(reverse("desk:home")),
            switches=_here(reverse("desk:notices")),
            thread=f"{first.id}.{agent.id}" if alone and first else "",
            team_id=first.team_id if alone and first else None,
            answers=answers,
            may_answer=answers is not None and viewer.may_note,
            writes=viewer.may_write,
        )


def _here(path: str) -> str:
    return str(settings.BASE_URL).rstrip("/") + path


def _address(one: Needed) -> str:
    ticket = one.ticket
    if ticket is None:
        return _here(reverse("desk:todo"))
    return _here(reverse("desk:ticket", args=[ticket.number]))


def _subject(one: Needed, decided: Rules) -> str:
    """The same for all notices of a request, so that mail programs keep them together."""
    ticket = one.ticket
    if ticket is None:
        return _("To do: %(text)s") % {"text": one.row.notice.task.text if one.row.notice.task else ""}
    if decided.words and ticket.subject:
        return f"#{ticket.number} {one_line(subject_words(ticket.subject), 300)}"
    return _("Request #%(number)s") % {"number": ticket.number}


def language_of(agent: Agent, company: Company) -> str:
    """In which language somebody is told."""
    own = agent.person.user.language if agent.person.user else ""
    return own or agent.person.language or company.language


def many(requests: int) -> str:
    """What is told of so many requests at once."""
    return ngettext("News of %(count)s request", "News of %(count)s requests", requests) % {"count": requests}


def _lines(needed: Sequence[Needed], decided: Rules) -> list[Piece]:
    """One line for each request, with what happened there."""
    found: dict[tuple[int, int], list[Needed]] = {}
    for one in needed:
        found.setdefault(one.topic, []).append(one)
    pieces = []
    for group in list(found.values())[:MOST_PIECES]:
        heads = Counter(_head(one.row.notice) for one in group)
        said = "\n".join(head if times == 1 else f"{head} (× {times})" for head, times in heads.items())
        pieces.append(Piece(_subject(group[0], decided), said, _address(group[0])))
    more = len(found) - MOST_PIECES
    if more > 0:
        words = ngettext("and %(count)s more request", "and %(count)s more requests", more) % {"count": more}
        pieces.append(Piece(words))
    return pieces


def _whole(one: Needed, viewer: Viewer, decided: Rules) -> Piece:
    return Piece(_head(one.row.notice), _text(one.row.notice, viewer, decided))


def _head(notice: Notice) -> str:
    """What happened, in one sentence."""
    by = notice.by.person.name if notice.by else ""
    match notice.kind:
        case Kind.NEW:
            return _new(notice.ticket) if notice.ticket else ""
        case Kind.REPLY:
            identity = notice.message.identity if notice.message else None
            name = one_line(identity.person.name or identity.shown, 200) if identity else ""
            return _("%(name)s wrote") % {"name": name} if name else _("The customer wrote")
        case Kind.GIVEN:
            return _("%(name)s gave you this request") % {"name": by} if by else _("This request is yours now")
        case Kind.MENTION:
            return _("%(name)s mentioned you") % {"name": by} if by else _("You were mentioned")
        case Kind.DUE:
            return _("The deadline of this request is near")
        case Kind.BACK:
            return _("This request was put aside and is back")
        case Kind.TASK:
            return _("A reminder of your to-do list")
        case Kind.NOTE | Kind.ADVICE:
            return _("%(name)s noted") % {"name": by} if by else _("A note was added")
        case Kind.SOLVED:
            return _("What caused this request is solved")
        case _:
            return _failed(notice.delivery)


def _new(ticket: Ticket) -> str:
    """Who asks, and whom: also where their words do not go by mail."""
    known = ticket.requester.identities.exclude(shown="").order_by("id").values_list("shown", flat=True)
    name = one_line(ticket.requester.name or known.first() or "", 200)
    said = {"name": name, "team": ticket.team.name}
    if not name:
        return _("A new request of the team %(team)s; nobody has taken it yet") % said
    return _("A new request from %(name)s to the team %(team)s; nobody has taken it yet") % said


def _failed(delivery: Delivery | None) -> str:
    to = {"address": delivery.identity.shown if delivery else ""}
    state = delivery.state if delivery else ""
    if state == Delivery.State.BOUNCED:
        return _("Your answer to %(address)s came back") % to
    if state == Delivery.State.DOUBTFUL:
        return _("It is not known whether your answer to %(address)s has gone") % to
    return _("Your answer to %(address)s was refused") % to


def _text(notice: Notice, viewer: Viewer, decided: Rules) -> str:
    """The words that a notice is about: the customer's only where the owner lets them go by mail."""
    if notice.kind == Kind.FAILED:
        return explain(notice.delivery) if notice.delivery else ""
    if notice.note_id is not None:
        row = NoteText.objects.filter(note=notice.note_id).order_by("-version").first()
        return _cut(row.text if row else "")
    if not decided.words:
        return ""
    if notice.ticket is None:
        return ""
    message = notice.message or _asked(notice.ticket, newest=notice.kind in (Kind.GIVEN, Kind.DUE, Kind.BACK))
    if message is None or message.hidden_at or message.erased_at or message.unsent_at:
        return ""
    if not access.readable_messages(viewer, message.dialog, [message.id]):
        return ""
    words = MessageText.objects.filter(message=message).order_by("-version").first()
    return _cut(words.text.removesuffix(words.quoted)) if words else ""


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + " […]"


def _asked(ticket: Ticket, *, newest: bool) -> Message | None:
    """What the customer said first in a request, or last."""
    links = Link.objects.filter(ticket=ticket, ended_act=None, message__author=Message.Author.CUSTOMER)
    order = ("-arrived_at", "-message_id") if newest else ("arrived_at", "message_id")
    link = links.select_related("message__dialog__channel").order_by(*order).first()
    return link.message if link else None


def _stands_for(ticket: Ticket, viewer: Viewer) -> int | None:
    """The newest message of a request by which an answer finds it: one that belongs to no other request and that its
    person may read."""
    family = access.family_for(viewer, ticket)
    links = Link.objects.filter(ticket__in=family, ended_act=None, message__unsent_at=None)
    for message in links.order_by("-arrived_at", "-message_id").values_list("message_id", flat=True)[:LOOKED_AT]:
        homes = Link.objects.filter(message=message, ended_act=None).values_list("ticket_id", flat=True)
        if all(access.survivor_id(home) == ticket.id for home in homes):
            return int(message)
    return None
