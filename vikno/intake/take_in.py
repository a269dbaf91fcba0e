"""The last step of the way in: what was understood becomes a message, in a dialog, linked to a ticket.

Every channel comes through here: letters, chats, messengers. It runs inside the caller's transaction, so that the fate
in the ledger and the message are written together or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import NewFile, Said, Words
from vikno.dialogs.models import Channel, ChannelAddress, Dialog, Message, Participant
from vikno.intake import gratitude
from vikno.intake.models import Fate
from vikno.intake.place import Place, place
from vikno.intake.thanks import Thanks
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.people.models import Identity
from vikno.staff.models import Team
from vikno.tickets import access
from vikno.tickets.actions import account
from vikno.tickets.actions.assigning import keep_in_sight
from vikno.tickets.actions.changing import lock_dialog
from vikno.tickets.actions.creating import NewTicket, create, default_status, subject_from
from vikno.tickets.actions.receiving import receive
from vikno.tickets.actions.splitting import relate
from vikno.tickets.models import Relation, Stage, Ticket
from vikno.tickets.taking_part import may_answer, other_side


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message from outside, understood. `identity` is who speaks; `participants` are (identity, "to" or "cc") of the
    others it was sent to, our own addresses left out; `answers` is the message it answers, if that was found."""

    channel: Channel
    identity: Identity
    subject: str
    text: str
    said_at: datetime
    arrived_at: datetime
    address: ChannelAddress | None = None
    dialog: Dialog | None = None  # the chat it was said in; of a letter that names a request: the one it goes on in
    participants: tuple[tuple[Identity, str], ...] = ()
    answers: Message | None = None
    named: Ticket | None = None  # the request that it names by number
    vouched: bool = False  # a reply token brought it, or something else that nobody but those concerned knows
    doubt: str = ""  # why it is only suspected to belong where it claims (vikno.intake.reasons)
    html: str = ""
    quoted: str = ""
    quoted_html: str = ""
    in_frame: bool = False
    remote_images: int = 0
    foreign_id: str = ""
    kind: str = Message.Kind.ORDINARY
    authenticated: bool = False
    trust: dict[str, Any] = field(default_factory=dict)
    ip: str | None = None
    language: str = ""
    files: tuple[NewFile, ...] = ()
    thanks: Thanks | None = None  # what gratitude.heard makes of the words, asked before the transaction
    imported: bool = False  # of the past: it starts no clock, reopens nothing, and a request that it opens is closed


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of it. Of what is suspected or held there is no message yet; `ticket` is the one it claims."""

    message: Message | None
    ticket: Ticket | None
    fate: Fate
    why: str


def take_in(incoming: Incoming, by: Act, *, admitted: bool = False) -> TakenIn:
    """Turn an incoming message into a message of a dialog and link it to its ticket.

    Who claims a request without taking part in it, and without a token, is only suspected to belong there: nothing is
    written until an agent says so (`admitted`). With a token they get in marked as newcomer, and are sent nothing.
    """
    dialog = incoming.dialog or (incoming.answers.dialog if incoming.answers else None)
    if dialog is not None:
        dialog = lock_dialog(dialog.id)
        if dialog.channel_id == incoming.channel.id:
            dialog.channel = incoming.channel  # at hand: it need not be asked for
    takes_part = _takes_part(incoming, dialog)
    incoming, found = _placed(incoming, dialog)
    doubt = incoming.doubt or ("" if takes_part or incoming.vouched else "not_a_participant")
    if doubt and not admitted and not _is_newcomer(dialog, incoming.identity):
        return TakenIn(None, found.home or found.follows, Fate.SUSPECTED, doubt)
    if found.home is not None and not admitted and _is_unproved(incoming, found.home):
        account.explain(found.home, dialog, by=acts.system())
        return TakenIn(None, found.home, Fate.HELD, "account_matter")
    if dialog is None:
        dialog = dialogs.open_dialog(
            incoming.channel, incoming.identity, by=by, address=incoming.address, first_at=incoming.arrived_at
        )
    trust = incoming.trust | ({} if takes_part else {"newcomer": True})
    message = dialogs.add_message(dialog, _said(incoming, trust), _words(incoming), incoming.files)
    _take_part(message, incoming, takes_part, found.home, by)
    home = found.home or _open_ticket(incoming, found, by)
    shown = receive(message, home, by=by, sort_me=found.sort_me, new=found.home is None, text=incoming.text,
                    imported=incoming.imported)  # fmt: skip
    return TakenIn(message, shown, Fate.REPLY if found.home else Fate.TICKET, found.why)


def _placed(incoming: Incoming, dialog: Dialog | None) -> tuple[Incoming, Place]:
    """Where it belongs, and what it is: pure thanks go to the request they are for and leave it as it is. What begins
    something new is never thanks."""
    said = incoming.thanks
    if (
        incoming.kind == Message.Kind.ORDINARY
        and dialog is not None
        and gratitude.is_thanks(said, incoming.subject, incoming.files, dialog, incoming.answers)
    ):
        thanks = replace(incoming, kind=Message.Kind.THANKS)
        found = _place_of(thanks, dialog)
        if found.home is not None:
            return thanks, found
    return incoming, _place_of(incoming, dialog)


def _place_of(one: Incoming, dialog: Dialog | None) -> Place:
    return place(one.channel, dialog, one.answers, one.kind, one.arrived_at, named=one.named, imported=one.imported)


def _is_unproved(incoming: Incoming, home: Ticket) -> bool:
    """Whether it goes on with a matter of an account and is not proved to come from a verified address: it may be
    anybody who asks for the password now."""
    if incoming.kind != Message.Kind.ORDINARY or account.proves(incoming.identity, incoming.authenticated):
        return False
    return account.is_open_matter(home)


def _take_part(message: Message, incoming: Incoming, takes_part: bool, home: Ticket | None, by: Act) -> None:
    """Who writes for the first time becomes a newcomer, and brings nobody along. Of anybody else, those whom they
    wrote to as well take part from now on, by this message; but no customer of the request takes part in what a third
    party says."""
    if not takes_part:
        dialogs.add_participant(message.dialog, incoming.identity, Participant.Role.NEWCOMER, by=by, via=message)
        return
    apart: set[int] = set()
    if incoming.participants and home is not None and message.dialog.side != Dialog.Side.CUSTOMER:
        apart = other_side(message.dialog, access.family(access.survivor_id(home.id)))
    for identity, role in incoming.participants:
        if identity.person_id in apart:
            continue
        as_ = Participant.Role.TO if role == "to" else Participant.Role.CC
        dialogs.add_participant(message.dialog, identity, as_, by=by, via=message)
    if incoming.participants:
        dialogs.address_to(message, [identity for identity, _ in incoming.participants])


def _takes_part(incoming: Incoming, dialog: Dialog | None) -> bool:
    """Whether whoever speaks takes part in what they go on with; what begins anew is theirs."""
    if incoming.answers is not None:
        return may_answer(incoming.answers, incoming.identity.person_id)
    if dialog is None or incoming.named is not None:  # of a request that is named, the channel has looked who they are
        return True
    here = Participant.objects.filter(dialog=dialog, until=None).exclude(role=Participant.Role.NEWCOMER)
    return here.filter(identity__person=incoming.identity.person_id).exists()


def _is_newcomer(dialog: Dialog | None, identity: Identity) -> bool:
    """Whether they were let into this dialog before, by a token or by an agent's word: they still get no answers."""
    rows = Participant.objects.filter(dialog=dialog, until=None, role=Participant.Role.NEWCOMER)
    return dialog is not None and rows.filter(identity=identity).exists()


def _said(incoming: Incoming, trust: dict[str, Any]) -> Said:
    return Said(
        Message.Author.CUSTOMER,
        identity=incoming.identity,
        kind=incoming.kind,
        said_at=incoming.said_at,
        arrived_at=incoming.arrived_at,
        foreign_id=incoming.foreign_id,
        answers_id=incoming.answers.id if incoming.answers else None,
        authenticated=incoming.authenticated,
        trust=trust,
        ip=incoming.ip,
    )


def _words(incoming: Incoming) -> Words:
    return Words(
        text=incoming.text,
        html=incoming.html,
        quoted=incoming.quoted,
        quoted_html=incoming.quoted_html,
        in_frame=incoming.in_frame,
        remote_images=incoming.remote_images,
        subject=incoming.subject,
        language=incoming.language,
    )


def _open_ticket(incoming: Incoming, found: Place, by: Act) -> Ticket:
    address = incoming.address
    ticket = create(
        NewTicket(
            subject=subject_from(incoming.subject, incoming.text, [file.name for file in incoming.files]),
            channel=incoming.channel,
            requester=incoming.identity.person,
            identity=incoming.identity,
            team=_team_of(found.follows, address),
            brand=address.brand if address else None,
            ip=incoming.ip,
            language=incoming.language,
            restricted=bool(found.follows and found.follows.restricted),
            created_at=incoming.arrived_at,
            status=default_status(Stage.CLOSED) if incoming.imported else None,
        ),
        by=by,
    )
    if found.follows:
        keep_in_sight(ticket, found.follows, by=by)
        relate(ticket, found.follows, Relation.Kind.FOLLOWS, by=by)
    return ticket


def _team_of(follows: Ticket | None, address: ChannelAddress | None) -> Team | None:
    """What goes on from a request stays with its team, which may be the only one that is to read it; what begins anew
    goes to the team of the address. None: the channel's."""
    if follows is not None and follows.team.archived_at is None:
        return follows.team
    return address.team if address else None
