"""The only way to a ticket, and to what was said in it. Every page, list, count, stream and API answer comes through
here.

Sight of a message comes from its tickets, never from its dialog: it is seen if a ticket that it is linked to now is
seen, or, if it has no link, by who may read the team that serves the channel.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from vikno.core import rows
from vikno.core.one_of import one_of
from vikno.dialogs.models import Addressee, Attachment, Delivery, Dialog, Message
from vikno.people.models import Organisation, Person
from vikno.people.queries import one_human
from vikno.staff.access import Face, NotAllowed, Viewer
from vikno.staff.models import Agent, Membership, Team
from vikno.tickets.models import Follower, Link, Mention, NoteAttachment, Ticket

BIGGEST = 2**63 - 1  # that a database takes for a number
AMONG = 500  # messages that are looked at for whether some are hidden


class NoSuchTicket(LookupError):
    """There is no ticket of this number, or none that the viewer may see: the two are not told apart."""


class NoSuchMessage(LookupError):
    """There is no such message, or none that the viewer may see."""


def visible(viewer: Viewer) -> Q:
    """The condition on tickets under which this viewer sees them (design: Sight)."""
    if viewer.face == Face.SYSTEM:
        return Q()
    if viewer.face == Face.PORTAL or viewer.agent_id is None:
        return Q(requester_id__in=viewer.persons)
    mine = Q(agent_id=viewer.agent_id)
    following = Exists(Follower.objects.filter(ticket=OuterRef("pk"), agent=viewer.agent_id))
    mentioned = Exists(Mention.objects.filter(ticket=OuterRef("pk"), agent=viewer.agent_id))
    readable, guest = _in(viewer.readable), _in(viewer.guest)
    if viewer.sees_all_teams:
        by_team, team_at_all = Q(), Q()
    else:
        by_team, team_at_all = readable | guest & (mine | Q(following) | Q(mentioned)), readable | guest
    plain = Q(restricted=False) & by_team
    # A restriction adds to the rule of the team, it does not replace it: a closed team stays closed.
    restricted = Q(restricted=True) & team_at_all & (mine | Q(following) | _in(viewer.leads))
    seen = plain | restricted
    if viewer.anyway:
        seen |= Q(pk__in=viewer.anyway)
    if viewer.only_teams:
        seen &= _in(viewer.only_teams)
    # What one asked for oneself one sees as every customer does, never with the notes about it.
    return seen & ~Q(requester_id__in=viewer.persons) if viewer.persons else seen


def _in(teams: Collection[int]) -> Q:
    return one_of("team_id", teams)


def tickets_for(viewer: Viewer) -> QuerySet[Ticket]:
    """All tickets that the viewer may see, merged and deleted ones included."""
    return _seen_by(viewer).all()


@lru_cache(maxsize=2000)
def _seen_by(viewer: Viewer) -> QuerySet[Ticket]:
    """Put together once for each viewer: it follows from the viewer alone, and takes longer than many a question."""
    return Ticket.objects.filter(visible(viewer))


@lru_cache(maxsize=2000)
def where(viewer: Viewer) -> tuple[str, tuple[Any, ...]]:
    """The same condition as SQL for the hot lists, over the table "tickets_ticket"; made once for each viewer."""
    return rows.condition_of(tickets_for(viewer))


def ticket_for(viewer: Viewer, number: int) -> Ticket:
    """The ticket of this number. Raises NoSuchTicket."""
    if not 0 < number <= BIGGEST:
        raise NoSuchTicket(number)
    seen, values = where(viewer)
    names = ("requester", "identity", "channel", "contract")
    found = rows.find_with(Ticket, names, f"({seen}) AND tickets_ticket.number = %s", *values, number)
    if not found:
        raise NoSuchTicket(number)
    requester = found[0].requester
    if requester.organisation_id:
        (requester.organisation,) = rows.find(Organisation, "id = %s", requester.organisation_id)
    return found[0]


def own_requests(customer: Viewer) -> QuerySet[Ticket]:
    """What this customer asked for, as lists show it: without what lies in the bin, and without what was merged into
    another of theirs."""
    elsewhere = Q(merged_into=None) | ~Q(merged_into__requester__in=customer.persons)
    return tickets_for(customer).filter(elsewhere, deleted_at=None)


def seen_of(viewer: Viewer, ticket_ids: Iterable[int]) -> set[int]:
    """Which of these tickets the viewer sees by their own right."""
    return set(tickets_for(viewer).filter(id__in=list(ticket_ids)).values_list("id", flat=True))


def out_of_everybodys_sight() -> QuerySet[Ticket]:
    """Restricted tickets that no colleague reads who still works here: whoever was responsible or followed has left,
    and so has the lead of the team. The same condition as in `visible`, asked of all active agents at once."""
    follows = Exists(Follower.objects.filter(agent=OuterRef("pk"), ticket=OuterRef(OuterRef("pk"))))
    member = Membership.objects.filter(agent=OuterRef("pk"), team=OuterRef(OuterRef("team")))
    closed = Exists(Team.objects.filter(id=OuterRef(OuterRef("team")), openness=Team.Openness.CLOSED))
    named = Q(id=OuterRef("agent")) | follows | Exists(member.filter(lead=True))
    readers = Agent.objects.filter(named, Exists(member) | ~closed, active=True).exclude(person=OuterRef("requester"))
    unread = Q(~Exists(readers))
    for asked, agents in _agents_of_several_persons():  # on their own requests they are customers, whoever asked
        unread |= Q(requester_id__in=asked) & Q(~Exists(readers.exclude(id__in=agents)))
    return Ticket.objects.filter(unread, restricted=True)


def _agents_of_several_persons() -> list[tuple[list[int], list[int]]]:
    """For each human at work whose person was joined with others: the ids of all these persons, and of the agents among
    them."""
    joined = Q(joined_to__isnull=False) | Q(joined__isnull=False)
    at_work = Person.objects.filter(joined, agent__active=True).values_list("id", "agent__id")
    humans: dict[tuple[int, ...], list[int]] = {}
    for person_id, agent_id in set(at_work):
        humans.setdefault(tuple(sorted(one_human(person_id))), []).append(agent_id)
    return [(list(persons), agents) for persons, agents in humans.items()]


def must_write(viewer: Viewer) -> None:
    """Raises NotAllowed for who may look but not change (observers, reading tokens, customers on the desk)."""
    if viewer.face != Face.SYSTEM and not viewer.may_write:
        raise NotAllowed(_("Your role does not include this. Ask an owner or the lead of the team."))


def must_note(viewer: Viewer) -> None:
    """Raises NotAllowed for who may not even write a note."""
    if viewer.face != Face.SYSTEM and not viewer.may_note:
        raise NotAllowed(_("This login is not one of an agent. Ask an owner for an invitation."))


# ---- merged tickets are read as one set ------------------------------------------------------------------------------


def family(ticket_id: int) -> list[int]:
    """The ids of the set that a ticket is read as: itself and all that were merged into it, however deep."""
    found, edge = [ticket_id], [ticket_id]
    while edge:
        absorbed = f"SELECT id FROM tickets_ticket WHERE merged_into_id IN ({rows.places(edge)}) ORDER BY id"
        edge = [pk for (pk,) in rows.run(absorbed, *edge)]
        found += edge
    return found


def survivor_id(ticket_id: int) -> int:
    """The ticket that this one is now part of; itself if it was not merged."""
    into: int | None = ticket_id
    while into is not None:
        ticket_id = into
        found = rows.run("SELECT merged_into_id FROM tickets_ticket WHERE id = %s", ticket_id)
        if not found:
            raise Ticket.DoesNotExist(ticket_id)
        [(into,)] = found
    return ticket_id


def survivor_number(ticket: Ticket) -> int:
    """The number of the ticket that this one is read as."""
    return Ticket.objects.values_list("number", flat=True).get(id=survivor_id(ticket.id))


def family_for(viewer: Viewer, ticket: Ticket) -> list[int]:
    """The part of a ticket's set that this viewer may read, `ticket` (already seen) first.

    An absorbed ticket is read with its survivor, unless it is restricted or of a team that is closed to the viewer:
    then only its own rule lets it be read, so that a merge opens nothing.
    """
    others = family(ticket.id)[1:]
    if not others or viewer.face == Face.SYSTEM:
        return [ticket.id, *others]
    return [ticket.id, *sorted(_with_survivor(viewer, others) | seen_of(viewer, others))]


def absorbed_for(viewer: Viewer, ticket_ids: Iterable[int]) -> dict[int, int]:
    """What these tickets (already seen) absorbed, however deep, as far as the viewer may read it (see `family_for`):
    each with the one of these that it is read with."""
    found: dict[int, int] = {}
    edge = {pk: pk for pk in ticket_ids}
    while edge:
        absorbed = Ticket.objects.filter(merged_into__in=list(edge)).values_list("id", "merged_into_id")
        edge = {pk: edge[into] for pk, into in absorbed}
        found |= edge
    if not found or viewer.face == Face.SYSTEM:
        return found
    read = _with_survivor(viewer, found) | seen_of(viewer, found)
    return {pk: of for pk, of in found.items() if pk in read}


def _with_survivor(viewer: Viewer, absorbed: Iterable[int]) -> set[int]:
    """Those of absorbed tickets that need no right of their own once their survivor is seen."""
    found = Ticket.objects.filter(id__in=list(absorbed), restricted=False)
    if not viewer.sees_all_teams and viewer.face != Face.PORTAL:
        found = found.filter(_in(viewer.readable | viewer.guest))
    if viewer.only_teams:
        found = found.filter(_in(viewer.only_teams))
    if viewer.face == Face.PORTAL:  # another customer's request merged into mine stays theirs
        found = found.filter(requester_id__in=viewer.persons)
    elif viewer.persons:
        found = found.exclude(requester_id__in=viewer.persons)
    return set(found.values_list("id", flat=True))


def contributing(viewer: Viewer, ticket_ids: Iterable[int]) -> set[int]:
    """Those of these tickets whose messages the viewer may read: seen by their own right, or absorbed by one that
    is."""
    ids = set(ticket_ids)
    seen = seen_of(viewer, ids)
    rest = ids - seen
    if not rest:
        return seen
    merged = set(Ticket.objects.filter(id__in=rest, merged_into__isnull=False).values_list("id", flat=True))
    for one in _with_survivor(viewer, merged):
        if seen_of(viewer, [survivor_id(one)]):
            seen.add(one)
    return seen


# ---- messages --------------------------------------------------------------------------------------------------------


def readable_messages(viewer: Viewer, dialog: Dialog, message_ids: Collection[int]) -> set[int]:
    """Which of these messages of one dialog the viewer may read. In place of the rest a page says that some messages
    belong to requests the viewer may not see, and no more."""
    ids = set(message_ids)
    if viewer.face == Face.SYSTEM:
        return ids
    if viewer.face == Face.PORTAL:
        if dialog.side != Dialog.Side.CUSTOMER:
            return set()
        shown = Message.objects.filter(id__in=ids, unsent_at=None, hidden_at=None)
        ids = told(viewer.persons, dialog, list(shown))
    links = list(Link.objects.filter(message_id__in=ids, ended_act=None).values_list("message_id", "ticket_id"))
    seen = contributing(viewer, {ticket for _, ticket in links})
    readable = {message for message, ticket in links if ticket in seen}
    if viewer.face != Face.PORTAL and _reads_team(viewer, dialog.channel.team_id):
        readable |= ids - {message for message, _ in links}
    return readable


def hides_messages(viewer: Viewer, ticket_ids: Sequence[int]) -> bool:
    """Whether the dialogs of these tickets, which the viewer sees, hold messages that the viewer may not read: so much
    is said, and no more. The newest ones are looked at (AMONG)."""
    own = rows.places(ticket_ids)
    found = rows.run(_NOT_OF_THESE.format(own=own), *ticket_ids, *ticket_ids, AMONG)
    seen = contributing(viewer, {ticket for _, _, ticket in found if ticket is not None})
    readable: dict[int, bool] = {}
    for message, team, ticket in found:
        may = ticket in seen if ticket is not None else _reads_team(viewer, team)
        readable[message] = readable.get(message, False) or may
    return viewer.face != Face.SYSTEM and not all(readable.values())


_NOT_OF_THESE = """
SELECT o.id, c.team_id, l.ticket_id FROM dialogs_message o
JOIN dialogs_dialog d ON d.id = o.dialog_id JOIN dialogs_channel c ON c.id = d.channel_id
LEFT JOIN tickets_link l ON l.message_id = o.id AND l.ended_act IS NULL
WHERE o.unsent_at IS NULL AND o.dialog_id IN (
    SELECT m.dialog_id FROM tickets_link k JOIN dialogs_message m ON m.id = k.message_id
    WHERE k.ticket_id IN ({own}) AND k.ended_act IS NULL
) AND NOT EXISTS (
    SELECT 1 FROM tickets_link k WHERE k.message_id = o.id AND k.ended_act IS NULL AND k.ticket_id IN ({own})
) ORDER BY o.id DESC LIMIT %s
"""


def told(human: Collection[int], dialog: Dialog, said: Collection[Message]) -> set[int]:
    """Those of these messages of one dialog that this human (ids of persons) wrote or was told. Of a letter those who
    got it, or whom it names, were told; of what names nobody, such as a call, the counterpart."""
    ids = [one.id for one in said]
    sent = Delivery.objects.filter(message__in=ids).exclude(state=Delivery.State.CANCELLED)
    got: dict[int, set[int]] = {}
    for found in (sent, Addressee.objects.filter(message__in=ids)):
        for message, person in found.values_list("message_id", "identity__person_id"):
            got.setdefault(message, set()).add(person)
    wrote = dict(Message.objects.filter(id__in=ids).values_list("id", "identity__person_id"))
    mine, told = set(human), set()
    for one in said:
        by_us = one.author != Message.Author.CUSTOMER
        to = got.get(one.id) or ({dialog.identity.person_id} if by_us else set())
        if mine & to or (not by_us and wrote[one.id] in mine):
            told.add(one.id)
    return told


def _reads_team(viewer: Viewer, team_id: int) -> bool:
    return (viewer.sees_all_teams or team_id in viewer.readable) and (
        not viewer.only_teams or team_id in viewer.only_teams
    )


def loose_among(viewer: Viewer, message_ids: Collection[int]) -> dict[int, bool]:
    """Those of these messages that belong to no ticket now, each with whether the viewer may read it."""
    linked = Exists(Link.objects.filter(message=OuterRef("pk"), ended_act=None))
    loose = Message.objects.filter(~linked, id__in=list(message_ids)).values_list("id", "dialog__channel__team_id")
    system, portal = viewer.face == Face.SYSTEM, viewer.face == Face.PORTAL
    return {message: system or (not portal and _reads_team(viewer, team)) for message, team in loose}


def message_for(viewer: Viewer, message_id: int) -> Message:
    """One message. Raises NoSuchMessage."""
    message = Message.objects.select_related("dialog__channel").filter(id=message_id).first()
    if message is None or not readable_messages(viewer, message.dialog, [message.id]):
        raise NoSuchMessage(message_id)
    return message


def attachment_for(viewer: Viewer, attachment_id: int) -> Attachment:
    """A file of a message that the viewer may read, with its file. Raises NoSuchMessage, also for what its author
    wants gone: nobody is given that until it is shown again."""
    row = Attachment.objects.select_related("file").filter(id=attachment_id).first()
    message = message_for(viewer, row.message_id if row else 0)
    if row is None or message.hidden_at or message.erased_at:
        raise NoSuchMessage(message.id)
    return row


def note_attachment_for(viewer: Viewer, attachment_id: int) -> NoteAttachment:
    """A file of a note on a ticket that the viewer may read, with its file. Raises NoSuchMessage."""
    row = NoteAttachment.objects.select_related("file", "note").filter(id=attachment_id).first()
    if row is None or row.note.ticket_id is None or not contributing(viewer, [row.note.ticket_id]):
        raise NoSuchMessage(attachment_id)
    return row
