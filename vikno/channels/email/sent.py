"""Letters that were sent with another mail program from a mailbox of ours: what answers a dialog we know is taken in as
an answer of the team, so that a team can move here little by little. Nothing of it is delivered again.

The ledger knows them by their folder (`Inbound.Folder.SENT`), which whoever reads the mailbox writes down.
"""

from __future__ import annotations

from vikno.channels.email import claims, identify
from vikno.channels.email.letter import Letter
from vikno.channels.email.own import Own
from vikno.channels.email.reply_address import read_reply_address
from vikno.core.text import fold
from vikno.dialogs.actions import NewFile, Said, Words
from vikno.dialogs.models import Dialog, Message
from vikno.intake.models import Fate, Inbound
from vikno.intake.pipeline import Outcome
from vikno.people import values
from vikno.staff.models import Agent
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


def take(
    entry: Inbound, letter: Letter, answers: Message, said: Said, words: Words, files: tuple[NewFile, ...], ours: Own
) -> Outcome:
    """Make an answer of a letter from a Sent folder, inside the caller's transaction. `said` knows its times and its
    id."""
    recipients = [identity for identity, _ in identify.participants(letter, ours, None)]
    message, ticket = record_sent(answers, _writer(letter, ours, answers), said, words, files, recipients)
    return Outcome(Fate.REPLY, "sent_from_mailbox", Message.Kind.ORDINARY, message.id, ticket.id)


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
