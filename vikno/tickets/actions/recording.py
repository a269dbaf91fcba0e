"""Answers that were given elsewhere, such as with another mail program: written down, and delivered to nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import NewFile, Said, Words
from vikno.dialogs.models import Message
from vikno.journal import acts
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.models import Identity
from vikno.staff.models import Agent
from vikno.tickets.actions.changing import apply, lock_dialog, lock_with_survivors
from vikno.tickets.actions.creating import default_status, is_able
from vikno.tickets.actions.linking import attach_message, summary_of
from vikno.tickets.models import Link, Stage, Ticket


def record_sent(
    answers: Message,
    agent: Agent | None,
    said: Said,
    words: Words,
    files: Sequence[NewFile] = (),
    recipients: Iterable[Identity] = (),
) -> tuple[Message, Ticket]:
    """Write down an answer that went out without us; answers it and a ticket it belongs to. It stops the clocks of the
    tickets that the answered message is linked to, as an answer from here does. `agent` None: nobody knows which
    colleague it was. Call inside a transaction."""
    by = acts.agent(agent.id) if agent else acts.system()
    dialog = lock_dialog(answers.dialog_id)
    homes = set(Link.objects.filter(message=answers, ended_act=None).values_list("ticket_id", flat=True))
    locked = lock_with_survivors(homes)
    author = Message.Author.AGENT if agent else Message.Author.SYSTEM
    said = replace(
        said, author=author, agent_id=agent.id if agent else None, answers_id=answers.id,
        trust=said.trust | {"elsewhere": True},
    )  # fmt: skip
    message = dialogs.add_message(dialog, said, words, files)
    dialogs.address_to(message, recipients)
    for home in homes:
        attach_message(message, locked[home], by=by)
    deltas = {}
    for one in locked.values():
        fields = summary_of(one)
        if one.agent_id is None and agent is not None and is_able(agent, one.team):
            fields["agent"] = agent
        if one.stage == Stage.NEW and fields["waiting_since"] is None:
            status = default_status(Stage.OPEN)
            fields |= {"status": status, "stage": status.stage}
        deltas[str(one.id)] = apply(one, fields)
    record(
        by, Verb.MESSAGE_SENT, tickets=[(one.id, one.version) for one in locked.values()], dialog=dialog.id,
        message=message.id, delta={"tickets": deltas},
    )  # fmt: skip
    return message, next(one for one in locked.values() if one.merged_into_id is None)
