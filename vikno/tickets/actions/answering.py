"""Answering: what an agent says to the outside. A reply goes to exactly one dialog, named beside Send."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from vikno.core import clock, rows
from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import NewFile, Said, Words
from vikno.dialogs.channels import KINDS
from vikno.dialogs.models import Channel, ChannelAddress, Dialog, Message, Participant
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.models import Identity
from vikno.people.queries import one_human
from vikno.staff.access import viewer_for_agent
from vikno.staff.models import Agent
from vikno.tickets import access
from vikno.tickets.actions import account, drafts
from vikno.tickets.actions.changing import Changes, Invalid, apply, lock_dialog, lock_with_survivors
from vikno.tickets.actions.creating import default_status, is_able
from vikno.tickets.actions.linking import attach_message, preview_of, shows_words_of
from vikno.tickets.actions.sides import must_be_same_side
from vikno.tickets.models import Link, Stage, Ticket
from vikno.tickets.quoting import Quote, naming, quotation, usual
from vikno.tickets.taking_part import other_side, tied


class NewerMessage(Exception):
    """Something came into the dialog after the agent began to answer. Nothing was sent; the draft is kept."""

    def __init__(self, message_id: int) -> None:
        super().__init__(message_id)
        self.message_id = message_id


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who gets an answer. Without any in `to`: the dialog's counterpart and those who take part in it, and whoever is
    named in copy besides; `alone`: even then nobody but those who are named."""

    to: Sequence[Identity] = ()
    cc: Sequence[Identity] = ()
    bcc: Sequence[Identity] = ()
    alone: bool = field(default=False, kw_only=True)


NOBODY_NAMED = Recipients()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as the agent wrote it. `tickets`: all requests it answers; `seen_message`: the newest one on the
    page; `quote`: what stands below it, None for what is usual in the channel."""

    words: Words
    files: Sequence[NewFile] = ()
    dialog: Dialog | None = None
    recipients: Recipients = field(default_factory=Recipients)
    tickets: Sequence[Ticket] = ()
    seen_message: int | None = None
    quote: Quote | None = None
    to_message: Message | None = None  # the one that it answers, if not the last one from outside


def default_dialog(ticket: Ticket, readable: Sequence[int] | None = None) -> Dialog | None:
    """Where an answer goes unless the agent says otherwise: the dialog of the requester's latest message in this ticket
    that can still carry an answer; what a human said, from an address that is not blocked, goes before the rest. None:
    a new one to the preferred verified address is needed. `readable`: the ids of those of its tickets that the agent
    may read (all, if not given)."""
    parts = access.family(ticket.id) if readable is None else readable
    if not parts:
        return None
    # The requester first; if they never spoke in a way that can be answered, whoever else did.
    for own in ("i.person_id = %s", "(i.person_id IS NULL OR i.person_id <> %s)"):
        newest = rows.run(_SPOKEN.format(rows.places(parts), own), *parts, ticket.requester_id)
        for (dialog_id,) in dict.fromkeys(newest):
            names = ("channel", "identity", "address")
            (dialog,) = rows.find_with(Dialog, names, "dialogs_dialog.id = %s", dialog_id)
            if can_answer(dialog):
                return dialog
    return None


_SPOKEN = """
SELECT m.dialog_id FROM tickets_link l
JOIN dialogs_message m ON m.id = l.message_id AND m.author = 'customer'
JOIN dialogs_dialog d ON d.id = m.dialog_id AND d.side = 'customer'
LEFT JOIN people_identity i ON i.id = m.identity_id
WHERE l.ticket_id IN ({}) AND l.ended_act IS NULL AND {}
ORDER BY (m.kind IN ('ordinary', 'thanks') AND i.blocked_at IS NULL) DESC, m.arrived_at DESC, m.id DESC LIMIT 50
"""
_LAST_WROTE = """
SELECT i.id, i.person_id FROM tickets_link l
JOIN dialogs_message m ON m.id = l.message_id AND m.dialog_id = %s AND m.author = 'customer' AND m.unsent_at IS NULL
    AND m.kind IN ('ordinary', 'thanks')
JOIN people_identity i ON i.id = m.identity_id AND i.kind = %s
    AND i.failed_at IS NULL AND i.erased_at IS NULL AND i.blocked_at IS NULL
WHERE l.ticket_id IN ({}) AND l.ended_act IS NULL
GROUP BY i.id, i.person_id ORDER BY MAX(m.arrived_at) DESC, MAX(m.id) DESC
"""


def can_answer(dialog: Dialog) -> bool:
    """Whether a dialog can still carry an answer: its channel works and sends, its counterpart's address takes
    letters."""
    return _carries(dialog) and not dialog.identity.is_gone


def can_answer_elsewhere(dialog: Dialog, to: Sequence[Identity]) -> bool:
    """Whether a letter of a dialog can go where an agent says although its counterpart's address takes none any more:
    to another one, or there all the same, for a mailbox may have been mended."""
    kind = KINDS.get(dialog.channel.kind)
    by_mail = kind is not None and kind.identity_kind == Identity.Kind.EMAIL
    return by_mail and _carries(dialog) and bool(to)


def _carries(dialog: Dialog) -> bool:
    kind = KINDS.get(dialog.channel.kind)
    return bool(kind and kind.deliver and dialog.channel.active and dialog.identity.erased_at is None)


def dead_end(readable: Sequence[int]) -> Dialog | None:
    """The latest dialog by mail with the customers of these tickets that only lacks an address to write to: an agent
    may name another one."""
    said = Message.objects.filter(
        links__ticket__in=readable, links__ended_act=None, author=Message.Author.CUSTOMER,
        dialog__side=Dialog.Side.CUSTOMER, dialog__identity__kind=Identity.Kind.EMAIL,
    )  # fmt: skip
    newest = said.order_by("-arrived_at", "-id").values_list("dialog_id", flat=True)[:50]
    for dialog_id in dict.fromkeys(newest):
        dialog = Dialog.objects.select_related("channel", "identity", "address").get(id=dialog_id)
        if _carries(dialog):
            return dialog
    return None


def new_dialog(ticket: Ticket, *, by: Act) -> Dialog:
    """A dialog to the requester's preferred verified address, else to any that takes letters. Raises Invalid if
    none."""
    usable = Identity.objects.filter(
        person=ticket.requester_id, kind=Identity.Kind.EMAIL, failed_at=None, erased_at=None, blocked_at=None
    )
    identity = usable.order_by("-preferred", "verified_by", "-id").filter(~Q(verified_by="")).first() or usable.first()
    channel = first_mail_channel(ticket)
    if identity is None or channel is None:
        raise Invalid(
            _(
                "There is no way to answer: this person has no address that takes letters. Add one, or call them and "
                "note it."
            )
        )
    return dialogs.open_dialog(channel, identity, by=by, address=address_of(channel, ticket.team_id))


def first_mail_channel(ticket: Ticket) -> Channel | None:
    """The mail channel that letters of this ticket's brand go out by."""
    mail = [kind.name for kind in KINDS.values() if kind.deliver and kind.identity_kind == Identity.Kind.EMAIL]
    own_first = "CASE WHEN brand_id = %s THEN 0 ELSE 1 END, id LIMIT 1"
    wanted = f"kind IN ({rows.places(mail)}) AND active ORDER BY {own_first}"
    return next(iter(rows.find(Channel, wanted, *mail, ticket.brand_id)), None)


def address_of(channel: Channel, team_id: int) -> ChannelAddress | None:
    """The channel's address that a first letter of this team is written from."""
    own = channel.addresses.order_by("-default", "id")
    return own.filter(team=team_id).first() or own.first()


def default_recipients(dialog: Dialog, ticket_ids: Sequence[int]) -> Recipients:
    """The counterpart, and in copy whoever takes part in what these tickets are about, which are all of a set that is
    meant. Newcomers get nothing until an agent adds them.

    A dialog may hold several requests: who was in copy of one of them, perhaps a restricted one, gets nothing of the
    others. They count if a message of these tickets brought them, was written by them, or was addressed to them; or if
    an agent added them to the whole dialog. The counterpart is written to at the address they last wrote from.
    """
    others = rows.find_with(
        Participant, ["identity"],
        "dialogs_participant.dialog_id = %s AND until IS NULL AND role <> %s AND identity_id <> %s "
        "ORDER BY dialogs_participant.id",
        dialog.id, str(Participant.Role.NEWCOMER), dialog.identity_id,
    )  # fmt: skip
    first = _last_wrote_from(dialog, ticket_ids)
    if any(row.via_id for row in others):
        said = Message.objects.filter(
            dialog=dialog, links__ticket__in=ticket_ids, links__ended_act=None, unsent_at=None
        )
        known = tied(said)
        others = [row for row in others if row.via_id is None or row.identity_id in known]
    others = [row for row in others if row.identity_id != first.id]
    if others:
        apart = other_side(dialog, ticket_ids)
        ours = set(
            ChannelAddress.objects.filter(address__in=[row.identity.value for row in others]).values_list(
                "address", flat=True
            )
        )
        others = [one for one in others if one.identity.person_id not in apart and one.identity.value not in ours]
    to = [first, *(row.identity for row in others if row.role == Participant.Role.TO)]
    return Recipients(to=to, cc=[row.identity for row in others if row.role == Participant.Role.CC])


def recipients_of(message: Message, ticket_ids: Sequence[int]) -> Recipients:
    """Who gets an answer to this very message: its author, and in copy whoever else wrote or got it; of those alone
    who would get an answer in its dialog anyway."""
    usual = default_recipients(message.dialog, ticket_ids)
    known = tied(Message.objects.filter(id=message.id))
    everyone = [*usual.to, *usual.cc]
    to = [one for one in everyone if one.id == message.identity_id]
    to = to or [one for one in usual.to if one.id in known] or list(usual.to)
    return Recipients(to=to, cc=[one for one in everyone if one.id in known and one not in to])


def _addressed(answer: Answer, parts: Sequence[int]) -> Answer:
    """An answer to a single message goes to those whom that concerns, unless somebody is named."""
    named = answer.recipients
    if answer.to_message is None or named.to or named.alone:
        return answer
    own = recipients_of(answer.to_message, parts)
    return replace(answer, recipients=replace(named, to=own.to, cc=[*own.cc, *named.cc]))


def _answered_one(message: Message | None, dialog: Dialog, parts: Sequence[int]) -> int | None:
    """The id of the message that an answer names as answered. Raises Invalid if it is none of these tickets'."""
    if message is None:
        return None
    linked = Link.objects.filter(message=message, ticket_id__in=parts, ended_act=None)
    if message.dialog_id != dialog.id or message.unsent_at is not None or not linked.exists():
        raise Invalid(_("The message that this answers does not belong to this request any more. Nothing was sent."))
    return message.id


def _last_wrote_from(dialog: Dialog, ticket_ids: Sequence[int]) -> Identity:
    """The counterpart's address that the newest message of these tickets came from: one human may write from several,
    also as persons who were joined. What is automatic and what came from a blocked address says not where they are."""
    if not ticket_ids:
        return dialog.identity
    human = {dialog.identity.person_id}
    wrote = rows.run(_LAST_WROTE.format(rows.places(ticket_ids)), dialog.id, dialog.identity.kind, *ticket_ids)
    for identity_id, person_id in wrote:
        if identity_id == dialog.identity_id:
            break
        if person_id not in human:  # perhaps who was joined with them, perhaps somebody in copy
            human = one_human(dialog.identity.person_id)
        if person_id in human:
            return Identity.objects.get(id=identity_id)
    return dialog.identity


def reply(ticket: Ticket, agent: Agent, answer: Answer, *, by: Act) -> Message:
    """Answer a request. The message, its links and a delivery for each recipient are written in one transaction;
    nothing leaves before the channel's undo window has passed.

    It stops the clock of every ticket linked to it, takes untaken ones for the agent and opens new ones.
    Raises Invalid when there is no way to answer, or an account matter is not proved; NewerMessage when something came
    meanwhile.
    """
    with transaction.atomic():
        dialog = answer.dialog or default_dialog(ticket, readable_parts([ticket], agent)) or new_dialog(ticket, by=by)
        dialog = lock_dialog(dialog.id)
        _must_be_newest(dialog, agent, answer.seen_message)
        if not can_answer(dialog) and not can_answer_elsewhere(dialog, answer.recipients.to):
            raise Invalid(_("This dialog cannot carry an answer. Choose another way to write to this person."))
        answered = {ticket.id, *(one.id for one in answer.tickets)}
        parts = readable_parts([ticket, *answer.tickets], agent)
        answer = _addressed(answer, parts)
        must_be_same_side(dialog, [*answer.recipients.to, *answer.recipients.cc, *answer.recipients.bcc], parts)
        last = _answered_one(answer.to_message, dialog, parts) or last_heard(dialog, parts)
        homes = homes_of(answered, last)
        locked = lock_with_survivors(answered | homes).values()
        if dialog.side == Dialog.Side.CUSTOMER:
            account.must_be_proved(locked)
        said = Said(Message.Author.AGENT, agent_id=agent.id, answers_id=last)
        quoted = quoted_below(
            dialog,
            [ticket, *answer.tickets],
            agent,
            answer.quote,
            answer.words.language,
            answer.recipients,
            answer.to_message,
        )
        message = dialogs.add_message(dialog, said, replace(answer.words, quoted=quoted), answer.files)
        everyone = _everyone(answer.recipients, dialog, parts)
        undo = timedelta(seconds=dialog.channel.undo_seconds)
        dialogs.queue_deliveries(message, everyone, clock.now() + undo)
        for identity, role in everyone:
            if role != "bcc":
                dialogs.add_participant(dialog, identity, role, by=by, via=message)
        for one in locked:
            if one.id in homes:
                attach_message(message, one, by=by)
        read = [one for one in locked if one.id in homes]
        deltas = {one.id: _answered(one, message, agent, read) for one in locked}
        record(
            by, Verb.MESSAGE_SENT, tickets=[(one.id, one.version) for one in locked], dialog=dialog.id,
            message=message.id,
            delta={
                "tickets": {str(number): delta for number, delta in deltas.items()}, "written_on": [None, ticket.id],
            },
        )  # fmt: skip
        drafts.discard(drafts.begun_as(agent, ticket, dialog, note=False))
        ticket.refresh_from_db()
        return message


def quoted_below(
    dialog: Dialog, tickets: Sequence[Ticket], agent: Agent, how: Quote | None, language: str = "",
    named: Recipients = NOBODY_NAMED, to_message: Message | None = None,
) -> str:  # fmt: skip
    """What will stand below an answer to these tickets that goes to whom it is addressed (`named`): what it quotes,
    the message that it answers or the last one; else which request it is about, if that could be mistaken; "" where a
    channel does not quote. Of what was merged
    into them only what this agent may read."""
    kind = KINDS.get(dialog.channel.kind)
    how = usual(dialog.channel) if how is None else how
    if kind is None or not kind.quotes:
        return ""
    parts = readable_parts(tickets, agent)
    readers = [identity for identity, _role in _everyone(named, dialog, parts)] if how != Quote.NONE else []
    only = to_message.id if to_message is not None else None
    return quotation(dialog, parts, how, agent, language, readers, only) or naming(
        dialog, tickets, parts, agent, language
    )


def readable_parts(tickets: Iterable[Ticket], agent: Agent) -> list[int]:
    """The ids of these tickets, and of what was merged into them as far as this agent may read it. Of the rest nothing
    is quoted, and nobody who takes part in it alone is written to."""
    viewer = viewer_for_agent(agent)
    return sorted({one for ticket in tickets for one in access.family_for(viewer, ticket)})


def _everyone(named: Recipients, dialog: Dialog, parts: Sequence[int]) -> list[tuple[Identity, str]]:
    """Each who gets an answer once, with their role."""
    usual = Recipients() if named.to or named.alone else default_recipients(dialog, parts)
    roles = (("to", usual.to, named.to), ("cc", usual.cc, named.cc), ("bcc", usual.bcc, named.bcc))
    found: dict[int, tuple[Identity, str]] = {}
    for role, own, more in roles:
        for identity in (*own, *more):
            found.setdefault(identity.id, (identity, role))
    return list(found.values())


def _must_be_newest(dialog: Dialog, agent: Agent, seen_message: int | None) -> None:
    if seen_message is None:
        return
    later = Message.objects.filter(dialog=dialog, id__gt=seen_message, unsent_at=None)
    newer = later.exclude(author=Message.Author.AGENT, agent=agent).first()  # a colleague's answer counts too
    if newer is not None:
        raise NewerMessage(newer.id)


def last_heard(dialog: Dialog, ticket_ids: Sequence[int]) -> int | None:
    """The message an answer quotes: the last one from outside in this dialog that belongs to the tickets being
    answered. What belongs to other requests only is never quoted."""
    heard = Link.objects.filter(
        ticket_id__in=ticket_ids, ended_act=None, message__dialog=dialog, message__author=Message.Author.CUSTOMER
    )
    return heard.order_by("-arrived_at", "-message_id").values_list("message_id", flat=True).first()


def homes_of(answered: Iterable[int], last: int | None) -> set[int]:
    """The tickets an answer is linked to: each one answered, or, where it was merged from several, the one that the
    message being answered addressed. So a later unmerge leaves every answer with its question."""
    linked = Link.objects.filter(message_id=last, ended_act=None) if last is not None else Link.objects.none()
    addressed = set(linked.values_list("ticket_id", flat=True))
    homes: set[int] = set()
    for ticket_id in answered:
        homes |= (addressed & set(access.family(ticket_id))) or {ticket_id}
    return homes


def _answered(ticket: Ticket, message: Message, agent: Agent, homes: Iterable[Ticket]) -> Changes:
    fields: dict[str, Any] = {"last_dialog": message.dialog_id}
    if any(shows_words_of(ticket, home) for home in homes):
        fields["preview"] = preview_of(message)
    if message.dialog.side == Dialog.Side.CUSTOMER:
        fields |= {"waiting_since": None, "answered_at": message.arrived_at, "snoozed_until": None}
        if ticket.first_reply_at is None:
            fields["first_reply_at"] = message.arrived_at
    if ticket.agent_id is None and is_able(agent, ticket.team):
        fields["agent"] = agent
    if ticket.stage == Stage.NEW:
        status = default_status(Stage.OPEN)
        fields |= {"status": status, "stage": status.stage}
    return apply(ticket, fields)
