"""The life of one made-up ticket, told in order of time; keeps all that lists show true, as the verbs would.

Instants are whole seconds since 1970. With `true_actors` events say who acted (the demo); without, they are an import's
(the seed), which no effect ever answers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from vikno.core.text import one_line
from vikno.dialogs.models import Attachment, Delivery, Dialog, Message, MessageText, Participant
from vikno.journal.acts import Kind
from vikno.journal.models import Event, EventTicket
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.creating import FIRST_NUMBER
from vikno.tickets.models import (
    Follower,
    Link,
    Merge,
    Note,
    NoteText,
    Opened,
    Stage,
    Ticket,
    TicketNumber,
    TicketTag,
    Wording,
)  # fmt: skip
from vikno.welcome.bulk import Bulk, Table, instant


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: ids of the person and of the address that they write from."""

    id: int
    identity: int
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What stories happen in: ids of the company's rows. `statuses` are by stage, the first of each is the default;
    `priorities` by rank."""

    brand: int
    statuses: dict[str, list[int]]
    priorities: dict[int, int]
    true_actors: bool
    act: int
    now: int
    host: str


def tables() -> Bulk:
    """The tables that stories write, those that are pointed to first: while SQLite owes the check of a foreign key,
    each row added to a table that others point to costs it a walk through all of these."""
    return Bulk(
        numbers=Table(TicketNumber, "id"),
        dialogs=Table(
            Dialog, "id", "channel_id", "identity_id", "side", "address_id", "created_at", "last_message_at", "unlinked"
        ),
        tickets=Table(
            Ticket, "id", "number", "subject", "brand_id", "channel_id", "team_id", "agent_id", "status_id", "stage",
            "priority_id", "priority_rank", "type_id", "category_id", "requester_id", "identity_id", "contract_id",
            "ip", "language", "entered_by_id", "restricted", "merged_into_id", "version", "created_at", "asked_at",
            "updated_at", "due_at", "due_is_day", "first_reply_at", "waiting_since", "answered_at", "closed_at",
            "opened_at", "last_dialog_id", "preview", "last_in_at",
        ),
        wordings=Table(Wording, "id", "ticket_id", "field", "text"),
        participants=Table(Participant, "dialog_id", "identity_id", "role", "since", "added_by_kind"),
        messages=Table(
            Message, "id", "dialog_id", "author", "identity_id", "agent_id", "entered_by_id", "kind", "said_at",
            "arrived_at", "foreign_id", "answers_id", "subject", "language", "authenticated", "trust",
        ),
        texts=Table(MessageText, "message_id", "version", "text", "html", "quoted", "in_frame", "at"),
        attachments=Table(
            Attachment, "message_id", "file_id", "name", "type", "size", "content_id", "inline", "position"
        ),
        deliveries=Table(
            Delivery, "message_id", "channel_id", "identity_id", "role", "state", "attempts", "not_before", "sent_at",
            "reason", "created_at",
        ),
        links=Table(Link, "message_id", "ticket_id", "arrived_at", "act"),
        notes=Table(Note, "id", "ticket_id", "agent_id", "at"),
        note_texts=Table(NoteText, "note_id", "version", "text", "html", "at"),
        ticket_tags=Table(TicketTag, "ticket_id", "tag_id"),
        followers=Table(Follower, "ticket_id", "agent_id"),
        opened=Table(Opened, "ticket_id", "agent_id", "at"),
        merges=Table(Merge, "absorbed_id", "survivor_id", "act"),
        events=Table(
            Event, "id", "recorded_at", "at", "verb", "actor_kind", "actor_id", "act", "dialog_id", "message_id",
            "person_id", "delta",
        ),
        event_tickets=Table(EventTicket, "event_id", "ticket_id", "version"),
    )  # fmt: skip


class Story:
    """One ticket with its dialog. Call its methods in order of time, then `end`."""

    __slots__ = (
        "act", "address", "agent", "answered", "asked", "bulk", "category", "channel", "closed", "contract", "created",
        "dialog", "due", "due_is_day", "entered_by", "first_reply", "here", "id", "ip", "language", "last", "last_in",
        "last_said",
        "mail", "merged_into", "number", "opened", "person", "preview", "priority", "restricted", "stage", "status",
        "subject", "team", "type", "version", "waiting",
    )  # fmt: skip

    def __init__(
        self, here: Setting, bulk: Bulk, person: Person, at: int, *, subject: str, channel: int, team: int,
        address: int | None = None, mail: bool = True, type: int | None = None, category: int | None = None,
        priority: int = 0, contract: int | None = None, ip: str | None = None, entered_by: int | None = None,
        act: int | None = None,
    ) -> None:  # fmt: skip
        self.here, self.bulk, self.person, self.act = here, bulk, person, here.act if act is None else act
        self.subject, self.channel, self.team, self.address, self.mail = subject, channel, team, address, mail
        self.type, self.category, self.priority, self.contract = type, category, priority, contract
        self.ip, self.entered_by, self.language = ip, entered_by, person.language
        self.id, number, self.dialog = next(bulk.tickets.ids), next(bulk.numbers.ids), next(bulk.dialogs.ids)
        wording = next(bulk.wordings.ids)
        self.number = FIRST_NUMBER + number
        bulk.numbers.rows.append((number,))
        bulk.wordings.rows.append((wording, self.id, "subject", subject))
        self.created = self.last = at
        self.stage: str = Stage.NEW
        self.status = here.statuses[Stage.NEW][0]
        self.version = 0
        nobody: int | None = None
        self.agent = self.asked = self.first_reply = self.waiting = self.answered = self.closed = self.opened = nobody
        self.due = self.merged_into = self.last_said = self.last_in = nobody
        self.due_is_day = self.restricted = False
        self.preview = ""
        self._event(Verb.DIALOG_OPENED, at, by_person=True)
        self._event(Verb.TICKET_CREATED, at, {
            "status": [None, self.status], "stage": [None, "new"], "team": [None, team],
            "priority": [None, here.priorities[priority]], "channel": [None, channel], "subject": [None, wording],
        }, by_person=True)  # fmt: skip

    # ---- what people say ------------------------------------------------------------------------------------------

    def asks(self, at: int, text: str, html: str = "", kind: str = "ordinary", in_frame: bool = False) -> int:
        """The customer writes; answers the message's id. Wakes a waiting ticket and reopens a closed one."""
        delta: dict[str, Any] = {}
        closed = self.stage == Stage.CLOSED
        self.last_in = at
        if kind == "ordinary":
            if self.asked is None:
                self.asked = at
                delta["asked_at"] = [None, iso(at)]
            if self.waiting is None:
                self.waiting = at
                delta["waiting_since"] = [None, iso(at)]
            if closed or self.stage == Stage.WAITING:
                delta |= self._stage(at, Stage.OPEN if self.agent else Stage.NEW, None)
        message = self._say(at, text, html, "customer", None, kind, in_frame)
        self._event(Verb.MESSAGE_RECEIVED, at, self._of_tickets(delta), message=message, by_person=True)
        if closed and kind == "ordinary":
            self._event(Verb.TICKET_REOPENED, at, message=message, by_person=True)
        return message

    def replies(self, at: int, agent: int, text: str, html: str = "", state: str = "sent", reason: str = "") -> int:
        """An agent answers and, if nobody had, takes the ticket; answers the message's id."""
        delta: dict[str, Any] = {"answered_at": [self.answered and iso(self.answered), iso(at)]}
        if self.waiting is not None:
            delta["waiting_since"] = [iso(self.waiting), None]
        if self.first_reply is None:
            self.first_reply = at
            delta["first_reply_at"] = [None, iso(at)]
        if self.agent is None:
            self.agent = agent
            delta["agent"] = [None, agent]
        if self.stage == Stage.NEW:
            delta |= self._stage(at, Stage.OPEN, None)
        self.answered, self.waiting = at, None
        message = self._say(at, text, html, "agent", agent, "ordinary", False)
        self._event(Verb.MESSAGE_SENT, at, self._of_tickets(delta), message=message, agent=agent)
        if self.mail:
            self._deliver(at, message, state, reason)
        return message

    def _deliver(self, at: int, message: int, state: str, reason: str) -> None:
        when = instant(at)
        self.bulk.deliveries.rows.append(
            (message, self.channel, self.person.identity, "to", state, 1, when, when, reason, when)
        )
        if state == "sent":
            self._event(Verb.DELIVERY_SENT, at + 11, message=message, by_system=True)
        elif state in ("bounced", "refused"):
            verb = Verb.DELIVERY_BOUNCED if state == "bounced" else Verb.DELIVERY_REFUSED
            self._event(verb, at + 60, message=message, by_system=True)

    def _say(self, at: int, text: str, html: str, author: str, agent: int | None, kind: str, in_frame: bool) -> int:
        bulk, when, message = self.bulk, instant(at), next(self.bulk.messages.ids)
        customer = author == "customer"
        bulk.messages.rows.append((
            message, self.dialog, author, self.person.identity if customer else None, agent,
            self.entered_by if customer else None, kind, when, when,
            f"<{message}.{self.number}@{self.here.host}>" if self.mail else "", self.last_said,
            f"Re: {self.subject}" if self.last_said and self.mail else self.subject, self.language, False, "{}",
        ))  # fmt: skip
        bulk.texts.rows.append((message, 1, text, html, "", in_frame, when))
        bulk.links.rows.append((message, self.id, when, self.act))
        self.last_said, self.preview = message, one_line(text[:400], 160)
        return message

    def _of_tickets(self, delta: dict[str, Any]) -> dict[str, Any]:
        return {"tickets": {str(self.id): delta}}

    def attach(self, message: int, file: int, name: str, type: str, size: int, content_id: str = "") -> None:
        self.bulk.attachments.rows.append((message, file, name, type, size, content_id, bool(content_id), 0))

    def notes(self, at: int, agent: int, text: str, html: str = "") -> None:
        note, when = next(self.bulk.notes.ids), instant(at)
        self.bulk.notes.rows.append((note, self.id, agent, when))
        self.bulk.note_texts.rows.append((note, 1, text, html, when))
        self._event(Verb.NOTE_ADDED, at, {"note": [None, note]}, agent=agent)

    # ---- what is done with it -------------------------------------------------------------------------------------

    def opens(self, at: int, agent: int) -> None:
        """An agent looks at it. Breath: no event tells of it."""
        if self.opened is None:
            self.opened = at
        self.bulk.opened.rows.append((self.id, agent, instant(at)))

    def assign(self, at: int, agent: int | None, by: int | None = None) -> None:
        """Make an agent responsible; a new ticket that is taken is open."""
        delta: dict[str, Any] = {"agent": [self.agent, agent]}
        self.agent = agent
        if agent is not None and self.stage == Stage.NEW:
            delta |= self._stage(at, Stage.OPEN, None)
        self._event(Verb.TICKET_ASSIGNED, at, delta, agent=by or agent)

    def turn(self, at: int, stage: str, agent: int | None, status: int | None = None) -> None:
        """Set the status: a given one, or the first of the stage."""
        self._event(Verb.TICKET_STATUS, at, self._stage(at, stage, status), agent=agent)

    def _stage(self, at: int, stage: str, status: int | None) -> dict[str, Any]:
        status = status or self.here.statuses[stage][0]
        delta: dict[str, Any] = {"status": [self.status, status], "stage": [str(self.stage), str(stage)]}
        was_closed, self.status, self.stage = self.closed, status, stage
        self.closed = (was_closed or at) if stage == Stage.CLOSED else None
        if was_closed != self.closed:
            delta["closed_at"] = [was_closed and iso(was_closed), self.closed and iso(self.closed)]
        if self.closed and self.waiting is not None:
            delta["waiting_since"], self.waiting = [iso(self.waiting), None], None
        return delta

    def tag(self, at: int, tags: list[int], agent: int | None) -> None:
        self.bulk.ticket_tags.rows += [(self.id, tag) for tag in tags]
        self._event(Verb.TICKET_TAGGED, at, {"tags": [[], tags]}, agent=agent)

    def set_due(self, at: int, due: int, day: bool, agent: int) -> None:
        self.due, self.due_is_day = due, day
        self._event(Verb.TICKET_CHANGED, at, {"due_at": [None, iso(due)], "due_is_day": [False, day]}, agent=agent)

    def restrict(self, at: int, agent: int) -> None:
        self.restricted = True
        self._event(Verb.TICKET_CHANGED, at, {"restricted": [False, True]}, agent=agent)

    def follow(self, at: int, agent: int) -> None:
        self.bulk.followers.rows.append((self.id, agent))
        self._event(Verb.TICKET_FOLLOWED, at, {"follower": [None, agent]}, agent=agent)

    def merge_into(self, at: int, survivor: Story, agent: int) -> None:
        """Be absorbed. The survivor's story must not have ended yet."""
        self.merged_into = survivor.id
        self.bulk.merges.rows.append((self.id, survivor.id, self.act))
        survivor.version += 1
        delta = {"tickets": {str(self.id): {"merged_into": [None, survivor.id]}}}
        event = self._event(Verb.TICKET_MERGED, at, delta, agent=agent)
        self.bulk.event_tickets.rows.append((event, survivor.id, survivor.version))
        survivor.last = max(survivor.last, at)

    # ---- writing it down ------------------------------------------------------------------------------------------

    def _event(
        self, verb: Verb, at: int, delta: dict[str, Any] | None = None, *, message: int | None = None,
        agent: int | None = None, by_person: bool = False, by_system: bool = False,
    ) -> int:  # fmt: skip
        here, bulk = self.here, self.bulk
        event, when = next(bulk.events.ids), instant(at)
        kind, actor = str(Kind.IMPORT), None
        recorded = when
        if not here.true_actors:
            recorded = instant(here.now)
        elif agent is not None:
            kind, actor = str(Kind.AGENT), agent
        elif by_person and not self.entered_by:
            kind, actor = str(Kind.PERSON), self.person.id
        elif self.entered_by and not by_system:
            kind, actor = str(Kind.AGENT), self.entered_by
        else:
            kind = str(Kind.SYSTEM)
        bulk.events.rows.append((
            event, recorded, when, str(verb), kind, actor, self.act, self.dialog, message, self.person.id,
            json.dumps(delta) if delta else "{}",
        ))  # fmt: skip
        self.version += 1
        bulk.event_tickets.rows.append((event, self.id, self.version))
        if at > self.last:
            self.last = at
        return event

    def end(self) -> None:
        """Write the ticket and its dialog as they stand now."""
        here, bulk = self.here, self.bulk
        bulk.dialogs.rows.append((
            self.dialog, self.channel, self.person.identity, "customer", self.address, instant(self.created),
            instant(self.last), 0,
        ))  # fmt: skip
        bulk.participants.rows.append(
            (self.dialog, self.person.identity, "to", instant(self.created), "person" if here.true_actors else "import")
        )
        bulk.tickets.rows.append((
            self.id, self.number, self.subject, here.brand, self.channel, self.team, self.agent, self.status,
            str(self.stage), here.priorities[self.priority], self.priority, self.type, self.category, self.person.id,
            self.person.identity, self.contract, self.ip, self.language, self.entered_by, self.restricted,
            self.merged_into, self.version, instant(self.created), _when(self.asked), instant(self.last),
            _when(self.due), self.due_is_day, _when(self.first_reply), _when(self.waiting), _when(self.answered),
            _when(self.closed), _when(self.opened), self.dialog, self.preview, _when(self.last_in),
        ))  # fmt: skip


def iso(seconds: int) -> str:
    """An instant as events keep it."""
    return instant(seconds).replace(" ", "T") + "+00:00"


def _when(seconds: int | None) -> str | None:
    return None if seconds is None else instant(seconds)
