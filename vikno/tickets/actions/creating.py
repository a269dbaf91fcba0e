"""Verbs that bring a ticket into being."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock, rows
from vikno.core.models import Brand
from vikno.core.subjects import bare
from vikno.core.text import one_line
from vikno.dialogs.models import Attachment, Channel, Message
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.models import Contract, Identity, Person
from vikno.staff.models import Agent, Membership, Team
from vikno.tickets.actions.changing import Invalid, code
from vikno.tickets.directory import directory
from vikno.tickets.models import Category, Priority, Stage, Status, Ticket, TicketNumber, TicketType, Wording
from vikno.tickets.subjects import NO_WORDS

FIRST_NUMBER = 1000  # so that the first customer does not learn that they are the first


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What is known of a ticket when it begins. The rest follows from the channel and the company's words."""

    subject: str
    channel: Channel
    requester: Person
    identity: Identity | None = None
    team: Team | None = None
    agent: Agent | None = None
    brand: Brand | None = None
    priority: Priority | None = None
    type: TicketType | None = None
    category: Category | None = None
    status: Status | None = None
    description: str = ""
    ip: str | None = None
    language: str = ""
    entered_by_id: int | None = None
    restricted: bool = False
    created_at: datetime | None = None


def default_status(stage: str) -> Status:
    """The status that a stage begins with; without a marked one, the first in order. Raises Status.DoesNotExist."""
    found = directory().defaults.get(stage)
    if found is None:
        found = Status.objects.filter(stage=stage, archived_at=None).order_by("-default", "position", "id").first()
    if found is None:
        raise Status.DoesNotExist(f"no status of stage {stage}")
    return found


def default_priority() -> Priority:
    """The ordinary priority: rank 0, or the nearest there is."""
    return directory().ordinary or min(Priority.objects.filter(archived_at=None), key=lambda one: abs(one.rank))


def is_able(agent: Agent, team: Team) -> bool:
    """Whether this agent could be responsible for a ticket of this team: at work, answering, and no outsider to a
    closed one."""
    if not agent.active or agent.role == Agent.Role.OBSERVER:
        return False
    return team.openness != Team.Openness.CLOSED or Membership.objects.filter(team=team, agent=agent).exists()


def hold(agent: Agent) -> Agent:
    """The agent, fresh, who cannot leave until the transaction ends. Call it before a ticket is locked: whoever leaves
    is locked first too, and then the tickets that they give back."""
    return Agent.objects.select_for_update(no_key=True).get(id=agent.id)


def must_be_able(agent: Agent, team: Team) -> None:
    """Raises Invalid, in words, for an agent (see `hold`) who cannot be responsible."""
    if is_able(agent, team):
        return
    if not agent.active or agent.role == Agent.Role.OBSERVER:
        raise Invalid(_("This colleague cannot answer tickets. Choose another one."))
    raise Invalid(_("This team is closed: only its members can be responsible for its tickets."))


def team_of(channel: Channel, team: Team | None = None, category: Category | None = None) -> Team:
    """The team that a ticket begins with: the one that was named, else that of its category, else of its channel."""
    return team or (category.team if category else None) or channel.team


def create(new: NewTicket, *, by: Act) -> Ticket:
    """A new ticket with a number, a team and the first status. Its first message is linked by the caller. Raises
    Invalid for an agent who cannot be responsible."""
    with transaction.atomic(savepoint=False):
        status = new.status or default_status(Stage.OPEN if new.agent else Stage.NEW)
        priority = new.priority or default_priority()
        team = team_of(new.channel, new.team, new.category)
        if new.agent is not None:
            must_be_able(hold(new.agent), team)
        now = new.created_at or clock.now()
        ticket = Ticket(
            number=FIRST_NUMBER + rows.add(TicketNumber(), in_turn=True).pk,
            subject=one_line(new.subject, 500),
            description=new.description,
            brand=new.brand or new.channel.brand,
            channel=new.channel,
            team=team,
            agent=new.agent,
            status=status,
            stage=status.stage,
            priority=priority,
            priority_rank=priority.rank,
            type=new.type,
            category=new.category,
            requester=new.requester,
            identity=new.identity,
            contract=_only_contract(new.requester),
            ip=new.ip,
            language=new.language,
            entered_by_id=new.entered_by_id,
            restricted=new.restricted,
            created_at=now,
            updated_at=now,
            closed_at=now if status.stage == Stage.CLOSED else None,
        )
        wording = Wording(ticket=ticket, field="subject", text=ticket.subject)
        rows.add_both(ticket, wording, "ticket")
        first = ("team", "agent", "status", "stage", "priority", "type", "category", "channel", "restricted")
        delta = {name: [None, code(getattr(ticket, name))] for name in first if getattr(ticket, name) is not None}
        delta["subject"] = [None, wording.id]
        record(by, Verb.TICKET_CREATED, tickets=[(ticket.id, 1)], person=new.requester.id, delta=delta)
    return ticket


def _only_contract(person: Person) -> Contract | None:
    """The contract to which a request is bound by itself: the person's or their organisation's, if there is just
    one."""
    found = rows.find(Contract, "person_id = %s OR organisation_id = %s", person.id, person.organisation_id)
    own = [contract for contract in found if contract.person_id] or found
    return own[0] if len(own) == 1 else None


def subject_from(message_subject: str, text: str, files: Iterable[str] = ()) -> str:
    """A ticket's subject: the message's own without "Re:" and "Fwd:", else its first words, else the names of its
    files; NO_WORDS where there is nothing of these."""
    subject = one_line(message_subject, 500)
    return bare(subject) or one_line(text, 80) or subject or one_line(", ".join(filter(None, files)), 80) or NO_WORDS


def file_names(message: Message) -> list[str]:
    """What the files of a message are called, in their order."""
    return list(Attachment.objects.filter(message=message).order_by("position", "id").values_list("name", flat=True))
