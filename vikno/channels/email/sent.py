"""Letters that were sent with another mail program from a mailbox of ours: what answers a dialog we know is taken in as
an answer of the team, so that a team can move here little by little. Nothing of it is delivered again.

The ledger knows them by their folder (`Inbound.Folder.SENT`), which whoever reads the mailbox writes down.
"""

from __future__ import annotations

from vikno.channels.email import claims, identify
from vikno.channels.email.letter import Letter
from vikno.channels.email.own import Own
from vikno.channels.email.reply_address import read_reply_address
from vikno.channels.email.understood import Understood, rows_of, said_at
from vikno.core.text import fold
from vikno.dialogs.actions import Said, Words
from vikno.dialogs.models import Dialog, Message
from vikno.intake.models import Fate, Inbound
from vikno.intake.pipeline import Outcome, Reading
from vikno.people import values
from vikno.staff.access import viewer_for_agent
from vikno.staff.models import Agent
from vikno.tickets import access
from vikno.tickets.actions.recording import record_sent
from vikno.tickets.models import Link


def answered(letter: Letter, ours: Own) -> tuple[Message | None, str]:
    """The message that such a letter answers, or why it is left alone, as a reason of the ledger."""
    for one in letter.reply_to:
        token = read_reply_address(one.addr)
        if token is not None and ours.owns(token.base_address):
            return None, "own_letter"  # sent from here, under another id: some providers give a new one
    message = claims.answered(letter)
    if message is None or message.dialog.side != Dialog.Side.CUSTOMER:
        return None, "sent_elsewhere"
    linked = Link.objects.filter(message=message, ended_act=None).exists()
    return (message, "") if linked else (None, "sent_elsewhere")


def take(entry: Inbound, reading: Reading, answers: Message, ours: Own, why: str = "sent_from_mailbox") -> Outcome:
    """Make an answer of a letter that left elsewhere, inside the caller's transaction."""
    understood: Understood = reading.value
    letter = understood.letter
    said = Said(
        Message.Author.AGENT, said_at=said_at(letter, entry.received_at), arrived_at=entry.received_at,
        foreign_id=reading.foreign_id,
    )  # fmt: skip
    words = Words(
        text=understood.folded.visible, html=understood.html.visible, quoted=understood.folded.quoted,
        quoted_html=understood.html.quoted, in_frame=understood.in_frame, remote_images=understood.remote_images,
        subject=reading.subject, language=understood.tongue,
    )  # fmt: skip
    recipients = [identity for identity, _ in identify.participants(letter, ours, None)]
    writer = _writer(letter, ours, answers)
    message, ticket = record_sent(answers, writer, said, words, rows_of(understood), recipients)
    return Outcome(Fate.REPLY, why, Message.Kind.ORDINARY, message.id, ticket.id)


def beside(entry: Inbound, reading: Reading, ours: Own, released: bool) -> Outcome | None:
    """A letter that a colleague wrote to the customer from a mailbox of their own, with us in copy: an answer that has
    left already. None if it is no such letter.

    Only if the customer got it, or what is meant for us alone would be shown to them. Of whom nothing is proved a
    person says whether it belongs there (`released`); of who may not write there it is a request of their own."""
    understood: Understood = reading.value
    speaker = understood.speaker
    if not speaker.agent or not speaker.by_author or reading.apart or reading.kind != Message.Kind.ORDINARY:
        return None
    answers, _why = answered(understood.letter, ours)
    if answers is None or answers.dialog.identity.value not in claims.addressed(understood.letter):
        return None
    agent = Agent.objects.select_related("person__user").get(id=speaker.agent)
    viewer = viewer_for_agent(agent)
    linked = set(Link.objects.filter(message=answers, ended_act=None).values_list("ticket_id", flat=True))
    if not viewer.may_write or access.contributing(viewer, linked) != linked:
        return None
    if not understood.proof.passed and not released:
        return Outcome(Fate.SUSPECTED, "colleague_unproved", reading.kind, None, min(linked))
    return take(entry, reading, answers, ours, "colleague_wrote")


def _writer(letter: Letter, ours: Own, answers: Message) -> Agent | None:
    """Which colleague wrote it: by their own address, by the name beside the mailbox's, else who is responsible for
    what it answers. None if nobody can be named."""
    agents = Agent.objects.select_related("person").filter(active=True)
    author = letter.from_
    if author is not None:
        try:
            known = ours.agents.get(values.email(author.addr))
        except values.WrongValue:
            known = None
        if known:
            return agents.filter(id=known).first()
        if author.name:
            named = [one for one in agents if fold(one.person.name) == fold(author.name)]
            if len(named) == 1:
                return named[0]
    link = Link.objects.filter(message=answers, ended_act=None).select_related("ticket__agent__person").first()
    return link.ticket.agent if link else None
